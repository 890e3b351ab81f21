"""Who gets which page of the console: every endpoint, every role, the own zone and another."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from monitor.access import GRANTS, Permission
from monitor.database import Database
from monitor.models import AuditEntry, Role
from monitor.settings import Settings
from monitor.vault import Vault
from tests.console_world import Place, seed
from tests.support import NOW
from web.console import create_console
from web.guard import Unguarded, guard, guarded, rules

STAFF, SUPERVISOR, ADMINISTRATOR, AUDITOR = Role.STAFF, Role.SUPERVISOR, Role.ADMINISTRATOR, Role.AUDITOR
EVERYBODY = frozenset(Role)
HEALTH = frozenset({STAFF, SUPERVISOR})
WATCHING, MANAGING = frozenset({STAFF, SUPERVISOR, ADMINISTRATOR}), frozenset({SUPERVISOR, ADMINISTRATOR})
# What those who may get where it is not the page: nobody watches the camera here, no areas are sent, no such request exists.
ELSE = {
    "live_view.feed": 503,
    "camera.save_areas": 422,
    "camera_adding.found": 404,
    "camera_adding.picture": 404,
    "camera_adding.take": 404,
    "pictures.incident_media": 404,
    "addresses.remove": 404,
    # Nobody answers for them.
    "guardians.end": 409,
    "messages.go_on": 404,
    "enrolment.add": 422,
    "plans.make": 422,
    "plans.replace_plan": 422,
    # A round of it is open: told on the page.
    "plans.ask": 303,
    "zone_settings.save": 422,
    "ward.open_bracelet": 404,
    # That round is over: told on the list, and nothing is written down.
    "ward.found": 303,
    "enrolment.remove": 404,
    "enrolment.tell_apart": 404,
    "unknown_texts.seen": 404,
    "retention.certificate": 404,
    "pictures.burst": 404,
    # Nothing is put off, and the order is still in force.
    "retention.go_on": 409,
    "retention.forget_face": 422,
    "finding.find": 200,
    # Nobody has asked anything here.
    "data_requests.one": 404,
    "data_requests.answer": 404,
    # The copy itself.
    "consents.export": 200,
}
# Of those, what is written down all the same.
WRITTEN = {"finding.find", "consents.export"}

# Written by hand, on purpose: endpoint -> (method, address, roles that may, whether the thing is in a zone, form).
EXPECTED: dict[str, tuple[str, str, frozenset[Role], bool, dict[str, str]]] = {
    "overview.overview": ("GET", "/", EVERYBODY, False, {}),
    "zones.zone_page": ("GET", "/zones/{zone}", HEALTH, True, {}),
    "residents.resident_page": ("GET", "/residents/{resident}", HEALTH, True, {}),
    "residents.review": (
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
    "incidents.add_note": ("POST", "/incidents/{incident}/notes", HEALTH, True, {"text": "Đang gọi."}),
    "attempts.add": (
        "POST",
        "/incidents/{incident}/attempts",
        HEALTH,
        True,
        {"way": "call", "outcome": "no_answer", "note": "Chuông reo."},
    ),
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
    "plans.end": ("POST", "/plans/{plan}/end", frozenset({SUPERVISOR}), True, {}),
    "plans.ask_more": ("POST", "/plans/{plan}/share", frozenset({SUPERVISOR}), True, {"share": "50"}),
    "plans.ask": ("POST", "/plans/{plan}/ask", frozenset({SUPERVISOR}), True, {}),
    "zone_settings.edit": ("GET", "/zones/{zone}/settings", frozenset({SUPERVISOR}), True, {}),
    "zone_settings.save": ("POST", "/zones/{zone}/settings", frozenset({SUPERVISOR}), True, {}),
    "faces.show": ("GET", "/faces", frozenset({SUPERVISOR, ADMINISTRATOR, AUDITOR}), False, {}),
    "message_log.log": ("GET", "/residents/{resident}/messages", HEALTH, True, {}),
    "unknown_texts.listed": ("GET", "/texts/unknown", HEALTH, False, {}),
    "unknown_texts.seen": ("POST", "/texts/9999/seen", HEALTH, False, {}),
    "telephones.change": ("POST", "/residents/{resident}/telephone", frozenset({SUPERVISOR}), True, {"smartphone": "no"}),
    "residents.set_right": (
        "POST",
        "/check-ins/{missed}/set-right",
        frozenset({SUPERVISOR}),
        True,
        {"decision": "excuse", "reason": "Mất điện cả dãy."},
    ),
    "orders.change": (
        "POST",
        "/orders/{order}/state",
        frozenset({SUPERVISOR}),
        True,
        {"before": "active", "state": "released", "reason": "Đủ 14 ngày."},
    ),
    "orders.exempt": (
        "POST",
        "/residents/{resident}/exemptions",
        frozenset({SUPERVISOR}),
        True,
        {"starts": "2026-11-23T10:00", "ends": "2026-11-23T14:00", "reason": "Đi xét nghiệm"},
    ),
    "cameras.camera_list": ("GET", "/cameras", frozenset({STAFF, SUPERVISOR, ADMINISTRATOR}), False, {}),
    "pictures.photo": ("GET", "/photos/{photo}", HEALTH, True, {}),
    "pictures.camera_picture": (
        "GET",
        "/cameras/{camera}/picture",
        frozenset({STAFF, SUPERVISOR, ADMINISTRATOR}),
        True,
        {},
    ),
    "pictures.incident_media": ("GET", "/incident-media/9999", WATCHING, False, {}),
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
    "message_texts.text_list": ("GET", "/zones/{zone}/texts", MANAGING, True, {}),
    "message_texts.text_page": ("GET", "/zones/{zone}/texts/first/vi", MANAGING, True, {}),
    "message_texts.change": (
        "POST",
        "/zones/{zone}/texts/first/vi",
        MANAGING,
        True,
        {"do": "save", "text": "Điểm danh trước {{due}}: {{link}}"},
    ),
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
    "records.audit_list": ("GET", "/audit", frozenset({SUPERVISOR, ADMINISTRATOR, AUDITOR}), False, {}),
    "records.account_list": ("GET", "/accounts", frozenset({ADMINISTRATOR}), False, {}),
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
    "pictures.burst": ("GET", "/bursts/9999", HEALTH, False, {}),
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
    "finding.form": ("GET", "/find", HEALTH, False, {}),
    "finding.find": ("POST", "/find", HEALTH, False, {"number": "0900001001"}),
    "live.live": ("GET", "/live", EVERYBODY, False, {}),
    "session.sign_out": ("POST", "/sign-out", EVERYBODY, False, {}),
}
NOWHERE = Place(9_999, [9_999] * 6, 9_999, 9_999, 9_999, 9_999, 9_999, 9_999, 9_999)
OPEN = {"session.sign_in", "session.try_sign_in", "session.choose_language", "health.healthz", "health.metrics"}


@pytest.fixture(scope="module")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Place, Place]:
    """A database that is filled once; each test works on its own copy."""
    folder = tmp_path_factory.mktemp("console")
    here, there = seed(folder)
    return folder, here, there


@pytest.fixture
def console(seeded: tuple[Path, Place, Place], tmp_path: Path) -> Iterator[tuple[Flask, Database]]:
    folder, _here, _there = seeded
    (tmp_path / "test.db").write_bytes((folder / "seed.db").read_bytes())
    database = Database(f"sqlite:///{tmp_path}/test.db", bytes(32))
    app = create_console(Settings(data_folder=tmp_path), database, Vault(folder / "vault", bytes(32)), now=lambda: NOW)
    app.config["TOKENS"] = folder
    app.config["WTF_CSRF_ENABLED"] = False  # tokens have tests of their own in test_console.py
    yield app, database
    app.extensions["live"].close()
    database.dispose()


def address(template: str, place: Place) -> str:
    return template.format(
        zone=place.zone,
        resident=place.residents[1],
        in_review=place.in_review,
        incident=place.incident,
        photo=place.photo,
        camera=place.camera,
        missed=place.missed,
        order=place.order,
        plan=place.plan,
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
@pytest.mark.parametrize("endpoint", sorted(set(EXPECTED) - {"residents.review"}))
def test_each_role_gets_its_pages_of_its_own_zone_and_no_others(
    console: tuple[Flask, Database], seeded: tuple[Path, Place, Place], endpoint: str, role: Role
) -> None:
    _folder, here, there = seeded
    method, template, allowed, zoned, form = EXPECTED[endpoint]
    if zoned:
        other = ask(console, role.value, method, address(template, there), fill(form, there))
        assert other == (404 if role in allowed else 403)
        nowhere = address(template, NOWHERE)
        assert ask(console, role.value, method, nowhere, fill(form, NOWHERE)) == other
    own = ask(console, role.value, method, address(template, here), fill(form, here))
    assert own == (ELSE.get(endpoint, 303 if method == "POST" else 200) if role in allowed else 403)


@pytest.mark.parametrize("endpoint", sorted(EXPECTED))
def test_nobody_gets_anything_without_signing_in(
    console: tuple[Flask, Database], seeded: tuple[Path, Place, Place], endpoint: str
) -> None:
    method, template, _allowed, _zoned, form = EXPECTED[endpoint]
    status = ask(console, None, method, address(template, seeded[1]), fill(form, seeded[1]))
    assert status == (303 if rules(console[0])[endpoint].page else 401)


@pytest.mark.parametrize("role", [STAFF, ADMINISTRATOR, AUDITOR])
def test_only_a_supervisor_reviews(console: tuple[Flask, Database], seeded: tuple[Path, Place, Place], role: Role) -> None:
    method, template, _allowed, _zoned, form = EXPECTED["residents.review"]
    assert ask(console, role.value, method, address(template, seeded[1]), fill(form, seeded[1])) == 403


def test_a_supervisor_reviews_in_the_own_zone_and_not_in_another(
    console: tuple[Flask, Database], seeded: tuple[Path, Place, Place]
) -> None:
    method, template, _allowed, _zoned, form = EXPECTED["residents.review"]
    assert ask(console, "supervisor", method, address(template, seeded[2]), form) == 404
    assert ask(console, "supervisor", method, address(template, seeded[1]), fill(form, seeded[1])) == 303
    assert ask(console, "supervisor", method, address(template, seeded[1]), fill(form, seeded[1])) == 409


@pytest.mark.parametrize("endpoint", sorted(EXPECTED))
def test_each_endpoint_writes_the_audit_entry_that_it_declares(
    console: tuple[Flask, Database], seeded: tuple[Path, Place, Place], endpoint: str
) -> None:
    app, database = console
    method, template, allowed, _zoned, form = EXPECTED[endpoint]
    rule = rules(app)[endpoint]
    role = SUPERVISOR if SUPERVISOR in allowed else ADMINISTRATOR
    assert ask(console, role.value, method, address(template, seeded[1]), fill(form, seeded[1])) in (
        200,
        303,
        ELSE.get(endpoint),
    )
    with database.read() as session:
        written = dict(
            session.execute(
                select(AuditEntry.action, func.count())
                .where(AuditEntry.account_id.is_not(None), AuditEntry.action != "signed-in")
                .group_by(AuditEntry.action)
            ).all()
        )
    # What was not shown or done is not written down as if it had been.
    assert written == ({rule.audit: 1} if rule.audit and (endpoint not in ELSE or endpoint in WRITTEN) else {})


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
