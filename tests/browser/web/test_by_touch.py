"""What each page of the console is for, done by touch alone on a phone of 360 pixels, in both languages; nothing is pushed aside."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select, update

from monitor.accounts.accounts import add_account
from monitor.database.database import Database
from monitor.incidents import causes
from monitor.incidents.incidents import open_incident
from monitor.models.accounts import Account, Role
from monitor.models.cameras.cameras import CameraArea
from monitor.models.incidents import Incident, IncidentKind, IncidentState, NextStep
from monitor.models.legal import Disclosure, Proposal, ProposalState
from monitor.models.people.residents import Exemption
from monitor.models.people.rights import RequestKind, RightsRequest
from monitor.models.places import Zone
from monitor.models.rollcalls.answers import Answer, PlaceVerdict
from monitor.models.rollcalls.inbound import InboundMessage
from monitor.models.rollcalls.prompts import Prompt, PromptKind
from monitor.models.rollcalls.rounds import CheckIn, CheckInState
from monitor.settings import Settings
from monitor.vault.vault import Vault
from monitor.words import words
from tests.doubles.browsing import fits, look_at, serving, sign_in
from tests.worlds.province import PASSWORD, Place, seed
from tests.worlds.small_zone import NOW
from web.console.application import create_console

pytestmark = pytest.mark.browser
LANGUAGES = ("vi", "en")


class Desk:
    """A province with a zone for each language, so that what is done in the one is still to be done in the other."""

    def __init__(self, folder: Path) -> None:
        self.places: dict[str, Place] = dict(zip(LANGUAGES, seed(folder), strict=True))
        self.database = Database(f"sqlite:///{folder}/seed.db", bytes(32))
        with self.database.write() as session:
            session.execute(update(Zone).values(latitude=21.59, longitude=105.84, radius_metres=150.0))
            session.execute(update(Answer).values(fix=[21.595, 105.842, 40.0], place=PlaceVerdict.OUTSIDE))
            add_account(session, "chi", PASSWORD, Role.SUPERVISOR, zones=None, now=NOW)
            for place in self.places.values():
                person = place.residents[1]
                open_incident(
                    session,
                    IncidentKind.PLACE_DOUBTFUL,
                    causes.place_doubtful(person),
                    zone_id=place.zone,
                    resident_id=person,
                    reason=words("Test."),
                    now=NOW,
                    check_in_id=place.in_review,
                )
                session.add(
                    RightsRequest(
                        resident_id=person,
                        zone_id=place.zone,
                        kind=RequestKind.CORRECT,
                        text="Sai ngày sinh",
                        made_at=NOW,
                        due_at=NOW + timedelta(days=2),
                    )
                )
                session.add(
                    InboundMessage(
                        channel="sms",
                        gateway_reference=str(place.zone),
                        sender=f"+8491234567{place.zone}",
                        text="Ai đó?",
                        received_at=NOW,
                    )
                )
        settings = Settings(data_folder=folder, sms_gateway_url="http://127.0.0.1:9/")
        self.app = create_console(settings, self.database, Vault(folder / "vault", bytes(32)), now=lambda: NOW)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Desk, str]]:
    made = Desk(tmp_path_factory.mktemp("touch"))
    with serving(made.app) as address:
        yield made, address
        made.app.extensions["live"].close()
    made.database.dispose()


class Finger:
    """Somebody with a phone, who only touches and types."""

    def __init__(self, browser: Browser, desk: tuple[Desk, str], language: str, name: str = "everywhere") -> None:
        self.desk, self.address = desk
        self.place, self.language = self.desk.places[language], language
        scheme = "dark" if language == "vi" else "light"
        context = browser.new_context(
            viewport={"width": 360, "height": 640},
            has_touch=True,
            is_mobile=True,
            color_scheme=scheme,  # type: ignore[arg-type]
        )
        self.page: Page = context.new_page()
        sign_in(self.page, self.address, name, PASSWORD, language)

    def go(self, path: str, name: str = "") -> None:
        """Open a page; name: it is looked at too."""
        self.page.goto(self.address + path)
        assert fits(self.page), path
        if name:
            look_at(self.page, f"touch-{name}-{self.language}")

    def tap(self, selector: str) -> None:
        """Only what can be seen and reached by a finger."""
        self.page.locator(selector).first.tap()

    def leads(self, selector: str) -> None:
        """Tap what loads another page, which fits as well."""
        with self.page.expect_navigation():
            self.tap(selector)
        assert fits(self.page), self.page.url

    def done(self) -> None:
        """It is said that it was saved."""
        expect(self.page.locator(".notice[role=status]").first).to_be_visible()

    def reads(self, query: object) -> object:
        with self.desk.database.read() as session:
            return session.scalars(query).all()  # type: ignore[call-overload]


@pytest.fixture(scope="module", params=LANGUAGES)
def finger(request: pytest.FixtureRequest, browser: Browser, desk: tuple[Desk, str]) -> Iterator[Finger]:
    made = Finger(browser, desk, request.param)
    yield made
    made.page.context.close()


def test_from_now_to_what_is_most_urgent_which_is_taken_on(finger: Finger) -> None:
    finger.go("/", "now")
    finger.leads("#incidents .line a")
    if finger.page.locator("#acknowledge").count():
        finger.leads("#acknowledge button")
    assert finger.reads(select(Incident.id).where(Incident.state == IncidentState.ACKNOWLEDGED))


def test_a_room_of_a_zone_is_found_and_its_person_opened(finger: Finger) -> None:
    finger.go(f"/zones/{finger.place.zone}", "zone")
    finger.page.fill("input[name=room]", "102")
    finger.leads("form:has(input[name=room]) button")
    finger.leads(f"#resident-{finger.place.residents[1]} a")
    assert finger.page.url.endswith(f"/residents/{finger.place.residents[1]}")


def test_in_a_round_somebody_is_ticked_and_may_be_away_and_that_is_taken_back(finger: Finger) -> None:
    finger.go(f"/rounds/{finger.place.round}", "round")
    finger.tap(".tick")
    finger.leads("#bulk button:not(.main):not([formaction])")
    finger.tap("#deed-exempt")
    finger.page.fill("#starts", "2026-11-23T12:00")
    finger.page.fill("#ends", "2026-11-23T15:00")
    finger.page.fill("#reason", "Xét nghiệm")
    look_at(finger.page, f"touch-many-{finger.language}")
    finger.leads("#many button.main")
    finger.tap("#carry-out button.main")
    expect(finger.page.locator("#after")).to_be_visible()
    finger.leads("#after a")
    look_at(finger.page, f"touch-many-done-{finger.language}")
    finger.leads("#undo-many button")
    exemptions = select(Exemption.ended_at).where(Exemption.zone_id == finger.place.zone, Exemption.reason == "Xét nghiệm")
    assert finger.reads(exemptions) == [NOW]


def test_of_the_list_of_people_all_that_match_are_meant(finger: Finger) -> None:
    finger.go(f"/people?zone={finger.place.zone}", "people")
    finger.tap("#bulk-everybody")
    finger.leads("#bulk button[formaction]")
    expect(finger.page.locator("#everybody")).to_be_checked()
    finger.page.fill("#vietnamese", "Nước nóng có lại lúc 15 giờ.")
    finger.page.fill("#reason", "Báo tin")
    look_at(finger.page, f"touch-text-{finger.language}")
    finger.leads("#many button.main")
    finger.leads("#send-notice button.main")
    sent = select(Prompt.id).where(Prompt.zone_id == finger.place.zone, Prompt.kind == PromptKind.NOTICE)
    assert len(list(finger.reads(sent))) == 6  # type: ignore[call-overload]
    finger.leads("#undo-notice button")
    finger.done()


def test_an_answer_in_doubt_is_decided_beside_its_photos_and_maps(finger: Finger) -> None:
    doubt = select(Incident.id).where(
        Incident.kind == IncidentKind.PLACE_DOUBTFUL, Incident.resident_id == finger.place.residents[1]
    )
    (incident,) = finger.reads(doubt)  # type: ignore[misc]
    finger.go(f"/review/{incident}", "review")
    expect(finger.page.locator("svg.zone-map")).to_be_visible()
    expect(finger.page.locator("svg.room-map")).to_be_visible()
    finger.tap("#decision-accept")
    finger.tap("#why-3")
    with finger.page.expect_response(lambda answer: answer.request.method == "POST" and "/review/" in answer.url):
        finger.tap("#decide button.main")
    state = select(CheckIn.state).where(CheckIn.id == finger.place.in_review)
    assert finger.reads(state) == [CheckInState.ACCEPTED]


def test_a_visit_is_found_and_what_came_of_it_is_kept(finger: Finger) -> None:
    with finger.desk.database.write() as session:
        step = update(Incident).where(Incident.id == finger.place.incident)
        session.execute(step.values(next_step=NextStep.VISIT))
    finger.go("/visits", "visits")
    finger.leads(f"#visit-{finger.place.incident} a[href*='/incidents/']")
    finger.page.select_option("#way", "visit")
    finger.page.select_option("#outcome", "well")
    finger.leads("#attempt button.main")
    expect(finger.page.locator("#attempts li").first).to_be_visible()
    finger.leads("#resolve button.main")
    state = select(Incident.state).where(Incident.id == finger.place.incident)
    assert finger.reads(state) == [IncidentState.RESOLVED]


def test_incidents_are_narrowed_and_one_is_given_to_a_colleague(finger: Finger) -> None:
    finger.go(f"/incidents?zone={finger.place.zone}", "incidents")
    finger.leads("main .line a[href*='/incidents/']")
    finger.page.select_option("#to", label="chi")
    finger.leads("#assign button")
    chi = select(Account.id).where(Account.username == "chi").scalar_subquery()
    assert finger.reads(select(Incident.id).where(Incident.assigned_to == chi, Incident.zone_id == finger.place.zone))


def test_an_area_is_drawn_over_a_cameras_picture(finger: Finger) -> None:
    finger.go(f"/cameras/{finger.place.camera}", "camera")
    finger.leads("a[href$='/areas']")
    assert fits(finger.page)
    finger.tap("#kinds [data-kind=ignored], #kinds [data-kind=ignore], #kinds button >> nth=1")
    canvas = finger.page.locator("#editor svg").first
    box = canvas.bounding_box()
    assert box is not None
    for x, y in ((0.2, 0.2), (0.8, 0.2), (0.5, 0.8)):
        canvas.tap(position={"x": box["width"] * x, "y": box["height"] * y})
    finger.tap("#save")
    expect(finger.page.locator("#status")).not_to_be_empty()
    finger.page.wait_for_timeout(300)
    drawn = select(CameraArea.points).where(CameraArea.camera_id == finger.place.camera)
    (points,) = finger.reads(drawn)  # type: ignore[misc]
    assert [[round(x, 1), round(y, 1)] for x, y in points] == [[0.2, 0.2], [0.8, 0.2], [0.5, 0.8]]


def test_a_room_is_moved_on_the_map(finger: Finger) -> None:
    finger.go(f"/maps/{finger.place.floor_plan}", "map")
    version = finger.page.locator("#plan-editor").get_attribute("data-version")
    finger.tap("#drawn [data-place='0']")
    finger.tap("#save")
    expect(finger.page.locator("#status")).not_to_be_empty()
    finger.go(f"/zones/{finger.place.zone}/map", "map-shown")
    assert version


def test_messages_are_stopped_and_go_on(finger: Finger) -> None:
    finger.go("/messages", "messages")
    finger.tap("summary:has(+ form #stop-zone)")
    finger.page.select_option("#stop-zone", str(finger.place.zone))
    finger.page.fill("#stop-reason", "Sửa cổng tin nhắn")
    finger.leads("form:has(#stop-zone) button")
    finger.leads("#stops .person button")
    expect(finger.page.locator("#stops .badge.good")).to_be_visible()


def test_figures_of_a_zone_are_shown(finger: Finger) -> None:
    finger.go("/figures", "figures")
    finger.page.select_option("select[name=zone]", str(finger.place.zone))
    finger.leads("form.fields button.main")
    assert f"zone={finger.place.zone}" in finger.page.url


def test_what_was_handed_out_is_recorded(finger: Finger) -> None:
    finger.go(f"/residents/{finger.place.residents[0]}/disclose")
    finger.page.select_option("#kind", "health")
    finger.page.fill("#recipient", "Bệnh viện")
    finger.page.fill("#what", "Kết quả xét nghiệm")
    finger.page.fill("#legal_basis", "Luật")
    finger.leads("main form button.main")
    look_at(finger.page, f"touch-disclosures-{finger.language}")
    assert finger.reads(select(Disclosure.id).where(Disclosure.zone_id == finger.place.zone))


def test_one_proposes_and_a_second_person_confirms(finger: Finger, browser: Browser, desk: tuple[Desk, str]) -> None:
    finger.go(f"/residents/{finger.place.residents[3]}/two", "propose")
    finger.tap("#deed-breach")
    finger.page.fill("#legal_basis", "Luật")
    finger.page.fill("#reason", "Rời khu, có người gặp.")
    finger.leads("#propose button.main")
    second = Finger(browser, desk, finger.language, "chi")
    second.go("/second-person", "second-person")
    second.leads("main a[href*='/second-person/']")
    second.page.fill("[name=decision]", "Đúng.")
    second.leads("button[name=say][value=yes]")
    second.page.context.close()
    states = select(Proposal.state).where(Proposal.zone_id == finger.place.zone)
    assert finger.reads(states) == [ProposalState.CONFIRMED]


def test_a_request_about_ones_data_is_answered(finger: Finger) -> None:
    finger.go("/requests", "requests")
    mine = select(RightsRequest.id).where(RightsRequest.zone_id == finger.place.zone)
    (number,) = finger.reads(mine)  # type: ignore[misc]
    finger.leads(f"main a[href$='/requests/{number}']")
    finger.tap("#outcome-done")
    finger.page.fill("#answer", "Đã sửa ngày sinh.")
    finger.leads("form:has(#answer) button.main")
    finger.done()


def test_a_text_of_an_unknown_number_is_read(finger: Finger) -> None:
    finger.go("/texts/unknown", "unknown")
    finger.leads("tr[id^=text-] button")
    finger.done()


def test_somebody_is_ticked_off_in_person(finger: Finger) -> None:
    finger.go(f"/zones/{finger.place.zone}/roll-call", "ward")
    row = finger.page.locator("#ward .person-row").first
    check_in = int((row.get_attribute("id") or "").removeprefix("person-"))
    finger.leads(f"#person-{check_in} button[value=well]")
    answers = select(Answer.entered_by).where(Answer.check_in_id == check_in)
    assert len(list(finger.reads(answers))) == 1  # type: ignore[call-overload]


def test_the_trail_is_narrowed(finger: Finger) -> None:
    finger.go("/audit", "trail")
    finger.tap("form.filters summary")
    finger.page.select_option("#action", "signed-in")
    finger.leads("form.filters button")
    assert "action=signed-in" in finger.page.url


def test_who_may_answer_is_found_among_the_calls(finger: Finger) -> None:
    finger.go("/calls", "calls")
    finger.leads("main .line a")
    assert "/calls/" in finger.page.url
