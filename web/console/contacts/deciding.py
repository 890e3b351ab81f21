"""Contacts of a case: the list with sources, and one contact with what a person decides about it, and the link for their own list."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from monitor.accounts.access import Permission
from monitor.contacts.deciding import candidates, make_person, merge_contacts, reconsider, refuse, release
from monitor.contacts.exposing import isolated
from monitor.contacts.listing import contacts_of, one_contact, others_of
from monitor.contacts.own_lists import make_link, withdraw_links
from monitor.contacts.rules import rule_of
from monitor.contacts.tasks import do_task
from monitor.database.together import asked, at_once, first, read
from monitor.models.contacts.cases import InfectionCase
from monitor.models.contacts.contacts import CaseContact, ContactLink, ContactState, ContactTask, TaskKind, TaskOutcome
from monitor.models.people.residents import Resident
from monitor.models.places import Zone
from monitor.problems import BadInput, NotFound, Problem
from monitor.trail import audit
from monitor.trail.actions import Action
from monitor.words import LANGUAGES, N_
from web.console.contacts.sight import ask_why, case_here, contact_here, disease_words, may_look
from web.console.contacts.typed import chosen, moment_of, whole
from web.console.zones_of_reader import zones_of
from web.shared.common import now, storable, translate
from web.shared.guard import guarded, note_view, require_zone, the_reader
from web.shared.parts import parts
from web.shared.qr_codes import qr_code

PAGE = 100
NEW = "new"

pages = Blueprint("case_contacts", __name__)
Deed = Callable[[Session, CaseContact, InfectionCase, Mapping[str, str]], Any]


@pages.get("/cases/<int:case_id>/contacts")
@guarded(Permission.TRACE_CONTACTS, audit=Action.CASE_SEEN)
def listed(case_id: int) -> str | Response:
    state = chosen(ContactState, request.args.get("state"))
    after = whole(request.args, "after") or 0
    with parts().database.write() as session:
        case = case_here(session, case_id)
        if not may_look(session, case):
            return ask_why(case_id)
        note_view(session, zone_id=case.zone_id, resident_id=case.resident_id, case=case.id)
        rows = contacts_of(session, case.id, state, after, PAGE + 1)
        return render_template(
            "console/contacts/contacts.html",
            case=case,
            resident=session.get_one(Resident, case.resident_id),
            rows=rows[:PAGE],
            following=rows[PAGE - 1].contact.id if len(rows) > PAGE else None,
            state=state,
            states=[each for each in ContactState if each is not ContactState.MERGED],
            timezone=session.get_one(Zone, case.zone_id).timezone,
            disease_words=disease_words,
        )


@pages.get("/case-contacts/<int:contact_id>")
@guarded(Permission.TRACE_CONTACTS, audit=Action.CASE_SEEN)
def show(contact_id: int) -> Response:
    with parts().database.write() as session:
        contact, case = contact_here(session, contact_id)
        if not may_look(session, case):
            return ask_why(case.id)
        about = [contact.resident_id] if contact.resident_id is not None else []
        note_contact(session, contact, case, about)
        return _page(session, contact, case, {})


def note_contact(session: Session, contact: CaseContact, case: InfectionCase, about: list[int]) -> None:
    """That a contact was looked at: both people can read it."""
    audit.note(
        session,
        Action.CASE_SEEN,
        at=now(),
        account_id=the_reader().account_id,
        zone_id=case.zone_id,
        resident_id=case.resident_id,
        about=about,
        case=case.id,
        contact=contact.id,
    )


def _page(
    session: Session,
    contact: CaseContact,
    case: InfectionCase,
    given: Mapping[str, str],
    problem: Problem | None = None,
    link: str = "",
) -> Response:
    reader = the_reader()
    shown = one_contact(session, contact.id)
    mine = contact.id
    decides = reader.may(Permission.RELEASE_CONTACTS)
    undecided = decides and contact.state in (ContactState.PROPOSED, ContactState.REFUSED)
    tasks, links, resident, zone, others = read(
        session,
        at_once(
            asked(select(ContactTask).where(ContactTask.contact_id == mine).order_by(ContactTask.due_at, ContactTask.id)),
            asked(select(ContactLink).where(ContactLink.contact_id == mine).order_by(ContactLink.id.desc()).limit(5)),
            first(select(Resident).where(Resident.id == case.resident_id)),
            first(select(Zone).where(Zone.id == case.zone_id)),
            asked(others_of(case.id, mine, PAGE if undecided else 0)),
        ),
    )
    assert resident is not None
    assert zone is not None
    found = candidates(session, contact) if decides and contact.state is ContactState.RELEASED else ()
    judged = [each[0] for each in shown.meetings if contact.tier and each[0].tier == contact.tier]
    exposure = max(judged, key=lambda each: (each.possible_to, each.id), default=None)
    tier = rule_of(exposure.rule).tier(contact.tier) if exposure is not None and exposure.rule else None
    address = f"{parts().settings.public_address}/l/{link}" if link else ""
    field = problem.field if isinstance(problem, BadInput) else None
    html = render_template(
        "console/contacts/contact.html",
        case=case,
        resident=resident,
        shown=shown,
        contact=contact,
        tier=tier,
        judged=exposure,
        tasks=tasks,
        links=links,
        candidates=[each for each in found if reader.among({each.zone_id})],
        others=others,
        zones=zones_of(session, reader) if decides and contact.state is ContactState.RELEASED else [],
        timezone=zone.timezone,
        address=address,
        code=qr_code(address) if address else "",
        languages=LANGUAGES,
        given=given,
        problem=problem.words if problem else None,
        wrong={field: problem.words} if problem and field else {},
        outcomes=list(TaskOutcome),
        TaskKind=TaskKind,
        at=now(),
    )
    return make_response(html, problem.status if problem else 200)


def _do(contact_id: int, deed: Deed, done: str) -> Response:
    """One decision; what is wrong is told on the contact's page. The deed may name another contact to go to."""
    given = {name: storable(value)[:400] for name, value in request.form.items()}
    try:
        with parts().database.write() as session:
            contact, case = contact_here(session, contact_id)
            if not may_look(session, case):
                return ask_why(case.id)
            other = deed(session, contact, case, given)
            there = other.id if isinstance(other, CaseContact) else contact_id
    except NotFound:
        raise
    except Problem as problem:
        with parts().database.read() as session:
            contact, case = contact_here(session, contact_id)
            return _page(session, contact, case, given, problem)
    flash(translate(done))
    return redirect(url_for("case_contacts.show", contact_id=there), 303)


def _seen(given: Mapping[str, str]) -> int:
    return whole(given, "version") or 0


@pages.post("/case-contacts/<int:contact_id>/release")
@guarded(Permission.RELEASE_CONTACTS, audit=Action.CONTACT_DECIDED)
def released(contact_id: int) -> Response:
    def deed(session: Session, contact: CaseContact, case: InfectionCase, given: Mapping[str, str]) -> None:
        release(session, contact, case, _seen(given), the_reader().account_id, now())

    return _do(contact_id, deed, N_("Released. The tasks stand below, with their times."))


@pages.post("/case-contacts/<int:contact_id>/refuse")
@guarded(Permission.RELEASE_CONTACTS, audit=Action.CONTACT_DECIDED)
def refused(contact_id: int) -> Response:
    def deed(session: Session, contact: CaseContact, case: InfectionCase, given: Mapping[str, str]) -> None:
        refuse(session, contact, case, given.get("reason", ""), _seen(given), the_reader().account_id, now())

    return _do(contact_id, deed, N_("Noted: not a contact."))


@pages.post("/case-contacts/<int:contact_id>/reconsider")
@guarded(Permission.RELEASE_CONTACTS, audit=Action.CONTACT_DECIDED)
def reconsidered(contact_id: int) -> Response:
    def deed(session: Session, contact: CaseContact, case: InfectionCase, given: Mapping[str, str]) -> None:
        reconsider(session, contact, case, given.get("reason", ""), _seen(given), the_reader().account_id, now())

    return _do(contact_id, deed, N_("It is to be decided again."))


@pages.post("/case-contacts/<int:contact_id>/merge")
@guarded(Permission.RELEASE_CONTACTS, audit=Action.CONTACT_DECIDED)
def merged(contact_id: int) -> Response:
    def deed(session: Session, contact: CaseContact, case: InfectionCase, given: Mapping[str, str]) -> CaseContact:
        into = whole(given, "into") or 0
        return merge_contacts(session, contact, into, case, _seen(given), the_reader().account_id, now())

    return _do(contact_id, deed, N_("The two entries are one now."))


@pages.post("/case-contacts/<int:contact_id>/person")
@guarded(Permission.RELEASE_CONTACTS, audit=Action.CONTACT_MADE_PERSON)
def person(contact_id: int) -> Response:
    def deed(session: Session, contact: CaseContact, case: InfectionCase, given: Mapping[str, str]) -> CaseContact:
        chosen_one, zone_id = given.get("person", ""), whole(given, "zone") or case.zone_id
        if not chosen_one:
            raise BadInput(N_("Choose one of the records, or a new one."), field="person")
        require_zone(the_reader(), zone_id)
        number = None if chosen_one == NEW else whole(given, "person")
        if number is not None:
            record = session.get(Resident, number)
            require_zone(the_reader(), record.zone_id if record else None)
        return make_person(session, contact, case, number, zone_id, _seen(given), the_reader().account_id, now())

    return _do(contact_id, deed, N_("The contact has a record now. An order can be made from here."))


@pages.post("/case-contacts/<int:contact_id>/isolated")
@guarded(Permission.TRACE_CONTACTS, audit=Action.CONTACT_CHANGED)
def isolated_since(contact_id: int) -> Response:
    def deed(session: Session, contact: CaseContact, case: InfectionCase, given: Mapping[str, str]) -> None:
        zone = ZoneInfo(session.get_one(Zone, case.zone_id).timezone)
        at = moment_of(given, "isolated_at", zone)
        if at is None or at > now():
            raise BadInput(N_("Write since when the contact meets nobody; a time that has come."), field="isolated_at")
        isolated(session, case, contact.id, at)
        note_view(session, zone_id=case.zone_id, resident_id=contact.resident_id, case=case.id, contact=contact.id)

    return _do(contact_id, deed, N_("Noted. Whom the contact met later counts no more."))


@pages.post("/case-contacts/<int:contact_id>/link")
@guarded(Permission.TRACE_CONTACTS, audit=Action.CONTACT_LINK_MADE)
def link(contact_id: int) -> Response:
    try:
        with parts().database.write() as session:
            contact, case = contact_here(session, contact_id)
            if not may_look(session, case):
                return ask_why(case.id)
            made = make_link(session, contact.id, request.form.get("language", ""), the_reader().account_id, now())
            # Shown this once: only a digest is kept.
            return _page(session, contact, case, {}, link=made)
    except NotFound:
        raise
    except Problem as problem:
        flash(problem.say(translate), "problem")
        return redirect(url_for("case_contacts.show", contact_id=contact_id), 303)


@pages.post("/case-contacts/<int:contact_id>/link/withdraw")
@guarded(Permission.TRACE_CONTACTS, audit=Action.CONTACT_LINK_WITHDRAWN)
def link_withdrawn(contact_id: int) -> Response:
    def deed(session: Session, contact: CaseContact, _case: InfectionCase, _given: Mapping[str, str]) -> None:
        withdraw_links(session, contact.id, the_reader().account_id, now())

    return _do(contact_id, deed, N_("The link opens nothing from now on."))


@pages.post("/case-contacts/<int:contact_id>/tasks/<int:task_id>")
@guarded(Permission.TRACE_CONTACTS, audit=Action.CONTACT_TASK_DONE)
def done(contact_id: int, task_id: int) -> Response:
    def deed(session: Session, contact: CaseContact, case: InfectionCase, given: Mapping[str, str]) -> None:
        task = session.get(ContactTask, task_id)
        if task is None or task.contact_id != contact.id:
            raise NotFound(N_("This page does not exist. Check the address, or go back to the start."))
        outcome = chosen(TaskOutcome, given.get("outcome"))
        if outcome is None:
            raise BadInput(N_("Choose the result."), field="outcome")
        do_task(session, task, outcome, given.get("note", ""), the_reader().account_id, now())
        note_view(
            session,
            zone_id=case.zone_id,
            resident_id=contact.resident_id,
            case=case.id,
            contact=contact.id,
            kind=task.kind.value,
            outcome=outcome.value,
        )

    return _do(contact_id, deed, N_("Noted."))
