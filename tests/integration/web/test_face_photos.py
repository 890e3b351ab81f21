"""Photos for enrolment over HTTP: from the resident's page and from the console; each refused thing says why, nobody reaches another's."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update

from monitor.accounts.accounts import add_account
from monitor.database.database import Database
from monitor.models.accounts import AuditEntry, Role
from monitor.models.people.faces import EnrolmentPhoto, EnrolmentState, FaceLikeness, FaceTemplate
from monitor.models.people.residents import OrderState, QuarantineOrder, Resident
from monitor.models.rollcalls.answers import Answer, Review, Verification, VerificationState
from monitor.models.rollcalls.rounds import CheckIn, CheckInState, RollCall, RollCallState
from monitor.settings import Settings
from monitor.vault.vault import Vault
from rollcall.faces.enrolment import judge_enrolments
from rollcall.faces.site_figures import site_figures
from rollcall.reporting.counting import count_figures
from rollcall.rounds.opening import open_due_rounds
from tests.integration.rollcall.test_enrolment import files, photo, sface
from tests.worlds.due_round import SECRET, check_in_of, token_of, world
from tests.worlds.signed_in import signed_in
from tests.worlds.small_zone import NOW, add_zone
from web.console.application import create_console
from web.residents.application import create_residents


class Site:
    """Both applications, a resident with a link, and somebody of staff who is signed in."""

    def __init__(self, tmp_path: Path, database: Database, vault: Vault) -> None:
        self.database, self.vault, self.folder = database, vault, tmp_path
        settings = Settings(data_folder=tmp_path, secret_key=SECRET.decode(), upload_megabytes=2)
        self.zone, (self.resident,) = world(database, "Nguyễn Thị An")
        open_due_rounds(database, NOW)
        self.link = f"/a/{token_of(database, self.resident)}/photos"
        self.phone = create_residents(settings, database, vault, now=lambda: NOW).test_client()
        self.console_app = create_console(settings, database, vault, now=lambda: NOW)
        self.console_app.config["WTF_CSRF_ENABLED"] = False
        self.console = self.signed_in("nhanvien", None)

    def signed_in(self, name: str, zones: list[int] | None) -> FlaskClient:
        return signed_in(self.console_app, self.database, name, Role.STAFF, zones, NOW)

    def judge(self) -> None:
        judge_enrolments(self.database, self.vault, sface, lambda: None, worker="w", now=NOW)

    def photos(self) -> list[EnrolmentPhoto]:
        with self.database.read() as session:
            return list(session.scalars(select(EnrolmentPhoto).order_by(EnrolmentPhoto.id)))


def post(client: FlaskClient, address: str, *contents: bytes, **form: str):  # type: ignore[no-untyped-def]
    sent = [("photo", (f"{number}.jpg", content)) for number, content in enumerate(contents)]
    request = httpx.Request("POST", "http://here", data=form, files=sent)
    return client.post(address, data=request.read(), content_type=request.headers["Content-Type"])


@pytest.fixture
def site(tmp_path: Path, both_databases: Database, vault: Vault) -> Site:
    return Site(tmp_path, both_databases, vault)


def test_a_resident_sends_photos_sees_what_became_of_them_and_deletes_one(site: Site) -> None:
    assert "0 trong 5 ảnh" in site.phone.get(site.link).get_data(as_text=True)
    assert post(site.phone, site.link, photo("astronaut")).status_code == 303
    waiting = site.phone.get(site.link).get_data(as_text=True)
    assert 'http-equiv="refresh"' in waiting
    site.judge()
    assert post(site.phone, site.link, photo("astronaut", blur=6)).status_code == 303
    site.judge()
    shown = site.phone.get(site.link + "?lang=en").get_data(as_text=True)
    assert 'http-equiv="refresh"' not in shown
    assert "1 of 5 photos" in shown
    assert "The photo is blurred" in shown
    (remove,) = re.findall(r'action="([^"]+/remove)', shown)
    assert site.phone.post(remove).status_code == 303
    assert files(site.folder) == 0
    with site.database.read() as session:
        assert session.scalars(select(FaceTemplate)).all() == []


@pytest.mark.parametrize(("content", "status"), [(b"", 415), (b"no picture", 415), (b"x" * (2 * 2**20 + 1), 413)])
def test_what_is_no_picture_is_told_on_the_page(site: Site, content: bytes, status: int) -> None:
    answer = post(site.phone, site.link, content)
    assert answer.status_code == status
    assert 'role="alert"' in answer.get_data(as_text=True)
    assert site.photos() == []
    assert files(site.folder) == 0


def test_after_release_and_with_anothers_number_nothing_happens(site: Site) -> None:
    _zone, (other,) = add_zone(site.database, "Khu B", ("Trần Văn Bình",))
    with site.database.write() as session:
        theirs = EnrolmentPhoto(resident_id=other, zone_id=_zone, offered_at=NOW, state=EnrolmentState.KEPT)
        session.add(theirs)
        session.flush()
        number = theirs.id
    assert site.phone.post(f"{site.link}/{number}/remove").status_code == 404
    elsewhere = site.signed_in("nguoikhac", [site.zone])
    assert elsewhere.post(f"/face-photos/{number}/remove").status_code == 404
    assert post(elsewhere, f"/residents/{other}/photos", photo("astronaut")).status_code == 404
    assert [each.id for each in site.photos()] == [number]
    with site.database.write() as session:
        session.execute(update(QuarantineOrder).values(state=OrderState.RELEASED))
    assert post(site.phone, site.link, photo("astronaut")).status_code == 422


def test_staff_add_several_at_once_and_each_that_is_refused_is_named(site: Site) -> None:
    address = f"/residents/{site.resident}/photos"
    # Larger together than any other form of the console may be.
    assert post(site.console, address, photo("astronaut", quality=95), b"no picture", photo("astronaut")).status_code == 303
    shown = site.console.get(address).get_data(as_text=True)
    assert "1.jpg: " in shown
    site.judge()
    assert [each.state for each in site.photos()] == [EnrolmentState.KEPT] * 2
    assert post(site.console, address, photo("astronaut", light=0.25), insist="yes").status_code == 303
    site.judge()
    dark = site.photos()[-1]
    assert (dark.state, dark.insisted) == (EnrolmentState.KEPT, True)
    assert site.console.post(f"/face-photos/{dark.id}/remove").status_code == 303
    assert files(site.folder) == 2
    with site.database.read() as session:
        actions = session.scalars(
            select(AuditEntry.action).where(AuditEntry.resident_id == site.resident).order_by(AuditEntry.id)
        ).all()
    assert actions.count("face-photo-added") == 2
    assert actions.count("face-photo-removed") == 1
    assert site.console.get(f"/photos/{site.photos()[0].media_id}").status_code == 200
    assert site.console.post(address, data={"insist": "yes"}).status_code == 422


def test_two_who_look_alike_to_the_machine_stand_on_both_records_until_staff_have_seen_it(site: Site) -> None:
    with site.database.write() as session:
        room = session.get_one(Resident, site.resident).room_id
        twin = Resident(zone_id=site.zone, room_id=room, full_name="Nguyễn Thị Ân", created_at=NOW)
        session.add(twin)
        session.flush()
        session.add(FaceLikeness(zone_id=site.zone, one_id=site.resident, other_id=twin.id, found_at=NOW))
    pages = {site.resident: "Nguyễn Thị Ân", twin.id: "Nguyễn Thị An"}
    for resident, other in pages.items():
        for address in (f"/residents/{resident}", f"/residents/{resident}/photos"):
            shown = site.console.get(address).get_data(as_text=True)
            assert re.search(rf'class="alike".*?{other}</a>', shown, re.DOTALL)
    (dismiss,) = re.findall(r'action="([^"]+/dismiss)', shown)
    elsewhere, _residents = add_zone(site.database, "Khu B", ("Trần Văn Bình",))
    assert site.signed_in("nguoikhac", [elsewhere]).post(dismiss).status_code == 404
    assert site.console.post(dismiss.replace(f"/{twin.id}/", f"/{_residents[0]}/", 1)).status_code == 404
    assert site.console.post(dismiss).status_code == 303
    for resident in pages:
        assert 'class="alike"' not in site.console.get(f"/residents/{resident}").get_data(as_text=True)
        with site.database.read() as session:
            seen = session.scalars(
                select(AuditEntry.action).where(AuditEntry.resident_id == resident).order_by(AuditEntry.id)
            ).all()
        assert seen.count("likeness-dismissed") == 1


def test_the_sites_figures_count_what_people_decided(site: Site) -> None:
    check_in = check_in_of(site.database, site.resident)
    with site.database.write() as session:
        supervisor = add_account(session, "giamsat", "đúng là mật khẩu", Role.SUPERVISOR, zones=None, now=NOW).id
        for similarity, verdict, decisions in (
            (0.62, CheckInState.VERIFIED, ()),
            (0.35, CheckInState.IN_REVIEW, (CheckInState.REJECTED, CheckInState.ACCEPTED)),
        ):
            answer = Answer(
                check_in_id=check_in.id if decisions else other_check_in(session, site),
                resident_id=site.resident,
                zone_id=site.zone,
                received_at=NOW,
            )
            session.add(answer)
            session.flush()
            session.add(
                Verification(
                    answer_id=answer.id,
                    check_in_id=answer.check_in_id,
                    resident_id=site.resident,
                    zone_id=site.zone,
                    state=VerificationState.DONE,
                    engine="sface",
                    similarity=similarity,
                    verdict=verdict,
                    judged_at=NOW,
                )
            )
            for decision in decisions:
                session.add(
                    Review(
                        check_in_id=answer.check_in_id,
                        zone_id=site.zone,
                        account_id=supervisor,
                        decision=decision,
                        reason="Đã gọi.",
                        at=NOW,
                    )
                )
    with site.database.read() as session:
        assert site_figures(session, NOW.date(), None) == []
    assert count_figures(site.database, NOW) > 0
    with site.database.read() as session:
        (figures,) = site_figures(session, NOW.date() - timedelta(days=1), None)
        assert site_figures(session, NOW.date() - timedelta(days=1), {site.zone}) == [figures]
        assert site_figures(session, NOW.date() - timedelta(days=1), {site.zone + 1}) == []
    # A second look counts, not the first.
    assert (figures.answers, figures.to_people, sum(figures.accepted), sum(figures.rejected)) == (2, 1, 1, 0)
    assert (figures.share_to_people, figures.share_accepted, figures.overruled) == (0.5, 1.0, 0)
    assert figures.verified.index(1) > figures.accepted.index(1)


def other_check_in(session, site: Site) -> int:  # type: ignore[no-untyped-def]
    first = session.scalars(select(CheckIn)).first()
    earlier = session.get(RollCall, first.roll_call_id)
    round_ = RollCall(
        plan_id=earlier.plan_id,
        zone_id=site.zone,
        opens_at=NOW.replace(hour=1),
        closes_at=NOW.replace(hour=2),
        state=RollCallState.CLOSED,
    )
    session.add(round_)
    session.flush()
    check_in = CheckIn(
        roll_call_id=round_.id,
        resident_id=site.resident,
        zone_id=site.zone,
        state=CheckInState.VERIFIED,
        opened_at=NOW.replace(hour=1),
        nonce="n",
        state_since=NOW,
    )
    session.add(check_in)
    session.flush()
    return int(check_in.id)
