"""Who gets which page of the console: every endpoint, every role, the own zone and another."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from monitor.accounts.access import GRANTS, Permission
from monitor.database.database import Database
from monitor.models.accounts import AuditEntry, Role
from monitor.settings import Settings
from monitor.vault.vault import Vault
from tests.worlds.province import PASSWORD, Place, seed
from tests.worlds.small_zone import NOW
from web.console.application import create_console
from web.shared.guard import Unguarded, guard, guarded, rules

STAFF, SUPERVISOR, ADMINISTRATOR, AUDITOR = Role.STAFF, Role.SUPERVISOR, Role.ADMINISTRATOR, Role.AUDITOR
EVERYBODY = frozenset(Role)
HEALTH = frozenset({STAFF, SUPERVISOR})
WATCHING, MANAGING = frozenset({STAFF, SUPERVISOR, ADMINISTRATOR}), frozenset({SUPERVISOR, ADMINISTRATOR})
# What those who may get where it is not the page: nobody watches the camera here, no areas are sent, no such request exists.
ELSE = {
    # Led to the first case.
    "review.following": 303,
    # Led to its files and mails.
    "report_sending.of_report": 303,
    "calls.following": 303,
    "calls.hold": 204,
    "calls.leave": 204,
    "review.decided": 422,
    "review.hold": 204,
    "review.undo": 404,
    "many_texts.preview": 422,
    "many_texts.send": 422,
    "many_texts.show": 404,
    "many_texts.undo": 404,
    "many_misses.preview": 422,
    "many_misses.carry_out": 422,
    "many_misses.undo": 404,
    "many.undo": 404,
    # It holds for all zones, and these accounts have one.
    "second_looks.share": 403,
    **dict.fromkeys(("second_looks.show", "second_looks.say"), 404),
    **dict.fromkeys(("proposals.show", "proposals.decide", "proposals.take_back", "proposals.seen"), 404),
    "review.leave": 204,
    # What the ticket is not ready for, or lacks, is told on its page; nothing is written down.
    **dict.fromkeys([f"hotline_ticket.{each}" for each in ("handed_over", "accepted", "refused", "reopened")], 303),
    "hotline_ticket.parted": 303,
    # There is no other ticket, unit, text or calendar of that number, no call rings, and no shift goes on.
    **dict.fromkeys(("hotline_ticket.joined", "hotline_units.one", "hotline_units.dissolved", "hotline_units.calendar"), 404),
    "hotline_texts.one": 404,
    **dict.fromkeys(("hotline_call.ringing", "hotline_shift.ended"), 303),
    "hotline_call.look_up": 200,
    # They hold for the province, and these accounts have one zone.
    **dict.fromkeys(("hotline_units.calendar_saved", "hotline_texts.saved", "hotline_texts.ended"), 403),
    **dict.fromkeys([f"report_deeds.{each}" for each in ("count_again", "accepted", "released", "corrected")], 403),
    "report_times.saved": 403,
    **dict.fromkeys([f"report_sending.{each}" for each in ("again", "arrived", "make")], 403),
    **dict.fromkeys([f"report_recipients.{each}" for each in ("add", "remove", "letterhead")], 403),
    # The page with names, and the file.
    "contact_chain.with_names": 200,
    "contact_chain.file": 200,
    # There is no such test, task or other contact, nobody interviews, and nobody has decided about the contact.
    "infection_cases.of_test": 404,
    "case_contacts.done": 404,
    "case_contacts.merged": 422,
    "case_contacts.person": 422,
    "case_contacts.reconsidered": 409,
    "case_contacts.link": 303,
    "interviews.draft": 409,
    **dict.fromkeys([f"interviews.{each}" for each in ("taken_over", "screen", "add_stop", "take_out")], 303),
    **dict.fromkeys([f"interviews.{each}" for each in ("add_person", "agreed", "ended")], 303),
    # A code is shown on the page itself; this person was nowhere to warn about, and there is no such warning.
    "known_contacts.ask": 200,
    "known_contacts.warn": 422,
    "known_contacts.decide": 404,
    # Rules hold for the province, and these accounts have one zone.
    **dict.fromkeys(("contact_rules.add", "contact_rules.withdraw"), 403),
    # The list itself, and the file.
    "place_lists.show": 200,
    "place_lists.export": 200,
    # A key signs for the province, and these administrators have one zone.
    "place_keys.withdraw": 403,
    "live_view.feed": 503,
    "camera.save_areas": 422,
    # The plan has no picture, and no places are sent.
    "floor_plan.picture": 404,
    "floor_plan.save": 422,
    "camera_adding.found": 404,
    "camera_adding.picture": 404,
    "camera_adding.take": 404,
    "pictures.incident_media": 404,
    "addresses.remove": 404,
    # Nothing is stopped, or is already.
    "telephones.start": 409,
    # Nobody answers for them.
    "guardians.end": 409,
    "messages.go_on": 404,
    "enrolment.add": 422,
    "plans.make": 422,
    # It holds for the province, and these accounts do not.
    "triage.change": 403,
    # Nobody was looked up by this session, and there is no such declaration.
    "declarations.search": 422,
    **dict.fromkeys(("declarations.person", "declarations.confirmed", "declarations.replaced"), 404),
    **dict.fromkeys(("declarations.show", "declarations.show_for", "declaration_form.version"), 404),
    "declaration_entry.enter": 422,
    # The form holds for the province, and these accounts do not.
    **dict.fromkeys([f"declaration_form.{each}" for each in ("rules", "move", "drop", "question", "save", "publishing")], 403),
    # These administrators have one zone; the day holds for all.
    "papers.decide": 403,
    "plans.replace_plan": 422,
    # A round of it is open: told on the page.
    "plans.ask": 303,
    "records.exported": 200,
    # Nobody has that number; it is not resolved.
    "incidents.assign": 422,
    "incidents.reopen": 409,
    # Nothing waits: told on the page.
    "plans.agree": 303,
    # No gateway for text messages is set up.
    "emergency.send": 422,
    "emergency.preview": 200,
    # It holds for the province, and these accounts do not.
    "night_rest.save": 403,
    # These administrators have one zone; a new one would be none of theirs.
    "zone_settings.new": 403,
    "zone_settings.make": 403,
    # People are in it.
    "zone_settings.close": 409,
    "zone_settings.reopen": 409,
    "rooms.preview": 200,
    "rooms.refused": 200,
    "room.close": 409,
    "room.reopen": 409,
    "room.merge": 422,
    "ward.open_bracelet": 404,
    # That round is over: told on the list, and nothing is written down.
    # No clock has jumped.
    "service.confirm_jump": 404,
    "ward.found": 303,
    "enrolment.remove": 404,
    "enrolment.tell_apart": 404,
    "unknown_texts.seen": 404,
    "retention.certificate": 404,
    "pictures.burst": 404,
    # Nothing is put off, and the order is still in force.
    "retention.go_on": 409,
    "retention.forget_face": 422,
    "people.search": 200,
    "people.exported": 200,
    # No file is sent, and none is there.
    "files.send": 422,
    "files.show": 404,
    "files.enter": 404,
    "files.throw_away": 404,
    "files.refused": 404,
    "files.check_undo": 404,
    "files.take_out": 404,
    "doubtful.show": 404,
    "doubtful.decide": 404,
    # No unit is typed; what holds for the province is not theirs to change; the page that shows the link; nobody has sent such a file.
    "doors.printed": 422,
    "reporters.saved": 422,
    **dict.fromkeys(("collected.field_saved", "collected.field_closed", "collected.fields_shipped"), 403),
    **dict.fromkeys(("reporters.seeded", "reporter_files.sent", "reporter_files.enter"), 403),
    **dict.fromkeys(("reporters.link", "reporters.links"), 200),
    "reporter_files.one": 404,
    # Nobody has asked anything here.
    "data_requests.one": 404,
    "data_requests.answer": 404,
    # What came, on the same page.
    "gateways.test": 200,
    # The invitation itself; it is open already; no such session.
    "accounts.make": 200,
    "account.reopen": 409,
    "account.reset_account": 200,
    "account.end_session": 404,
    # No second factor is there, offered or answered, and the address is one of numbers.
    "own.recovery_codes": 409,
    "own.end_session": 404,
    "own.active": 204,
    "authenticator_app.scan": 303,
    "authenticator_app.confirm": 409,
    "authenticator_app.remove": 409,
    "passkeys.options": 409,
    "passkeys.add": 422,
    "passkeys.remove": 404,
    # Nobody is ticked, no kind and no day is chosen, no file is sent, and there is no such test, household or parked result.
    "lab_tests.take_many": 422,
    "lab_tests.send_many": 422,
    "lab_tests.plan_zone": 422,
    **dict.fromkeys(
        (
            *(f"lab_tests.{step}" for step in ("take", "send", "result", "correct", "release", "cancel")),
            *(f"households.{step}" for step in ("show", "change", "add", "remove", "end")),
            "lab_files.settle",
        ),
        404,
    ),
    "lab_files.preview": 422,
    "lab_files.refused": 200,
    # The copy itself.
    "consents.export": 200,
    # The form, filled in; no photo is there; whom the form may mean.
    "gate.card": 200,
    "gate.photo": 422,
    "gate_person.alike": 200,
    # No texts are sent here, no code was, and how the notice was given is not said: told on the page.
    "gate_steps.send_code": 303,
    "gate_steps.code_typed": 303,
    "gate_steps.notice": 303,
    # Nobody is away, offered or waited for.
    "exemptions.show": 404,
    "exemptions.change": 404,
    "exemptions.end": 404,
    "transfers.show": 404,
    "transfers.take_in": 404,
    "transfers.turn_down": 404,
    "transfers.take_back": 404,
    "transfers.call_off": 404,
    # There is no other record of theirs.
    "merging.compare": 404,
    "merging.do": 404,
    "movements.call_off": 404,
    # What would happen, and what came of it.
    "many.preview": 200,
    "many.carry_out": 200,
    "many_transfers.preview": 200,
    "many_transfers.carry_out": 200,
    "many_transfers.turn_down": 200,
    # No alert, no line and no address is there; who and when are not filled in.
    "alerts.alert_page": 404,
    "alerts.take": 404,
    "alerts.shown": 200,
    "duty.add": 422,
    "duty.remove": 404,
    "alert_ways.add": 422,
    "alert_ways.subscribe": 404,
    "alert_ways.remove": 404,
    "alert_ways.change": 404,
    # It holds for the province, and this administrator has one zone; no channel is set up; the zone has a schedule.
    "set_up.set_language": 403,
    "set_up.skip": 403,
    "set_up.resume": 403,
    "set_up.set_authority": 403,
    "set_up.test": 403,
    "recovery_sheet.sheet": 403,
    "recovery_sheet.confirm": 403,
    "first_plan.make": 409,
    # Nothing is filled in; no letter and no batch is there.
    "letters.make": 422,
    "letters.pdf": 404,
    "letters.take_back": 404,
    "many_letters.make": 422,
    "many_letters.batch": 404,
    "many_letters.archive": 404,
}
# An administrator sees no picture of where people live, and this camera looks into a bedroom.
WITHHELD = {"pictures.camera_picture", "live_view.watch", "live_view.feed", "camera.areas_page", "camera.save_areas"}
# Pages that take a case for whoever opens them.
TAKES = {"calls.following", "calls.call"}
# Of those, what is written down all the same.
WRITTEN = {
    "known_contacts.ask",
    "contact_chain.with_names",
    "contact_chain.file",
    "hotline_call.look_up",
    "place_lists.show",
    "place_lists.export",
    "records.exported",
    "many.carry_out",
    "people.search",
    "people.exported",
    "consents.export",
    "gateways.test",
    "accounts.make",
    "account.reset_account",
    "reporters.link",
    "reporters.links",
}

FURTHER_ORDER = {"starts_at": "2026-12-20T08:00", "ends_at": "2026-12-30", "authority": "Sở Y tế", "reason": "F1"}

# Written by hand, on purpose: endpoint -> (method, address, roles that may, whether the thing is in a zone, form).
EXPECTED: dict[str, tuple[str, str, frozenset[Role], bool, dict[str, str]]] = {
    "overview.overview": ("GET", "/", EVERYBODY, False, {}),
    "roll_calls.listed": ("GET", "/roll-calls", EVERYBODY, False, {}),
    "find.found": ("GET", "/find?typed=an", EVERYBODY, False, {}),
    "find.search": ("POST", "/find", EVERYBODY, False, {"typed": "an"}),
    "shortcuts.show": ("GET", "/shortcuts", EVERYBODY, False, {}),
    "outages.listed": ("GET", "/outages", frozenset({SUPERVISOR, ADMINISTRATOR}), False, {}),
    "service.show": ("GET", "/service", frozenset({SUPERVISOR, ADMINISTRATOR}), False, {}),
    "service.confirm_jump": ("POST", "/service/jumps/1", frozenset({SUPERVISOR, ADMINISTRATOR}), False, {"decision": "kept"}),
    "rounds.round_page": ("GET", "/rounds/{round}", HEALTH, True, {}),
    "rounds.printed": ("GET", "/rounds/{round}/print", HEALTH, True, {}),
    "zones.zone_page": ("GET", "/zones/{zone}", HEALTH, True, {}),
    "residents.resident_page": ("GET", "/residents/{resident}", HEALTH, True, {}),
    "answers.review": (
        "POST",
        "/check-ins/{in_review}/review",
        frozenset({SUPERVISOR}),
        True,
        {"decision": "accept", "reason": "Đã gọi, đúng người."},
    ),
    "incidents.incident_list": ("GET", "/incidents", HEALTH, False, {}),
    "incidents.incident_page": ("GET", "/incidents/{incident}", HEALTH, True, {}),
    "incidents.acknowledge": ("POST", "/incidents/{incident}/acknowledge", HEALTH, True, {}),
    "incidents.resolve": ("POST", "/incidents/{incident}/resolve", HEALTH, True, {"text": "Đã kiểm tra."}),
    "records.exported": ("POST", "/audit/export", frozenset({SUPERVISOR, ADMINISTRATOR, AUDITOR}), False, {"kind": "csv"}),
    "incidents.assign": ("POST", "/incidents/{incident}/assign", HEALTH, True, {"to": "9999"}),
    "incidents.reopen": ("POST", "/incidents/{incident}/reopen", HEALTH, True, {"text": "Vẫn còn sốt."}),
    "incidents.add_note": ("POST", "/incidents/{incident}/notes", HEALTH, True, {"text": "Đang gọi."}),
    "declarations.start": ("GET", "/declarations", HEALTH, False, {}),
    "declarations.waiting": ("GET", "/declarations/waiting", HEALTH, False, {}),
    "declarations.search": ("POST", "/declarations/search", HEALTH, False, {}),
    "declarations.person": ("GET", "/declarations/people/9999", HEALTH, False, {}),
    "declarations.confirmed": ("POST", "/declarations/people/9999/confirm", HEALTH, False, {}),
    "declarations.replaced": ("POST", "/declarations/people/9999/code", HEALTH, False, {}),
    "declarations.show": ("GET", "/declarations/9999", HEALTH, False, {}),
    "declarations.show_for": ("POST", "/declarations/9999", HEALTH, False, {"reason": "Theo yêu cầu của Sở Y tế."}),
    "declaration_entry.new": ("GET", "/declarations/new", HEALTH, False, {}),
    "declaration_entry.enter": ("POST", "/declarations/new", HEALTH, False, {}),
    "declaration_paper.blank": ("GET", "/declarations/form.pdf", HEALTH, False, {}),
    "declaration_form.show": ("GET", "/declarations/form", HEALTH, False, {}),
    "declaration_form.edit": ("GET", "/declarations/form/edit", MANAGING, False, {}),
    "declaration_form.rules": ("POST", "/declarations/form/rules", MANAGING, False, {"days": "7"}),
    "declaration_form.move": ("POST", "/declarations/form/move", MANAGING, False, {"key": "been", "to": "down"}),
    "declaration_form.drop": ("POST", "/declarations/form/drop", MANAGING, False, {}),
    "declaration_form.question": ("GET", "/declarations/form/questions/been", MANAGING, False, {}),
    "declaration_form.save": ("POST", "/declarations/form/questions/been", MANAGING, False, {}),
    "declaration_form.preview": ("GET", "/declarations/form/preview", MANAGING, False, {}),
    "declaration_form.publishing": ("POST", "/declarations/form/publish", MANAGING, False, {}),
    "declaration_form.version": ("GET", "/declarations/form/versions/9999", EVERYBODY, False, {}),
    "infection_cases.listed": ("GET", "/cases", HEALTH, False, {}),
    "infection_cases.new": ("GET", "/cases/new", HEALTH, False, {}),
    "infection_cases.make": (
        "POST",
        "/cases/new",
        HEALTH,
        True,
        {
            "token": "access-{resident}",
            "resident": "{resident}",
            "disease": "covid-19",
            "onset_on": "2026-11-20",
            "found_where": "community",
        },
    ),
    "infection_cases.of_test": ("POST", "/cases/from-test/9999", HEALTH, False, {}),
    "infection_cases.show": ("GET", "/cases/{case}", HEALTH, True, {}),
    "infection_cases.why": ("POST", "/cases/{case}/why", HEALTH, True, {"reason": "Truy vết F1"}),
    "infection_cases.dates": (
        "POST",
        "/cases/{case}/dates",
        HEALTH,
        True,
        {"version": "1", "onset_on": "2026-11-20", "found_where": "community"},
    ),
    "infection_cases.end": (
        "POST",
        "/cases/{case}/end",
        frozenset({SUPERVISOR}),
        True,
        {"version": "1", "state": "closed", "why": "Đã đủ."},
    ),
    "interviews.start": ("POST", "/cases/{case}/interview/begin", HEALTH, True, {}),
    "interviews.taken_over": ("POST", "/cases/{case}/interview/take-over", HEALTH, True, {"version": "1"}),
    "interviews.screen": ("GET", "/cases/{case}/interview", HEALTH, True, {}),
    "interviews.draft": ("POST", "/cases/{case}/interview/draft", HEALTH, True, {"notes": "Gọi lại."}),
    "interviews.add_stop": ("POST", "/cases/{case}/interview/stops", HEALTH, True, {}),
    "interviews.take_out": ("POST", "/cases/{case}/interview/stops/9999/remove", HEALTH, True, {}),
    "interviews.add_person": ("POST", "/cases/{case}/interview/people", HEALTH, True, {}),
    "interviews.agreed": ("POST", "/cases/{case}/interview/read-back", HEALTH, True, {}),
    "interviews.ended": ("POST", "/cases/{case}/interview/end", HEALTH, True, {}),
    "case_contacts.listed": ("GET", "/cases/{case}/contacts", HEALTH, True, {}),
    "case_contacts.show": ("GET", "/case-contacts/{contact}", HEALTH, True, {}),
    **{
        f"case_contacts.{name}": ("POST", f"/case-contacts/{{contact}}/{path}", frozenset({SUPERVISOR}), True, form)
        for name, path, form in (
            ("released", "release", {"version": "1"}),
            ("refused", "refuse", {"version": "1", "reason": "Nhầm người."}),
            ("reconsidered", "reconsider", {"version": "1", "reason": "Đúng người."}),
            ("merged", "merge", {"version": "1", "into": "{contact}"}),
            ("person", "person", {"version": "1", "person": "new", "zone": "{zone}"}),
        )
    },
    "case_contacts.isolated_since": (
        "POST",
        "/case-contacts/{contact}/isolated",
        HEALTH,
        True,
        {"isolated_at": "2026-11-22T08:00"},
    ),
    "case_contacts.link": ("POST", "/case-contacts/{contact}/link", HEALTH, True, {"language": "vi"}),
    "case_contacts.link_withdrawn": ("POST", "/case-contacts/{contact}/link/withdraw", HEALTH, True, {}),
    "case_contacts.done": ("POST", "/case-contacts/{contact}/tasks/9999", HEALTH, True, {"outcome": "done"}),
    "known_contacts.show": ("GET", "/cases/{case}/known", HEALTH, True, {}),
    "known_contacts.find": ("POST", "/cases/{case}/known", HEALTH, True, {}),
    "known_contacts.ask": ("POST", "/cases/{case}/known/log", HEALTH, True, {"contact": ""}),
    "known_contacts.warn": ("POST", "/cases/{case}/known/warnings", HEALTH, True, {}),
    "known_contacts.decide": ("POST", "/cases/{case}/known/warnings/9999", frozenset({SUPERVISOR}), True, {}),
    "contact_tasks.listed": ("GET", "/contact-tasks", HEALTH, False, {}),
    "contact_rules.listed": ("GET", "/contact-rules", HEALTH, False, {}),
    "contact_rules.add": ("POST", "/contact-rules", frozenset({SUPERVISOR}), False, {}),
    "contact_rules.withdraw": ("POST", "/contact-rules/9999/withdraw", frozenset({SUPERVISOR}), False, {}),
    "triage.show": ("GET", "/triage", EVERYBODY, False, {}),
    "triage.version": ("GET", "/triage/shipped", EVERYBODY, False, {}),
    "triage.change": ("POST", "/triage", frozenset({SUPERVISOR, ADMINISTRATOR}), False, {}),
    "risks.change": ("POST", "/residents/{resident}/risks", HEALTH, True, {"risks": "pregnant"}),
    "attempts.add": (
        "POST",
        "/incidents/{incident}/attempts",
        HEALTH,
        True,
        {"way": "call", "outcome": "no_answer", "note": "Chuông reo."},
    ),
    "acting.contact": (
        "POST",
        "/residents/{resident}/contacts",
        HEALTH,
        True,
        {"way": "visit", "outcome": "well", "note": "Đang đọc sách."},
    ),
    "acting.values": ("POST", "/residents/{resident}/values", HEALTH, True, {"temperature": "36,8", "how": "by_staff"}),
    "acting.ask": ("POST", "/residents/{resident}/ask", HEALTH, True, {}),
    "calls.listed": ("GET", "/calls", HEALTH, False, {}),
    "calls.following": ("GET", "/calls/next", HEALTH, False, {}),
    "calls.call": ("GET", "/calls/{incident}", HEALTH, True, {}),
    "calls.made": ("POST", "/calls/{incident}", HEALTH, True, {"outcome": "no_answer"}),
    "calls.hold": ("POST", "/calls/{incident}/hold", HEALTH, True, {}),
    "calls.leave": ("POST", "/calls/{incident}/leave", HEALTH, True, {}),
    "review.following": ("GET", "/review", frozenset({SUPERVISOR}), False, {}),
    "review.case": ("GET", "/review/{incident}", frozenset({SUPERVISOR}), True, {}),
    "review.decided": ("POST", "/review/{incident}", frozenset({SUPERVISOR}), True, {"decision": "none"}),
    "review.ahead": ("GET", "/review/ahead", frozenset({SUPERVISOR}), False, {}),
    "review.undo": ("POST", "/review/decisions/9999/undo", frozenset({SUPERVISOR}), False, {}),
    "review.hold": ("POST", "/review/{incident}/hold", frozenset({SUPERVISOR}), True, {}),
    "review.leave": ("POST", "/review/{incident}/leave", frozenset({SUPERVISOR}), True, {}),
    "proposals.listed": ("GET", "/second-person", frozenset({SUPERVISOR}), False, {}),
    "proposals.show": ("GET", "/second-person/9999", frozenset({SUPERVISOR}), False, {}),
    "proposals.decide": ("POST", "/second-person/9999/decide", frozenset({SUPERVISOR}), False, {}),
    "proposals.take_back": ("POST", "/second-person/9999/withdraw", frozenset({SUPERVISOR}), False, {}),
    "proposals.seen": ("POST", "/second-person/9999/seen", frozenset({SUPERVISOR}), False, {}),
    "proposals.form": ("GET", "/residents/{resident}/two", frozenset({SUPERVISOR}), True, {}),
    "proposals.make": (
        "POST",
        "/residents/{resident}/two",
        frozenset({SUPERVISOR}),
        True,
        {"deed": "breach", "reason": "Rời khu lúc 20 giờ.", "legal_basis": "Nghị định 90/2026"},
    ),
    "proposals.who": ("GET", "/incidents/{incident}/who", frozenset({SUPERVISOR}), True, {}),
    "hotline.listed": ("GET", "/hotline", HEALTH, False, {}),
    "hotline.find": ("POST", "/hotline/find", HEALTH, False, {}),
    "hotline_ticket.show": ("GET", "/hotline/{ticket}", HEALTH, True, {}),
    "hotline_ticket.taken": ("POST", "/hotline/{ticket}/take", HEALTH, True, {"seen": "new.0.0.0"}),
    "hotline_ticket.handed_over": ("POST", "/hotline/{ticket}/hand-over", HEALTH, True, {}),
    "hotline_ticket.accepted": ("POST", "/hotline/{ticket}/accept", HEALTH, True, {}),
    "hotline_ticket.refused": ("POST", "/hotline/{ticket}/refuse", HEALTH, True, {}),
    "hotline_ticket.answered": (
        "POST",
        "/hotline/{ticket}/answer",
        HEALTH,
        True,
        {"seen": "new.0.0.0", "words": "Mai có gạo.", "how": "told"},
    ),
    "hotline_ticket.closed": (
        "POST",
        "/hotline/{ticket}/close",
        HEALTH,
        True,
        {"seen": "new.0.0.0", "reason": "not_reached", "words": "Không ai nghe máy."},
    ),
    "hotline_ticket.reopened": ("POST", "/hotline/{ticket}/reopen", HEALTH, True, {}),
    "hotline_ticket.added": ("POST", "/hotline/{ticket}/add", HEALTH, True, {"words": "Hết cả mắm."}),
    "hotline_ticket.changed": ("POST", "/hotline/{ticket}/change", HEALTH, True, {"kind": "money"}),
    "hotline_ticket.joined": ("POST", "/hotline/{ticket}/join", HEALTH, True, {}),
    "hotline_ticket.parted": ("POST", "/hotline/{ticket}/part", HEALTH, True, {}),
    "hotline_call.screen": ("GET", "/hotline/call", HEALTH, False, {}),
    "hotline_call.ringing": ("GET", "/hotline/call/9999", HEALTH, False, {}),
    "hotline_call.rings": ("GET", "/hotline/call/ringing", HEALTH, False, {}),
    "hotline_call.look_up": ("POST", "/hotline/call/number", HEALTH, False, {}),
    "hotline_call.enter": ("POST", "/hotline/call", HEALTH, False, {"kind": "food", "said": "Hết gạo."}),
    "hotline_shift.listed": ("GET", "/hotline/shifts", HEALTH, False, {}),
    "hotline_shift.begun": ("POST", "/hotline/shifts/begin", HEALTH, False, {}),
    "hotline_shift.ended": ("POST", "/hotline/shifts/end", HEALTH, False, {}),
    "hotline_shift.read": ("POST", "/hotline/shifts/9999/read", HEALTH, False, {}),
    "hotline_figures.show": ("GET", "/hotline/figures", HEALTH, False, {}),
    "hotline_units.listed": ("GET", "/hotline/units", MANAGING, False, {}),
    "hotline_units.new": ("GET", "/hotline/units/new", MANAGING, False, {}),
    "hotline_units.one": ("GET", "/hotline/units/9999", MANAGING, False, {}),
    "hotline_units.saved": (
        "POST",
        "/hotline/units",
        MANAGING,
        False,
        {"name": "Tổ y tế", "kinds": "food", "zone_id": "{zone}"},
    ),
    "hotline_units.dissolved": ("POST", "/hotline/units/9999/dissolve", MANAGING, False, {}),
    "hotline_units.new_calendar": ("GET", "/hotline/calendars/new", MANAGING, False, {}),
    "hotline_units.calendar": ("GET", "/hotline/calendars/9999", MANAGING, False, {}),
    "hotline_units.calendar_saved": ("POST", "/hotline/calendars", MANAGING, False, {}),
    "hotline_texts.listed": ("GET", "/hotline/texts", MANAGING, False, {}),
    "hotline_texts.new": ("GET", "/hotline/texts/answer/new", MANAGING, False, {}),
    "hotline_texts.one": ("GET", "/hotline/texts/9999", MANAGING, False, {}),
    "hotline_texts.saved": ("POST", "/hotline/texts", MANAGING, False, {}),
    "hotline_texts.ended": ("POST", "/hotline/texts/9999/end", MANAGING, False, {}),
    "contact_chain.show": ("GET", "/contacts/chain?cluster={cluster}", HEALTH, True, {}),
    "contact_chain.with_names": (
        "POST",
        "/contacts/chain/names",
        HEALTH,
        True,
        {"cluster": "{cluster}", "reason": "Gọi điện."},
    ),
    "contact_chain.file": ("POST", "/contacts/chain.graphml", HEALTH, True, {"cluster": "{cluster}"}),
    "contact_curve.show": ("GET", "/contacts/curve?cluster={cluster}", HEALTH, True, {}),
    "contact_curve.file": ("GET", "/contacts/curve.csv?cluster={cluster}", HEALTH, True, {}),
    "implausible.listed": ("GET", "/contacts/implausible?cluster={cluster}", HEALTH, True, {}),
    "clusters.listed": ("GET", "/contacts/clusters", HEALTH, False, {}),
    "clusters.new": ("GET", "/contacts/clusters/new", HEALTH, False, {}),
    "clusters.made": (
        "POST",
        "/contacts/clusters",
        HEALTH,
        True,
        {"name": "Ổ dịch chợ", "zone_id": "{zone}", "disease": "covid-19", "opened_on": "2026-11-20"},
    ),
    "clusters.one": ("GET", "/contacts/clusters/{cluster}", HEALTH, True, {}),
    "clusters.changed": (
        "POST",
        "/contacts/clusters/{cluster}",
        HEALTH,
        True,
        {"name": "Ổ dịch chợ", "opened_on": "2026-11-20", "version": "1"},
    ),
    "clusters.joined": (
        "POST",
        "/contacts/clusters/{cluster}/join",
        HEALTH,
        True,
        {"part": "place", "typed": "Xưởng approved"},
    ),
    "clusters.parted": ("POST", "/contacts/clusters/{cluster}/part", HEALTH, True, {"part": "case", "number": "9999"}),
    "places.listed": ("GET", "/places", WATCHING, False, {}),
    "places.capture": ("GET", "/places/capture", WATCHING, False, {}),
    "places.one": ("GET", "/places/{waiting}", WATCHING, True, {}),
    "places.decided": ("POST", "/places/{waiting}/decide", WATCHING, True, {"decision": "approve"}),
    "places.change_decided": ("POST", "/places/{approved}/change", WATCHING, True, {"decision": "approve", "version": "1"}),
    "places.closed": ("POST", "/places/{approved}/close", WATCHING, True, {"why": "moved away"}),
    "places.rang": ("POST", "/places/{unconfirmed}/rang", WATCHING, True, {}),
    "places.camera": ("POST", "/places/{approved}/points/{point}/camera", WATCHING, True, {"camera": ""}),
    "place_lists.form": ("GET", "/places/{approved}/list", frozenset({SUPERVISOR}), True, {}),
    "place_lists.show": (
        "POST",
        "/places/{approved}/list",
        frozenset({SUPERVISOR}),
        True,
        {"day": "2026-11-23", "reason": "a case"},
    ),
    "place_lists.export": (
        "POST",
        "/places/{approved}/list.xlsx",
        frozenset({SUPERVISOR}),
        True,
        {"day": "2026-11-23", "reason": "a case"},
    ),
    "place_keys.listed": ("GET", "/places/keys", frozenset({ADMINISTRATOR}), False, {}),
    "place_keys.withdraw": ("POST", "/places/keys/k00000000/withdraw", frozenset({ADMINISTRATOR}), False, {"why": "copied"}),
    "disclosures.listed": ("GET", "/disclosures", frozenset({SUPERVISOR, ADMINISTRATOR, AUDITOR}), False, {}),
    "disclosures.as_file": ("GET", "/disclosures.csv", frozenset({SUPERVISOR, ADMINISTRATOR, AUDITOR}), False, {}),
    "disclosures.form": ("GET", "/residents/{resident}/disclose", frozenset({SUPERVISOR}), True, {}),
    "disclosures.note": (
        "POST",
        "/residents/{resident}/disclose",
        frozenset({SUPERVISOR}),
        True,
        {"kind": "health", "recipient": "Bệnh viện tỉnh", "what": "Kết quả xét nghiệm", "legal_basis": "Luật Khám bệnh"},
    ),
    "second_looks.listed": ("GET", "/reviewers", frozenset({SUPERVISOR}), False, {}),
    "second_looks.share": ("POST", "/reviewers/share", frozenset({SUPERVISOR}), False, {"percent": "5"}),
    "second_looks.show": ("GET", "/second-looks/9999", frozenset({SUPERVISOR}), False, {}),
    "second_looks.say": ("POST", "/second-looks/9999", frozenset({SUPERVISOR}), False, {}),
    "many_misses.choose": ("GET", "/zones/{zone}/misses", frozenset({SUPERVISOR}), True, {}),
    "many_misses.preview": ("POST", "/zones/{zone}/misses", frozenset({SUPERVISOR}), True, {}),
    "many_misses.carry_out": ("POST", "/zones/{zone}/misses/do", frozenset({SUPERVISOR}), True, {}),
    "many_misses.result": ("GET", "/zones/{zone}/misses/none", frozenset({SUPERVISOR}), True, {}),
    "many_misses.undo": ("POST", "/zones/{zone}/misses/none/undo", frozenset({SUPERVISOR}), True, {}),
    "many_texts.choose": ("GET", "/zones/{zone}/texts/many", frozenset({SUPERVISOR}), True, {}),
    "many_texts.preview": ("POST", "/zones/{zone}/texts/many", frozenset({SUPERVISOR}), True, {}),
    "many_texts.send": ("POST", "/zones/{zone}/texts/many/send", frozenset({SUPERVISOR}), True, {}),
    "many_texts.show": ("GET", "/notices/9999", frozenset({SUPERVISOR}), False, {}),
    "many_texts.undo": ("POST", "/notices/9999/undo", frozenset({SUPERVISOR}), False, {}),
    "visits.visit_list": ("GET", "/visits", HEALTH, False, {}),
    "enrolment.show": ("GET", "/residents/{resident}/photos", HEALTH, True, {}),
    "enrolment.add": ("POST", "/residents/{resident}/photos", HEALTH, True, {}),
    "enrolment.remove": ("POST", "/face-photos/9999/remove", HEALTH, False, {}),
    "enrolment.tell_apart": ("POST", "/residents/{resident}/alike/9999/dismiss", HEALTH, True, {}),
    "ward.ward": ("GET", "/zones/{zone}/roll-call", HEALTH, True, {}),
    "ward.found": ("POST", "/check-ins/{missed}/found", HEALTH, True, {"how": "well", "zone": "{zone}"}),
    "ward.bracelets": ("GET", "/zones/{zone}/bracelets", HEALTH, True, {}),
    "ward.open_bracelet": ("GET", "/b/forged", HEALTH, False, {}),
    "plans.plan_list": ("GET", "/zones/{zone}/plans", EVERYBODY, True, {}),
    "plans.new": ("GET", "/zones/{zone}/plans/new", frozenset({SUPERVISOR}), True, {}),
    "plans.make": ("POST", "/zones/{zone}/plans", frozenset({SUPERVISOR}), True, {}),
    "plans.change": ("GET", "/plans/{plan}/replace", frozenset({SUPERVISOR}), True, {}),
    "plans.replace_plan": ("POST", "/plans/{plan}/replace", frozenset({SUPERVISOR}), True, {}),
    "plans.rehearsal": ("GET", "/plans/{plan}/rehearsal", frozenset({SUPERVISOR}), True, {}),
    "plans.agree": ("POST", "/plans/{plan}/share/agree", frozenset({SUPERVISOR}), True, {}),
    "plans.end": ("POST", "/plans/{plan}/end", frozenset({SUPERVISOR}), True, {}),
    "plans.ask_more": ("POST", "/plans/{plan}/share", frozenset({SUPERVISOR}), True, {"share": "50"}),
    "plans.ask": ("POST", "/plans/{plan}/ask", frozenset({SUPERVISOR}), True, {}),
    "zone_list.listed": ("GET", "/zones", MANAGING, False, {}),
    "zone_settings.new": ("GET", "/zones/new", frozenset({ADMINISTRATOR}), False, {}),
    "zone_settings.make": ("POST", "/zones", frozenset({ADMINISTRATOR}), False, {}),
    "zone_settings.edit": ("GET", "/zones/{zone}/settings", frozenset({ADMINISTRATOR}), True, {}),
    "zone_settings.save": (
        "POST",
        "/zones/{zone}/settings",
        frozenset({ADMINISTRATOR}),
        True,
        {
            "name": "Khu mới",
            "kind": "facility",
            "timezone": "Asia/Ho_Chi_Minh",
            "version": "1",
            "camera_order_number": "13/QĐ-UBND",
            "camera_order_date": "2026-11-20",
            "camera_order_authority": "Ủy ban nhân dân tỉnh",
        },
    ),
    "zone_settings.close": ("POST", "/zones/{zone}/close", frozenset({ADMINISTRATOR}), True, {}),
    "zone_settings.reopen": ("POST", "/zones/{zone}/reopen", frozenset({ADMINISTRATOR}), True, {}),
    "rooms.listed": ("GET", "/zones/{zone}/rooms", MANAGING, True, {}),
    "rooms.preview": ("POST", "/zones/{zone}/rooms/preview", MANAGING, True, {"pattern": "301-303"}),
    "rooms.make": ("POST", "/zones/{zone}/rooms", MANAGING, True, {"rooms": "name\n301\n302"}),
    "rooms.refused": ("POST", "/zones/{zone}/rooms/refused", MANAGING, True, {"refused": "name\n301"}),
    "room.show": ("GET", "/rooms/{room}", MANAGING, True, {}),
    "room.change": ("POST", "/rooms/{room}", MANAGING, True, {"name": "102A", "kind": "room", "version": "1"}),
    "room.close": ("POST", "/rooms/{room}/close", MANAGING, True, {}),
    "room.reopen": ("POST", "/rooms/{room}/reopen", MANAGING, True, {}),
    "room.merge": ("POST", "/rooms/{room}/merge", MANAGING, True, {}),
    "units.search": ("GET", "/units?q=ben+nghe", EVERYBODY, False, {}),
    "faces.show": ("GET", "/faces", frozenset({SUPERVISOR, ADMINISTRATOR, AUDITOR}), False, {}),
    "message_log.log": ("GET", "/residents/{resident}/messages", HEALTH, True, {}),
    "unknown_texts.listed": ("GET", "/texts/unknown", HEALTH, False, {}),
    "unknown_texts.seen": ("POST", "/texts/9999/seen", HEALTH, False, {}),
    "telephones.stop": ("POST", "/residents/{resident}/texts/stop", HEALTH, True, {"reason": "Xin không nhận tin nữa."}),
    "telephones.start": ("POST", "/residents/{resident}/texts/start", HEALTH, True, {"reason": "Xin nhận tin lại."}),
    "lab_tests.listed": ("GET", "/zones/{zone}/tests", HEALTH, True, {}),
    "lab_tests.take_many": ("POST", "/zones/{zone}/tests/taken", HEALTH, True, {}),
    "lab_tests.send_many": ("POST", "/zones/{zone}/tests/sent", HEALTH, True, {}),
    "lab_tests.plan_zone": ("POST", "/zones/{zone}/tests/plan", frozenset({SUPERVISOR}), True, {}),
    "lab_tests.plan_one": (
        "POST",
        "/residents/{resident}/tests",
        frozenset({SUPERVISOR}),
        True,
        {"kind": "pcr", "due_on": "2026-11-25"},
    ),
    "lab_tests.take": ("POST", "/tests/9999/taken", HEALTH, False, {}),
    "lab_tests.send": ("POST", "/tests/9999/sent", HEALTH, False, {"sample_number": "A1", "laboratory": "CDC"}),
    "lab_tests.result": ("POST", "/tests/9999/result", HEALTH, False, {"result": "negative", "result_on": "2026-11-23"}),
    "lab_tests.correct": (
        "POST",
        "/tests/9999/correct",
        frozenset({SUPERVISOR}),
        False,
        {"result": "negative", "before": "positive", "result_on": "2026-11-23", "reason": "Nhầm."},
    ),
    "lab_tests.release": ("POST", "/tests/9999/release", HEALTH, False, {}),
    "lab_tests.cancel": ("POST", "/tests/9999/cancel", frozenset({SUPERVISOR}), False, {"reason": "Đã về."}),
    "lab_files.show": ("GET", "/laboratory", frozenset({SUPERVISOR}), False, {}),
    "lab_files.preview": ("POST", "/laboratory/preview", frozenset({SUPERVISOR}), False, {}),
    "lab_files.take": (
        "POST",
        "/laboratory",
        frozenset({SUPERVISOR}),
        False,
        {"rows": "Mã mẫu,Kết quả,Ngày kết quả\nL1,Âm tính,23/11/2026"},
    ),
    "lab_files.refused": ("POST", "/laboratory/refused", frozenset({SUPERVISOR}), False, {"refused": "Mã mẫu\nL1"}),
    "lab_files.settle": ("POST", "/laboratory/parked/9999", frozenset({SUPERVISOR}), False, {"chosen": "nobody"}),
    "households.listed": ("GET", "/zones/{zone}/households", frozenset({SUPERVISOR}), True, {}),
    "households.make": ("POST", "/zones/{zone}/households", frozenset({SUPERVISOR}), True, {"name": "Nhà ông Ba"}),
    "households.show": ("GET", "/households/9999", frozenset({SUPERVISOR}), False, {}),
    "households.change": ("POST", "/households/9999", frozenset({SUPERVISOR}), False, {"name": "Nhà ông Ba"}),
    "households.add": ("POST", "/households/9999/members", frozenset({SUPERVISOR}), False, {"resident": "{resident}"}),
    "households.remove": ("POST", "/households/9999/members/9999/remove", frozenset({SUPERVISOR}), False, {}),
    "households.end": ("POST", "/households/9999/dissolve", frozenset({SUPERVISOR}), False, {"sure": "yes"}),
    "telephones.change": ("POST", "/residents/{resident}/telephone", frozenset({SUPERVISOR}), True, {"smartphone": "no"}),
    "answers.set_right": (
        "POST",
        "/check-ins/{missed}/set-right",
        frozenset({SUPERVISOR}),
        True,
        {"decision": "excuse", "reason": "Mất điện cả dãy."},
    ),
    "orders.ask": ("GET", "/orders/{order}/release", frozenset({SUPERVISOR}), True, {}),
    "orders.do": ("POST", "/orders/{order}/release", frozenset({SUPERVISOR}), True, {"version": "1", "reason": "Đủ 14 ngày."}),
    "orders.further": ("GET", "/residents/{resident}/orders/new", frozenset({SUPERVISOR}), True, {}),
    "orders.give": ("POST", "/residents/{resident}/orders/new", frozenset({SUPERVISOR}), True, FURTHER_ORDER),
    "exemptions.permit": (
        "POST",
        "/residents/{resident}/exemptions",
        frozenset({SUPERVISOR}),
        True,
        {"starts": "2026-11-23T10:00", "ends": "2026-11-23T14:00", "reason": "Đi xét nghiệm"},
    ),
    "exemptions.show": ("GET", "/exemptions/9999", frozenset({SUPERVISOR}), False, {}),
    "exemptions.change": ("POST", "/exemptions/9999", frozenset({SUPERVISOR}), False, {}),
    "exemptions.end": ("POST", "/exemptions/9999/end", frozenset({SUPERVISOR}), False, {}),
    "room_moves.ask": ("GET", "/residents/{resident}/room", frozenset({SUPERVISOR}), True, {}),
    "room_moves.do": (
        "POST",
        "/residents/{resident}/room",
        frozenset({SUPERVISOR}),
        True,
        {"room": "1", "seen": "{room}", "reason": "Gần nhà vệ sinh."},
    ),
    "transfers.ask": ("GET", "/residents/{resident}/transfer", frozenset({SUPERVISOR}), True, {}),
    "transfers.make_offer": (
        "POST",
        "/residents/{resident}/transfer",
        frozenset({SUPERVISOR}),
        True,
        {"to_zone": "2", "reason": "Gần người nhà."},
    ),
    "transfers.show": ("GET", "/transfers/9999", HEALTH, False, {}),
    "transfers.take_in": ("POST", "/transfers/9999/accept", frozenset({SUPERVISOR}), False, {}),
    "transfers.turn_down": ("POST", "/transfers/9999/refuse", frozenset({SUPERVISOR}), False, {}),
    "transfers.take_back": ("POST", "/transfers/9999/withdraw", frozenset({SUPERVISOR}), False, {}),
    "transfers.call_off": ("POST", "/transfers/9999/call-off", frozenset({SUPERVISOR}), False, {}),
    "many_transfers.choose": ("GET", "/zones/{zone}/coming", frozenset({SUPERVISOR}), True, {}),
    "many_transfers.preview": ("POST", "/zones/{zone}/coming", frozenset({SUPERVISOR}), True, {"transfer": "9999"}),
    "many_transfers.carry_out": (
        "POST",
        "/zones/{zone}/coming/do",
        frozenset({SUPERVISOR}),
        True,
        {"seen": "9999", "chosen": "1"},
    ),
    "many_transfers.turn_down": (
        "POST",
        "/zones/{zone}/coming/refuse",
        frozenset({SUPERVISOR}),
        True,
        {"seen": "9999", "reason": "Khu đã đầy."},
    ),
    "merging.find": ("GET", "/residents/{resident}/merge", frozenset({SUPERVISOR}), True, {}),
    "merging.compare": ("GET", "/residents/{resident}/merge/9999", frozenset({SUPERVISOR}), True, {}),
    "merging.do": ("POST", "/residents/{resident}/merge/9999", frozenset({SUPERVISOR}), True, {}),
    "movements.show": ("GET", "/zones/{zone}/movements", HEALTH, True, {}),
    "movements.call_off": ("POST", "/planned/9999/cancel", frozenset({SUPERVISOR}), False, {}),
    "many.result": ("GET", "/people/many/none", frozenset({SUPERVISOR}), False, {}),
    "many.undo": ("POST", "/people/many/none/undo", frozenset({SUPERVISOR}), False, {}),
    "many.choose": ("GET", "/zones/{zone}/many", frozenset({SUPERVISOR}), True, {}),
    "many.preview": (
        "POST",
        "/zones/{zone}/many",
        frozenset({SUPERVISOR}),
        True,
        {"deed": "release", "reason": "Hết đợt.", "everybody": "yes"},
    ),
    "many.carry_out": (
        "POST",
        "/zones/{zone}/many/do",
        frozenset({SUPERVISOR}),
        True,
        {"deed": "release", "reason": "Hết đợt.", "seen": "{resident}:1:{room}", "batch": "a" * 24},
    ),
    "letters.show": ("GET", "/orders/{order}/letters", frozenset({SUPERVISOR}), True, {}),
    "letters.make": ("POST", "/orders/{order}/letters", frozenset({SUPERVISOR}), True, {}),
    "letters.pdf": ("GET", "/letters/9999.pdf", frozenset({SUPERVISOR}), False, {}),
    "letters.take_back": ("POST", "/letters/9999/withdraw", frozenset({SUPERVISOR}), False, {"why": "Sai tên."}),
    "letters.delivered": (
        "POST",
        "/orders/{order}/delivered",
        frozenset({SUPERVISOR}),
        True,
        {"delivered_on": "2026-11-22", "version": "1"},
    ),
    "many_letters.choose": ("GET", "/zones/{zone}/letters", frozenset({SUPERVISOR}), True, {}),
    "many_letters.make": ("POST", "/zones/{zone}/letters", frozenset({SUPERVISOR}), True, {}),
    "many_letters.batch": ("GET", "/letter-batches/9999", frozenset({SUPERVISOR}), False, {}),
    "many_letters.archive": ("GET", "/letter-batches/9999.zip", frozenset({SUPERVISOR}), False, {}),
    "cameras.camera_list": ("GET", "/cameras", frozenset({STAFF, SUPERVISOR, ADMINISTRATOR}), False, {}),
    "pictures.photo": ("GET", "/photos/{photo}", HEALTH, True, {}),
    "pictures.camera_picture": (
        "GET",
        "/cameras/{camera}/picture",
        frozenset({STAFF, SUPERVISOR, ADMINISTRATOR}),
        True,
        {},
    ),
    "pictures.incident_media": ("GET", "/incident-media/9999", HEALTH, False, {}),
    "live_view.wall": ("GET", "/cameras/wall", WATCHING, False, {}),
    "live_view.watch": ("GET", "/cameras/{camera}/live", WATCHING, True, {}),
    "live_view.feed": ("GET", "/cameras/feed?cameras={camera}", WATCHING, True, {}),
    "camera.page": ("GET", "/cameras/{camera}", WATCHING, True, {}),
    "camera.motion": ("GET", "/cameras/{camera}/motion", WATCHING, True, {}),
    "camera.change": ("POST", "/cameras/{camera}", MANAGING, True, {"name": "Cửa trước"}),
    "camera.ask": ("POST", "/cameras/{camera}/ask", MANAGING, True, {"kind": "fit"}),
    "camera.areas_page": ("GET", "/cameras/{camera}/areas", MANAGING, True, {}),
    "camera.save_areas": ("POST", "/cameras/{camera}/areas", MANAGING, True, {}),
    "camera_adding.form": ("GET", "/cameras/add", MANAGING, False, {}),
    "camera_adding.search": ("POST", "/cameras/add", MANAGING, False, {"addresses": "192.168.1.5"}),
    "camera_adding.found": ("GET", "/cameras/add/9999", MANAGING, False, {}),
    "camera_adding.picture": ("GET", "/cameras/add/9999/picture/0", MANAGING, False, {}),
    "camera_adding.take": ("POST", "/cameras/add/9999/take", MANAGING, False, {"name": "Cửa"}),
    "messages.message_page": ("GET", "/messages", MANAGING, False, {}),
    "messages.stop": ("POST", "/messages/stop", MANAGING, True, {"zone": "{zone}", "reason": "Sai nội dung"}),
    "messages.go_on": ("POST", "/messages/stops/9999/end", MANAGING, False, {}),
    "emergency.form": ("GET", "/messages/emergency", frozenset({SUPERVISOR}), False, {}),
    "emergency.preview": (
        "POST",
        "/messages/emergency/preview",
        frozenset({SUPERVISOR}),
        True,
        {"zone": "{zone}", "vietnamese": "Cháy ở nhà B", "reason": "Cháy"},
    ),
    "emergency.send": (
        "POST",
        "/messages/emergency",
        frozenset({SUPERVISOR}),
        True,
        {"zone": "{zone}", "vietnamese": "Cháy ở nhà B", "reason": "Cháy"},
    ),
    "night_rest.show": ("GET", "/night-rest", frozenset({ADMINISTRATOR}), False, {}),
    "night_rest.save": ("POST", "/night-rest", frozenset({ADMINISTRATOR}), False, {}),
    "message_texts.text_list": ("GET", "/zones/{zone}/texts", MANAGING, True, {}),
    "message_texts.text_page": ("GET", "/zones/{zone}/texts/first/vi", MANAGING, True, {}),
    "message_texts.change": (
        "POST",
        "/zones/{zone}/texts/first/vi",
        MANAGING,
        True,
        {"do": "save", "text": "Điểm danh trước {{due}}: {{link}}"},
    ),
    "gateways.show": ("GET", "/messages/gateways", frozenset({ADMINISTRATOR}), False, {}),
    "gateways.test": ("POST", "/messages/gateways", frozenset({ADMINISTRATOR}), False, {}),
    "message_costs.cost_page": ("GET", "/messages/costs", MANAGING, False, {}),
    "addresses.address_list": ("GET", "/residents/{resident}/addresses", frozenset({SUPERVISOR}), True, {}),
    "addresses.add": (
        "POST",
        "/residents/{resident}/addresses",
        frozenset({SUPERVISOR}),
        True,
        {"channel": "email", "address": "an@example.vn"},
    ),
    "addresses.remove": ("POST", "/residents/{resident}/addresses/9999/remove", frozenset({SUPERVISOR}), True, {}),
    "guardians.show": ("GET", "/residents/{resident}/guardian", frozenset({SUPERVISOR}), True, {}),
    "guardians.choose": (
        "POST",
        "/residents/{resident}/guardian",
        frozenset({SUPERVISOR}),
        True,
        {"full_name": "Lê Thị Dì", "phone": "0912000002", "relation": "relative", "language": "vi"},
    ),
    "guardians.end": ("POST", "/residents/{resident}/guardian/end", frozenset({SUPERVISOR}), True, {}),
    "floor_plan.show": ("GET", "/zones/{zone}/map", HEALTH, True, {}),
    "floor_plan.new": ("GET", "/zones/{zone}/maps/new", MANAGING, True, {}),
    "floor_plan.make": ("POST", "/zones/{zone}/maps/new", MANAGING, True, {"name": "Tầng 1", "floor": "*"}),
    "floor_plan.picture": ("GET", "/maps/{floor_plan}/picture", EVERYBODY, True, {}),
    "floor_plan.editor": ("GET", "/maps/{floor_plan}", MANAGING, True, {}),
    "floor_plan.save": ("POST", "/maps/{floor_plan}", MANAGING, True, {}),
    "floor_plan.take_away": ("POST", "/maps/{floor_plan}/remove", MANAGING, True, {}),
    # Reports are of the whole province; one draft is there. What is done with one needs all zones: test_report_pages.py.
    "reports.listed": ("GET", "/reports", EVERYBODY, False, {}),
    "reports.one": ("GET", "/reports/1", EVERYBODY, False, {}),
    "report_lists.show": ("GET", "/reports/1/all.now", HEALTH, False, {}),
    "report_lists.differences": ("GET", "/reports/1/differences", HEALTH, False, {}),
    "report_deeds.count_again": ("POST", "/reports/1/count", frozenset({SUPERVISOR}), False, {}),
    "report_deeds.accepted": ("POST", "/reports/1/accept", frozenset({SUPERVISOR}), False, {}),
    "report_deeds.released": ("POST", "/reports/1/release", frozenset({SUPERVISOR}), False, {}),
    "report_deeds.corrected": ("POST", "/reports/1/correct", frozenset({SUPERVISOR}), False, {}),
    "report_times.show": ("GET", "/reports/times", MANAGING, False, {}),
    "report_times.saved": ("POST", "/reports/times", MANAGING, False, {}),
    # Mails of the province's report are settled by whoever has all zones: test_report_mail_pages.py.
    "report_sending.listed": ("GET", "/reports/sending", MANAGING, False, {}),
    "report_sending.one": ("GET", "/reports/sending/1", MANAGING, False, {}),
    "report_sending.of_report": ("GET", "/reports/1/sending", MANAGING, False, {}),
    "report_sending.file": ("GET", "/reports/sending/1/pdf/vi", MANAGING, False, {}),
    "report_sending.again": ("POST", "/reports/sending/1/mails/1/again", MANAGING, False, {}),
    "report_sending.arrived": ("POST", "/reports/sending/1/mails/1/arrived", MANAGING, False, {}),
    "report_sending.make": ("POST", "/reports/sending/1/make", MANAGING, False, {}),
    "report_recipients.listed": ("GET", "/reports/recipients", MANAGING, False, {}),
    "report_recipients.add": ("POST", "/reports/recipients", MANAGING, False, {}),
    "report_recipients.remove": ("POST", "/reports/recipients/1/remove", MANAGING, False, {}),
    "report_recipients.letterhead": ("POST", "/reports/letterhead", MANAGING, False, {}),
    "report_schedules.listed": ("GET", "/reports/schedules", MANAGING, False, {}),
    "report_schedules.add": (
        "POST",
        "/reports/schedules",
        MANAGING,
        True,
        {
            "kind": "day_sheet",
            "zone": "{zone}",
            "weekdays": "0",
            "at": "17:00",
            "language": "vi",
            "addresses": "tram@example.vn",
        },
    ),
    "report_schedules.end": ("POST", "/reports/schedules/1/end", MANAGING, False, {}),
    "day_sheet.show": ("GET", "/zones/{zone}/day-sheet", HEALTH, True, {}),
    "day_sheet.printed": ("GET", "/zones/{zone}/day-sheet.pdf", HEALTH, True, {}),
    "figures.show": ("GET", "/figures?zone={zone}", EVERYBODY, True, {}),
    "figures.paper": ("GET", "/figures.pdf?zone={zone}", EVERYBODY, True, {}),
    "figures.file": ("GET", "/figures.xlsx?zone={zone}", EVERYBODY, True, {}),
    "coverage.show": ("GET", "/coverage", EVERYBODY, False, {}),
    "coverage.file": ("GET", "/coverage.csv", EVERYBODY, False, {}),
    "coverage.planned": (
        "POST",
        "/coverage/cameras",
        MANAGING,
        True,
        {"zone": "{zone}", "cameras": "12", "source": "Kế hoạch 45", "counted_on": "2026-11-20"},
    ),
    "doors.form": ("GET", "/doors", frozenset({SUPERVISOR}), False, {}),
    "doors.printed": ("POST", "/doors/list", frozenset({SUPERVISOR}), False, {}),
    "collected.listed": ("GET", "/collected", HEALTH, False, {}),
    "collected.one": ("GET", "/collected/{reporter}", HEALTH, True, {}),
    "collected.entered": (
        "POST",
        "/collected/{reporter}",
        HEALTH,
        True,
        {
            "day": "2026-11-23",
            "helped_to_declare": "3",
            "at_work": "900",
            "kept_home": "2",
            "sent_to_station": "0",
            "codes_put_up": "1",
        },
    ),
    "collected.calls": ("GET", "/collected/to-call", HEALTH, False, {}),
    "collected.called": ("POST", "/collected/to-call/{reporter}", HEALTH, True, {"outcome": "will_enter"}),
    "collected.fields": ("GET", "/collected/fields", MANAGING, False, {}),
    "collected.field_saved": (
        "POST",
        "/collected/fields",
        MANAGING,
        False,
        {"name_vi": "Số", "name_en": "Number", "asked_of": "all", "position": "1", "most": "10"},
    ),
    "collected.field_closed": ("POST", "/collected/fields/1/close", MANAGING, False, {"version": "1"}),
    "collected.fields_shipped": ("POST", "/collected/fields/shipped", MANAGING, False, {}),
    "reporters.listed": ("GET", "/reporters", MANAGING, False, {}),
    "reporters.seeded": ("POST", "/reporters/seed", MANAGING, False, {}),
    "reporters.new": ("GET", "/reporters/new", MANAGING, False, {}),
    "reporters.one": ("GET", "/reporters/{reporter}", MANAGING, True, {}),
    "reporters.saved": ("POST", "/reporters", MANAGING, False, {"kind": "agency", "name": "Sở Y tế"}),
    "reporters.closed": ("POST", "/reporters/{reporter}/close", MANAGING, True, {"version": "1"}),
    "reporters.count": (
        "POST",
        "/reporters/{reporter}/count",
        MANAGING,
        True,
        {"smartphone_users": "800", "source": "Khảo sát", "counted_on": "2026-11-20"},
    ),
    "reporters.link": ("POST", "/reporters/{reporter}/link", MANAGING, True, {"by": "shown"}),
    "reporters.links": ("POST", "/reporters/links", MANAGING, False, {"by": "print"}),
    "reporter_files.new": ("GET", "/reporters/files/new", MANAGING, False, {}),
    "reporter_files.template": ("GET", "/reporters/files/template.csv", MANAGING, False, {}),
    "reporter_files.sent": ("POST", "/reporters/files", MANAGING, False, {}),
    "reporter_files.one": ("GET", "/reporters/files/9999", MANAGING, False, {}),
    "reporter_files.enter": ("POST", "/reporters/files/9999/enter", MANAGING, False, {}),
    "records.audit_list": ("GET", "/audit", frozenset({SUPERVISOR, ADMINISTRATOR, AUDITOR}), False, {}),
    "accounts.account_list": ("GET", "/accounts", frozenset({ADMINISTRATOR}), False, {}),
    "accounts.new": ("GET", "/accounts/new", frozenset({ADMINISTRATOR}), False, {}),
    "accounts.make": (
        "POST",
        "/accounts",
        frozenset({ADMINISTRATOR}),
        False,
        {"username": "moi", "role": "staff", "zones": "{zone}", "language": "vi"},
    ),
    # Of somebody of the own zone; of others in test_accounts.py.
    "account.one": ("GET", "/accounts/1", frozenset({ADMINISTRATOR}), False, {}),
    "account.access": (
        "POST",
        "/accounts/1/access",
        frozenset({ADMINISTRATOR}),
        False,
        {"role": "supervisor", "zones": "{zone}"},
    ),
    "account.close": ("POST", "/accounts/1/close", frozenset({ADMINISTRATOR}), False, {}),
    "account.reopen": ("POST", "/accounts/1/reopen", frozenset({ADMINISTRATOR}), False, {}),
    "account.unlock": ("POST", "/accounts/1/unlock", frozenset({ADMINISTRATOR}), False, {}),
    "account.reset_account": ("POST", "/accounts/1/reset", frozenset({ADMINISTRATOR}), False, {}),
    "account.end_session": ("POST", "/accounts/1/sessions/nothing/end", frozenset({ADMINISTRATOR}), False, {}),
    "account.end_sessions": ("POST", "/accounts/1/sessions/end", frozenset({ADMINISTRATOR}), False, {}),
    "set_up_health.show": ("GET", "/set-up", frozenset({ADMINISTRATOR}), False, {}),
    "set_up.step": ("GET", "/set-up/authority", frozenset({ADMINISTRATOR}), False, {}),
    "set_up.set_language": ("POST", "/set-up/language", frozenset({ADMINISTRATOR}), False, {"language": "en"}),
    "set_up.set_authority": ("POST", "/set-up/authority", frozenset({ADMINISTRATOR}), False, {"authority": "Trạm Y tế"}),
    "set_up.skip": ("POST", "/set-up/mail/skip", frozenset({ADMINISTRATOR}), False, {}),
    "set_up.resume": ("POST", "/set-up/mail/take-up", frozenset({ADMINISTRATOR}), False, {}),
    "set_up.test": ("POST", "/set-up/mail/test", frozenset({ADMINISTRATOR}), False, {"channel": "email"}),
    "recovery_sheet.show": ("GET", "/set-up/recovery_sheet", frozenset({ADMINISTRATOR}), False, {}),
    "recovery_sheet.sheet": ("POST", "/set-up/recovery_sheet", frozenset({ADMINISTRATOR}), False, {}),
    "recovery_sheet.confirm": ("POST", "/set-up/recovery_sheet/confirm", frozenset({ADMINISTRATOR}), False, {}),
    "first_plan.make": (
        "POST",
        "/set-up/plan",
        frozenset({ADMINISTRATOR}),
        True,
        {"zone": "{zone}", "template": "camp"},
    ),
    "first_plan.rehearsal": ("GET", "/set-up/plan/{plan}", frozenset({ADMINISTRATOR}), True, {}),
    "who_may.show": ("GET", "/access", frozenset({ADMINISTRATOR, AUDITOR}), False, {}),
    "who_may.as_file": ("GET", "/access.csv", frozenset({ADMINISTRATOR, AUDITOR}), False, {}),
    "own.show": ("GET", "/account", EVERYBODY, False, {}),
    "own.confirm": ("GET", "/account/confirm", EVERYBODY, False, {}),
    "own.try_confirm": ("POST", "/account/confirm", EVERYBODY, False, {"password": PASSWORD}),
    "own.password": (
        "POST",
        "/account/password",
        EVERYBODY,
        False,
        {"current": PASSWORD, "password": "cả nhà cùng đi", "again": "cả nhà cùng đi"},
    ),
    "own.recovery_codes": ("POST", "/account/recovery-codes", EVERYBODY, False, {}),
    "own.pin": ("POST", "/account/pin", EVERYBODY, False, {"pin": "491827", "again": "491827"}),
    "own.end_session": ("POST", "/account/sessions/nothing/end", EVERYBODY, False, {}),
    "own.end_others": ("POST", "/account/sessions/end-others", EVERYBODY, False, {}),
    "own.active": ("POST", "/account/active", EVERYBODY, False, {}),
    "authenticator_app.offer": ("POST", "/account/app", EVERYBODY, False, {}),
    "authenticator_app.scan": ("GET", "/account/app", EVERYBODY, False, {}),
    "authenticator_app.confirm": ("POST", "/account/app/confirm", EVERYBODY, False, {"code": "000000"}),
    "authenticator_app.remove": ("POST", "/account/app/remove", EVERYBODY, False, {}),
    "passkeys.options": ("POST", "/account/passkeys/options", EVERYBODY, False, {}),
    "passkeys.add": ("POST", "/account/passkeys", EVERYBODY, False, {}),
    "passkeys.remove": ("POST", "/account/passkeys/9999/remove", EVERYBODY, False, {}),
    "addresses.set_document": (
        "POST",
        "/residents/{resident}/document",
        frozenset({SUPERVISOR}),
        True,
        {"document": "079085001234"},
    ),
    "telephones.movements": (
        "POST",
        "/residents/{resident}/movements",
        frozenset({SUPERVISOR}),
        True,
        {"still": "yes", "reason": "Chấn thương cổ."},
    ),
    "telephones.withdraw": (
        "POST",
        "/residents/{resident}/links/withdraw",
        frozenset({SUPERVISOR}),
        True,
        {"reason": "Mất điện thoại."},
    ),
    "pictures.burst": ("GET", "/bursts/9999", HEALTH, False, {}),
    "papers.listed": ("GET", "/papers", frozenset({SUPERVISOR, ADMINISTRATOR, AUDITOR}), False, {}),
    "papers.paper": ("GET", "/papers/notice/vi", frozenset({SUPERVISOR, ADMINISTRATOR, AUDITOR}), False, {}),
    "papers.enrolment_end": ("GET", "/enrolment-end", frozenset({SUPERVISOR, ADMINISTRATOR, AUDITOR}), False, {}),
    "papers.decide": ("POST", "/enrolment-end", frozenset({ADMINISTRATOR}), False, {"last_day": "2026-12-24", "why": "Dịch."}),
    "retention.show": ("GET", "/retention", frozenset({SUPERVISOR, ADMINISTRATOR, AUDITOR}), False, {}),
    "retention.certificate": ("GET", "/certificates/9999", frozenset({SUPERVISOR, ADMINISTRATOR, AUDITOR}), False, {}),
    "retention.put_off": (
        "POST",
        "/residents/{resident}/hold",
        frozenset({SUPERVISOR}),
        True,
        {"until": "2026-12-24", "reason": "Đang khiếu nại."},
    ),
    "retention.go_on": ("POST", "/residents/{resident}/hold/end", frozenset({SUPERVISOR}), True, {}),
    "retention.forget_face": (
        "POST",
        "/residents/{resident}/forget-face",
        frozenset({SUPERVISOR}),
        True,
        {"sure": "yes", "reason": "Theo yêu cầu."},
    ),
    "data_requests.listed": ("GET", "/requests", HEALTH, False, {}),
    "data_requests.one": ("GET", "/requests/9999", HEALTH, False, {}),
    "data_requests.answer": (
        "POST",
        "/requests/9999/answer",
        frozenset({SUPERVISOR}),
        False,
        {"outcome": "done", "answer": "Đã sửa."},
    ),
    "data_requests.write_down": ("POST", "/residents/{resident}/requests", HEALTH, True, {"kind": "see"}),
    "consents.notice": ("POST", "/residents/{resident}/notice", HEALTH, True, {"given_by": "Mẹ của An"}),
    "consents.faces": ("POST", "/residents/{resident}/face-matching", HEALTH, True, {"agrees": "no"}),
    "consents.export": ("POST", "/residents/{resident}/export", frozenset({SUPERVISOR}), True, {"reason": "Người đó yêu cầu."}),
    "looking.say_why": ("POST", "/residents/{resident}/look", HEALTH, True, {"why": "answer"}),
    "looking.looked": ("GET", "/residents/{resident}/looked", EVERYBODY, True, {}),
    "people.listed": ("GET", "/people", HEALTH, False, {}),
    "people.search": ("POST", "/people", HEALTH, False, {"typed": "0900001001"}),
    "people.printed": ("GET", "/people/print", HEALTH, False, {}),
    "people.exported": ("POST", "/people/export", frozenset({SUPERVISOR}), False, {"kind": "csv"}),
    "gate.start": ("GET", "/enrol", HEALTH, False, {}),
    "gate.choose_zone": ("POST", "/enrol/zone", HEALTH, False, {"zone": "{zone}"}),
    "gate.by_hand": ("GET", "/enrol/new", HEALTH, False, {}),
    "gate.card": ("POST", "/enrol/card", HEALTH, False, {"code": "079185001234|024567890|An|05091985|Nữ|Phú Cường|22122021"}),
    "gate.photo": ("POST", "/enrol/photo", HEALTH, False, {}),
    "gate_person.alike": ("POST", "/enrol/alike", HEALTH, True, {"zone": "{zone}", "full_name": "Lò Văn Mới"}),
    "gate_person.enter": ("POST", "/enrol/new", HEALTH, True, {"zone": "{zone}", "token": "t", "full_name": "Lò Văn Mới"}),
    "gate_steps.steps": ("GET", "/enrol/{resident}", HEALTH, True, {}),
    "gate_steps.room": ("POST", "/enrol/{resident}/room", HEALTH, True, {"room": "{room}"}),
    "gate_steps.guardian": (
        "POST",
        "/enrol/{resident}/guardian",
        HEALTH,
        True,
        {"full_name": "Lê Thị Dì", "phone": "0912000002", "relation": "relative"},
    ),
    "gate_steps.send_code": ("POST", "/enrol/{resident}/code", HEALTH, True, {}),
    "gate_steps.code_typed": ("POST", "/enrol/{resident}/code/typed", HEALTH, True, {"code": "123456"}),
    "gate_steps.rang": ("POST", "/enrol/{resident}/rang", HEALTH, True, {}),
    "gate_steps.notice": ("POST", "/enrol/{resident}/notice", HEALTH, True, {"agrees": "no"}),
    "gate_steps.finish": ("POST", "/enrol/{resident}/finish", HEALTH, True, {}),
    "details.edit": ("GET", "/residents/{resident}/details", HEALTH, True, {}),
    "details.save": ("POST", "/residents/{resident}/details", HEALTH, True, {"full_name": "Trần Văn Bình", "version": "1"}),
    "files.listed": ("GET", "/people/files", frozenset({SUPERVISOR}), False, {}),
    "files.template": ("GET", "/people/files/template.xlsx", frozenset({SUPERVISOR}), False, {}),
    "files.send": ("POST", "/people/files", frozenset({SUPERVISOR}), True, {"zone": "{zone}"}),
    # Files that are there, with their rows, in test_people_file_pages.py.
    "files.show": ("GET", "/people/files/9999", frozenset({SUPERVISOR}), False, {}),
    "files.enter": ("POST", "/people/files/9999/enter", frozenset({SUPERVISOR}), False, {}),
    "files.throw_away": ("POST", "/people/files/9999/drop", frozenset({SUPERVISOR}), False, {}),
    "files.refused": ("GET", "/people/files/9999/refused.csv", frozenset({SUPERVISOR}), False, {}),
    "files.check_undo": ("GET", "/people/files/9999/undo", frozenset({SUPERVISOR}), False, {}),
    "files.take_out": ("POST", "/people/files/9999/undo", frozenset({SUPERVISOR}), False, {}),
    "doubtful.listed": ("GET", "/people/doubtful", frozenset({SUPERVISOR}), False, {}),
    "doubtful.show": ("GET", "/people/doubtful/9999", frozenset({SUPERVISOR}), False, {}),
    "doubtful.decide": ("POST", "/people/doubtful/9999", frozenset({SUPERVISOR}), False, {"decision": "leave"}),
    "duty.table": ("GET", "/duty", EVERYBODY, False, {}),
    "duty.add": ("POST", "/duty/entries", frozenset({SUPERVISOR}), False, {}),
    "duty.remove": ("POST", "/duty/entries/9999/remove", frozenset({SUPERVISOR}), False, {}),
    "duty.leave_note": ("POST", "/duty/notes", HEALTH, True, {"zone": "{zone}", "text": "Phòng 102: gọi lại lúc 20 giờ."}),
    "alerts.alert_list": ("GET", "/alerts", HEALTH, False, {}),
    "alerts.alert_page": ("GET", "/alerts/9999", HEALTH, False, {}),
    "alerts.take": ("POST", "/alerts/9999/take", HEALTH, False, {}),
    "alerts.waiting": ("GET", "/alerts/waiting", HEALTH, False, {}),
    "alerts.shown": ("POST", "/alerts/shown", HEALTH, False, {}),
    "alert_ways.show": ("GET", "/alerts/ways", HEALTH, False, {}),
    "alert_ways.add": ("POST", "/alerts/ways", HEALTH, False, {}),
    "alert_ways.subscribe": ("POST", "/alerts/ways/push", HEALTH, False, {}),
    "alert_ways.remove": ("POST", "/alerts/ways/9999/remove", HEALTH, False, {}),
    "alert_ways.change": ("POST", "/alerts/ways/9999", HEALTH, False, {}),
    "alert_ways.quiet": ("POST", "/alerts/ways/quiet", HEALTH, False, {"start": "22:00", "until": "06:00"}),
    "alert_ways.test": ("POST", "/alerts/ways/0/test", HEALTH, False, {}),
    "live.live": ("GET", "/live", EVERYBODY, False, {}),
    "session.sign_out": ("POST", "/sign-out", EVERYBODY, False, {}),
}
NOWHERE = Place(9_999, [9_999] * 6, 9_999, 9_999, 9_999, 9_999, 9_999, 9_999, 9_999, 9_999, 9_999, 9_999)
OPEN = {
    "session.sign_in",
    "session.try_sign_in",
    "session.choose_language",
    "second_step.second",
    "second_step.try_second",
    "second_step.options",
    "second_step.passkey",
    "invitation.code",
    # By the code that the service prints while it has no administrator.
    "start.begin",
    "start.choose",
    "invitation.typed",
    "invitation.opened",
    "invitation.use",
    "locked.locked",
    "locked.try_pin",
    "health.healthz",
    "up.up",
    "health.metrics",
    # A phone whose sign-in ended says that it showed a notification, by the secret in it.
    "receiving.worker",
    "receiving.received",
}


@pytest.fixture(scope="module")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Place, Place]:
    """A database that is filled once; each test works on its own copy."""
    folder = tmp_path_factory.mktemp("console")
    here, there = seed(folder)
    return folder, here, there


@contextmanager
def opened(seeded: tuple[Path, Place, Place], at: Path) -> Iterator[tuple[Flask, Database]]:
    """A console on a copy of the filled database. at: a folder of its own."""
    folder, _here, _there = seeded
    (at / "test.db").write_bytes((folder / "seed.db").read_bytes())
    database = Database(f"sqlite:///{at}/test.db", bytes(32))
    app = create_console(Settings(data_folder=at), database, Vault(folder / "vault", bytes(32)), now=lambda: NOW)
    app.config["TOKENS"] = folder
    app.config["WTF_CSRF_ENABLED"] = False  # tokens have tests of their own in test_console.py
    yield app, database
    app.extensions["live"].close()
    database.dispose()


@pytest.fixture
def console(seeded: tuple[Path, Place, Place], tmp_path: Path) -> Iterator[tuple[Flask, Database]]:
    """One for what changes something."""
    with opened(seeded, tmp_path) as console:
        yield console


@pytest.fixture(scope="module")
def standing(seeded: tuple[Path, Place, Place], tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Flask, Database]]:
    """One for all that only look, or must not come in: starting a console takes longer than asking it."""
    with opened(seeded, tmp_path_factory.mktemp("standing")) as console:
        yield console


def address(template: str, place: Place) -> str:
    return template.format(
        zone=place.zone,
        resident=place.residents[1],
        in_review=place.in_review,
        floor_plan=place.floor_plan,
        incident=place.incident,
        photo=place.photo,
        camera=place.camera,
        missed=place.missed,
        order=place.order,
        plan=place.plan,
        room=place.room,
        round=place.round,
        unconfirmed=place.places[0],
        waiting=place.places[1],
        approved=place.places[2],
        point=place.places[3],
        ticket=place.ticket,
        reporter=place.reporter,
        cluster=place.cluster,
        case=place.case,
        contact=place.contact,
    )


def fill(form: dict[str, str], place: Place) -> dict[str, str]:
    return {name: address(value, place) for name, value in form.items()}


def ask(console: tuple[Flask, Database], username: str | None, method: str, path: str, form: dict[str, str]) -> int:
    app, _database = console
    client = app.test_client()
    if username:
        with client.session_transaction() as cookie:
            cookie["token"] = (app.config["TOKENS"] / username).read_text()
    with client.open(path, method=method, data=form, buffered=False) as answer:
        return answer.status_code


def test_every_endpoint_is_in_the_table_and_declares_the_permission_that_gives_just_these_roles(
    console: tuple[Flask, Database],
) -> None:
    app, _database = console
    declared = rules(app)
    assert set(declared) == set(EXPECTED) | OPEN
    for endpoint, (_method, _address, allowed, _zoned, _form) in EXPECTED.items():
        permission = declared[endpoint].permission
        assert permission is not None, endpoint
        assert {role for role in Role if permission in GRANTS[role]} == allowed, endpoint
    assert {endpoint for endpoint, rule in declared.items() if rule.permission is None} == OPEN


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("endpoint", sorted(set(EXPECTED) - {"answers.review"}))
def test_each_role_gets_its_pages_of_its_own_zone_and_no_others(
    standing: tuple[Flask, Database],
    request: pytest.FixtureRequest,
    seeded: tuple[Path, Place, Place],
    endpoint: str,
    role: Role,
) -> None:
    _folder, here, there = seeded
    method, template, allowed, zoned, form = EXPECTED[endpoint]
    changes = method == "POST" or endpoint in TAKES
    console = request.getfixturevalue("console") if changes and role in allowed else standing
    if zoned:
        other = ask(console, role.value, method, address(template, there), fill(form, there))
        assert other == (404 if role in allowed else 403)
        nowhere = address(template, NOWHERE)
        assert ask(console, role.value, method, nowhere, fill(form, NOWHERE)) == other
    own = ask(console, role.value, method, address(template, here), fill(form, here))
    gets = role in allowed and not (role is ADMINISTRATOR and endpoint in WITHHELD)
    assert own == (ELSE.get(endpoint, 303 if method == "POST" else 200) if gets else 403)


@pytest.mark.parametrize("endpoint", sorted(EXPECTED))
def test_nobody_gets_anything_without_signing_in(
    standing: tuple[Flask, Database], seeded: tuple[Path, Place, Place], endpoint: str
) -> None:
    method, template, _allowed, _zoned, form = EXPECTED[endpoint]
    status = ask(standing, None, method, address(template, seeded[1]), fill(form, seeded[1]))
    assert status == (303 if rules(standing[0])[endpoint].page else 401)


@pytest.mark.parametrize("role", [STAFF, ADMINISTRATOR, AUDITOR])
def test_only_a_supervisor_reviews(standing: tuple[Flask, Database], seeded: tuple[Path, Place, Place], role: Role) -> None:
    method, template, _allowed, _zoned, form = EXPECTED["answers.review"]
    assert ask(standing, role.value, method, address(template, seeded[1]), fill(form, seeded[1])) == 403


def test_a_supervisor_reviews_in_the_own_zone_and_not_in_another(
    console: tuple[Flask, Database], seeded: tuple[Path, Place, Place]
) -> None:
    method, template, _allowed, _zoned, form = EXPECTED["answers.review"]
    assert ask(console, "supervisor", method, address(template, seeded[2]), form) == 404
    assert ask(console, "supervisor", method, address(template, seeded[1]), fill(form, seeded[1])) == 303
    assert ask(console, "supervisor", method, address(template, seeded[1]), fill(form, seeded[1])) == 409


def entries(database: Database) -> Counter[str]:
    """What accounts did, of each kind how often."""
    with database.read() as session:
        rows = session.execute(
            select(AuditEntry.action, func.count())
            .where(AuditEntry.account_id.is_not(None), AuditEntry.action != "signed-in")
            .group_by(AuditEntry.action)
        )
        return Counter(dict(rows.all()))


@pytest.mark.parametrize("endpoint", sorted(EXPECTED))
def test_each_endpoint_writes_the_audit_entry_that_it_declares(
    standing: tuple[Flask, Database], request: pytest.FixtureRequest, seeded: tuple[Path, Place, Place], endpoint: str
) -> None:
    method, template, allowed, _zoned, form = EXPECTED[endpoint]
    rule = rules(standing[0])[endpoint]
    # Some pages are written down once a day only, so that what was opened before would hide it.
    _app, database = console = request.getfixturevalue("console") if method == "POST" or rule.audit else standing
    before = entries(database)
    role = SUPERVISOR if SUPERVISOR in allowed else ADMINISTRATOR
    assert ask(console, role.value, method, address(template, seeded[1]), fill(form, seeded[1])) in (
        200,
        303,
        ELSE.get(endpoint),
    )
    # What was not shown or done is not written down as if it had been.
    assert entries(database) - before == (
        {rule.audit: 1} if rule.audit and (endpoint not in ELSE or endpoint in WRITTEN) else {}
    )


def test_an_application_with_an_endpoint_that_declares_nothing_does_not_start(database: Database) -> None:
    app = Flask(__name__)
    app.add_url_rule("/ok", "ok", guarded(Permission.SEE_OVERVIEW, audit=None)(lambda: "ok"))
    guard(app, database)
    app.add_url_rule("/forgotten", "forgotten", lambda: "secret")
    with pytest.raises(Unguarded, match="forgotten"):
        rules(app)
    with pytest.raises(Unguarded):
        guard(app, database)


def test_an_endpoint_added_after_the_check_is_refused(database: Database) -> None:
    app = Flask(__name__)
    app.config["SECRET_KEY"] = "x"
    guard(app, database)
    app.add_url_rule("/late", "late", lambda: "secret")
    assert app.test_client().get("/late").status_code == 500
