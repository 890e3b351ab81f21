"""From an empty folder to a verified roll-call, and on to the release, by screens alone: a nurse, supervisors, a resident, real cameras."""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from PIL import Image, ImageEnhance
from playwright.sync_api import Browser, Error, Locator, expect, sync_playwright

from monitor.demonstration.demo import clips_folder
from monitor.demonstration.photographs import photograph
from tests.doubles.browsing import ARGUMENTS, WHOLE_CHROMIUM, arrived, picture, require_chromium, texts
from tests.doubles.hand import Hand
from tests.processes.from_nothing import CAMERA_PASSWORD, CAMERA_USER, FromNothing
from tests.worlds.daytime import daytime

pytestmark = pytest.mark.browser
NAME, NUMBER, TYPED_NUMBER = "Nguyễn Thị An", "+84901234567", "0901 234 567"
CARD = f"079185001234|024567890|{NAME}|05091985|Nữ|12/3, Phú Cường, Thủ Dầu Một, Bình Dương|22122021"
OWN_NUMBER = "+84912345678"
FACE = "astronaut"
CAMERA = "Máy quay phòng 101"
REASON = "Theo quyết định của Sở Y tế"
PATIENCE_MS = 90_000


class Journey:
    """One run of it: who is at which screen, and what each stage took."""

    def __init__(self, browser: Browser, running: FromNothing, folder: Path) -> None:
        self.running, self.folder, self.zone_clock = running, folder, daytime()
        self.administrator, self.nurse = Hand(browser, 1280), Hand(browser, 768)
        self.supervisor, self.other = Hand(browser, 1280), Hand(browser, 1280)
        self.resident = Hand(browser, 360, ("camera",))
        self.links: dict[str, str] = {}
        self.stages: list[tuple[str, int, int, float]] = []

    @property
    def today(self) -> datetime:
        return datetime.now(ZoneInfo(self.zone_clock))

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        before, began = self._counted(), time.monotonic()
        yield
        steps, pages = (now - then for now, then in zip(self._counted(), before, strict=True))
        self.stages.append((name, steps, pages, time.monotonic() - began))

    def _counted(self) -> tuple[int, int]:
        hands = (self.administrator, self.nurse, self.supervisor, self.other, self.resident)
        return sum(hand.steps for hand in hands), sum(hand.pages for hand in hands)

    def told(self) -> str:
        """What each stage took, and all of them: presses, fields and choices; pages; seconds of the machine's time."""
        whole = ("all", *(sum(each[place] for each in self.stages) for place in (1, 2, 3)))
        return "\n".join(
            f"{name}: {steps} steps, {pages} pages, {took:.1f} s" for name, steps, pages, took in [*self.stages, whole]
        )

    def first_administrator(self, address: str) -> None:
        hand = self.administrator
        hand.open(address)
        hand.press(".sign-in button[value=vi]")
        hand.type("#username", "quantri")
        hand.type("#password", hand.password)
        hand.type("#again", hand.password)
        hand.press("button.main")
        hand.sign_in("quantri")
        hand.set_up_app()
        hand.press("main a[href='/set-up']")
        hand.press("#go-on")

    def authority(self) -> None:
        hand = self.administrator
        hand.type("#authority", "Trạm Y tế phường Phú Cường")
        hand.type("#hotline", "1900 9095")
        hand.press(".card form button.main")
        arrived(hand.page, re.compile("/set-up/recovery_sheet$"))
        hand.press("form[action='/set-up/recovery_sheet'] button")
        groups = texts(hand.page.locator(".groups code"), 16)
        for field in hand.page.locator("input[name^=group-]").all():
            name = field.get_attribute("name") or ""
            hand.type(f"[name={name}]", groups[int(name.removeprefix("group-")) - 1])
        hand.press("form[action='/set-up/recovery_sheet/confirm'] button")
        arrived(hand.page, re.compile("/set-up/zone$"))

    def places(self) -> None:
        hand = self.administrator
        for zone, rooms in (("Khu A", "101-103"), ("Khu B", "201-203")):
            if zone != "Khu A":
                hand.to("/zones")
            hand.press("main a[href='/zones/new']")
            hand.type("#name", zone)
            hand.type("#timezone", self.zone_clock)
            # A camera may look into bedrooms only where an order says so.
            hand.type("#camera_order_number", "15/QĐ-SYT")
            hand.type("#camera_order_date", f"{self.today:%Y-%m-%d}")
            hand.type("#camera_order_authority", "Sở Y tế")
            hand.press(hand.page.locator("main form button.main").last)
            hand.type("#pattern", rooms)
            hand.type("#beds", "2")
            hand.press("form[action$='/rooms/preview'] button.main")
            hand.press("form[action$='/rooms'] button.main")
            expect(hand.page.locator("main tbody tr")).to_have_count(3)

    def channel(self) -> None:
        hand = self.administrator
        hand.next_step("channels")
        hand.type("#address-sms", OWN_NUMBER)
        hand.press(".channel button")
        expect(hand.page.locator(".notice[role=status]")).to_be_visible()

    def leave_for_later(self) -> None:
        hand = self.administrator
        hand.next_step("mail")
        for following in ("cameras", "people"):
            hand.press("#skip")
            arrived(hand.page, re.compile(f"/set-up/{following}$"))

    def camera(self) -> None:
        """Taken up again, shortly before somebody is to be seen: after 90 s the scene begins anew, and is told to be a recording."""
        hand = self.administrator
        hand.to("/set-up")
        hand.press(".steps a[href='/set-up/cameras']")
        hand.press("main a[href='/cameras/add']")
        hand.type("#addresses", self.running.camera(0))
        hand.type("#username", CAMERA_USER)
        hand.type("#password", CAMERA_PASSWORD)
        hand.press("main form button.main")
        take = hand.page.locator("form[id^=take-]")
        expect(take).to_be_visible(timeout=PATIENCE_MS)
        hand.type("form[id^=take-] [name=name]", CAMERA)
        hand.choose("form[id^=take-] select", "Khu A: 101")
        hand.press(take.locator("button.main"))
        expect(hand.page.locator("#added a")).to_have_text(CAMERA, timeout=PATIENCE_MS)

    def colleagues(self) -> None:
        hand = self.administrator
        for name, role in (("dieuduong", "staff"), ("giamsat", "supervisor"), ("phogiamsat", "supervisor")):
            hand.next_step("people")
            hand.press("main a[href='/accounts/new']")
            hand.type("#username", name)
            hand.steps += 1
            hand.page.select_option("#role", role)
            hand.press("#every_zone")
            hand.press("main form button.main")
            self.links[name] = hand.page.locator(".note-text a").get_attribute("href") or ""

    def first_schedule(self) -> None:
        hand = self.administrator
        hand.to("/set-up")
        hand.press(".steps a[href='/set-up/plan']")
        hand.choose("#zone", "Khu A")
        hand.press("#template-camp")
        hand.press("form[action='/set-up/plan'] button")
        expect(hand.page.locator(".facts").first).to_be_visible()

    def come_in(self, hand: Hand, name: str, *, second_factor: bool) -> None:
        hand.open(self.links[name])
        hand.type("#password", hand.password)
        hand.type("#again", hand.password)
        hand.press("main form button.main")
        hand.sign_in(name)
        if second_factor:
            hand.set_up_app()

    def enrol(self) -> None:
        hand = self.nurse
        self.come_in(hand, "dieuduong", second_factor=False)
        hand.to("/enrol")
        hand.press(hand.page.locator("main form button").filter(has_text="Khu A"))
        # A scanner types what the card's code says.
        hand.type("#code", CARD)
        hand.press("#card-form button")
        hand.type("#phone", TYPED_NUMBER)
        hand.press("details:has(#starts_at) > summary")
        for name, text in (
            ("number", "12/QĐ-UBND"),
            ("authority", "Ủy ban nhân dân phường Phú Cường"),
            ("starts_at", f"{self.today:%d/%m/%Y}"),
            ("ends_at", f"{self.today + timedelta(days=7):%d/%m/%Y}"),
        ):
            hand.type(f"#{name}", text)
        hand.press("#person-form button.main")
        hand.press(hand.page.locator("#step-room label").filter(has_text="101"))
        hand.press("#step-room button.main")
        hand.press("#step-phone button.main")
        hand.type("#step-phone #code", self.code_on_the_phone())
        hand.press(".code-form button.main")
        expect(hand.page.locator("#step-phone .badge.good")).to_be_visible()
        hand.press("#way-aloud")
        hand.press("#agrees-yes")
        hand.press("#step-notice button.main")
        hand.hand_over("#photo", self.photos())
        hand.press("#step-photos button.main")
        expect(hand.page.locator("#gate-photos .badge.good")).to_have_count(3, timeout=PATIENCE_MS)
        picture(hand.page, "from-nothing-gate")
        hand.press("#step-bracelet button.main")
        expect(hand.page.locator("#card-form")).to_be_visible()

    def photos(self) -> list[Path]:
        """The person in different light, as the nurse's camera keeps it."""
        found = []
        with Image.open(photograph(FACE)) as opened:
            face = opened.convert("RGB")
        for light in (0.85, 1.0, 1.15):
            found.append(self.folder / f"face-{light}.jpg")
            ImageEnhance.Brightness(face).enhance(light).save(found[-1], quality=92)
        return found

    def messages(self) -> None:
        """The resident's own telephone, opened at its messages."""
        hand = self.resident
        if hand.page.url == "about:blank":
            hand.open(self.running.telephone)
            hand.press(hand.page.locator(".phone a").filter(has_text=NAME))

    def code_on_the_phone(self) -> str:
        self.messages()
        text = self.resident.page.locator(".messages .text")
        self.arrives(text.filter(has_text=re.compile(r"\b\d{6}\b")))
        found = re.search(r"\b\d{6}\b", text.first.inner_text())
        assert found is not None
        return found[0]

    def arrives(self, what: Locator) -> None:
        """Look at the messages until it is there."""
        until = time.monotonic() + PATIENCE_MS / 1000
        while not what.count():
            assert time.monotonic() < until, f"no such message\n{self.running.logs()}"
            self.resident.page.wait_for_timeout(300)
            self.resident.page.reload()

    def schedule_for_all(self) -> None:
        """Supervisors let the schedule ask everybody, whether a camera saw them or not: one wants it, another agrees."""
        for hand, name in ((self.supervisor, "giamsat"), (self.other, "phogiamsat")):
            self.come_in(hand, name, second_factor=True)
            self.to_zone(hand, "Khu A")
            hand.press("main a[href$='/plans']")
        hand = self.supervisor
        hand.press("main a[href$='/replace']")
        hand.type("#share", "100")
        hand.press("#camera_excuses")
        hand.press("button[name=do][value=save]")
        expect(hand.page.locator("[id$=-share]")).to_be_visible()
        self.press_when_shown(self.other, "form[action$='/share/agree'] button")

    def press_when_shown(self, hand: Hand, selector: str) -> None:
        hand.page.reload()
        hand.press(selector)

    def to_zone(self, hand: Hand, name: str) -> None:
        hand.to("/")
        hand.press(hand.page.locator("main a[href^='/zones/']").filter(has_text=name))
        expect(hand.page.locator("h1")).to_have_text(name)

    def ask(self) -> None:
        self.press_when_shown(self.other, "form[action$='/ask'] button")
        expect(self.other.page.locator(".notice[role=status]")).to_be_visible()
        hand = self.resident
        self.arrives(hand.page.locator(".messages a.open"))
        with hand.context.expect_page() as opened:
            hand.press(".messages a.open")
        hand.page = opened.value
        expect(hand.page.locator("#shoot")).to_be_visible(timeout=PATIENCE_MS)
        hand.page.wait_for_timeout(500)  # the camera's first picture
        hand.press("#shoot")
        hand.press("#well")
        outcome = hand.page.locator("#outcome[data-final=yes]")
        expect(outcome).to_be_visible(timeout=PATIENCE_MS)
        picture(hand.page, "from-nothing-answered")
        assert outcome.get_attribute("data-state") == "verified", outcome.inner_text()

    def seen(self) -> None:
        """The nurse sees on the zone's page that the roll-call is verified, and that the camera sees the person."""
        hand = self.nurse
        self.to_zone(hand, "Khu A")
        person = hand.page.locator(".person").filter(has_text=NAME)
        expect(person.locator(".last .badge.good")).to_be_visible(timeout=PATIENCE_MS)
        expect(person.locator(".why")).to_contain_text("Camera ghi nhận trong phòng 101", timeout=PATIENCE_MS)
        expect(person.locator(".badges").first).to_contain_text("Có mặt")
        picture(hand.page, "from-nothing-seen")

    def camera_says(self) -> str:
        """What the console tells of the camera, for whoever must find out why nobody was seen."""
        page = self.administrator.page
        try:
            page.goto(re.sub(r"(?<=\d)/.*", "/cameras/1", page.url))
            return page.locator("main").inner_text()
        except Error as error:
            return str(error)

    def record(self, hand: Hand) -> None:
        hand.to("/people")
        hand.press(hand.page.locator("main a[href^='/residents/']").filter(has_text=NAME))
        expect(hand.page.locator("#order-card")).to_be_visible()

    def move_and_extend(self) -> None:
        hand, changes = self.supervisor, self.supervisor.page.locator("#order-card .order-changes li")
        self.record(hand)
        hand.press("#order-card a[href$='/room']")
        hand.choose("#room", "102")
        hand.type("#reason", REASON)
        hand.press("form:has(#room) button.main")
        expect(changes).to_have_count(1)
        hand.press("#order-card a[href$='/extend']")
        hand.type("#ends_at", f"{self.today + timedelta(days=14):%Y-%m-%d}")
        hand.type("#reason", REASON)
        hand.press("main form button.main")
        expect(changes).to_have_count(2)

    def transfer(self) -> None:
        hand = self.supervisor
        hand.press("#order-card a[href$='/transfer']")
        hand.choose("#to_zone", "Khu B")
        hand.type("#reason", REASON)
        hand.press("main form button.main")
        expect(hand.page.locator("form[action$='/accept']")).to_be_visible()
        hand = self.other
        self.to_zone(hand, "Khu B")
        hand.press("main a[href$='/movements']")
        hand.press("[id^='transfer-'] a")
        hand.choose("#room", "201")
        hand.press("form[action$='/accept'] button.main")
        expect(hand.page.locator("#order-card .order-changes li").first).to_contain_text("Khu B")

    def set_up(self) -> None:
        """The administrator finds no step left."""
        hand = self.administrator
        hand.to("/set-up")
        expect(hand.page.locator(".steps")).to_be_visible()
        expect(hand.page.locator("#go-on")).to_have_count(0)
        picture(hand.page, "from-nothing-set-up")

    def release(self) -> None:
        hand = self.other
        hand.press("#order-card a[href$='/release']")
        hand.type("#reason", REASON)
        hand.press("main form button.main")
        expect(hand.page.locator("#order-card .badge.good").first).to_be_visible()
        picture(hand.page, "from-nothing-released")


@pytest.fixture(scope="module")
def camera_browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """Chromium whose camera shows the person's face to whoever allows it."""
    require_chromium()
    frame = Image.new("RGB", (640, 480), (96, 110, 104))
    with Image.open(photograph(FACE)) as opened:
        frame.paste(opened.convert("RGB").crop((0, 0, 512, 480)), (64, 0))
    content = BytesIO()
    frame.save(content, "JPEG", quality=92)
    film = tmp_path_factory.mktemp("film") / "face.mjpeg"
    film.write_bytes(content.getvalue() * 30)
    camera = ("--use-fake-device-for-media-stream", f"--use-file-for-fake-video-capture={film}")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=WHOLE_CHROMIUM, args=[*ARGUMENTS, *camera])
        yield running
        running.close()


@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def test_from_an_empty_folder_to_a_verified_roll_call_and_a_release(
    camera_browser: Browser, tmp_path: Path, request: pytest.FixtureRequest, kind: str
) -> None:
    url = "" if kind == "sqlite" else str(request.getfixturevalue("postgresql_url"))
    running = FromNothing(tmp_path, url, clips_folder())
    journey = Journey(camera_browser, running, tmp_path)
    try:
        with journey.stage("service, cameras and telephones start"):
            address = running.start({NUMBER: NAME, OWN_NUMBER: "Quản trị"})
        with journey.stage("first administrator"):
            journey.first_administrator(address)
        with journey.stage("authority and recovery sheet"):
            journey.authority()
        with journey.stage("two zones with rooms"):
            journey.places()
        with journey.stage("channel tested"):
            journey.channel()
        with journey.stage("mail and cameras left for later"):
            journey.leave_for_later()
        with journey.stage("three colleagues invited"):
            journey.colleagues()
        with journey.stage("first schedule"):
            journey.first_schedule()
        with journey.stage("person enrolled at the gate"):
            journey.enrol()
        with journey.stage("schedule for everybody, agreed by two"):
            journey.schedule_for_all()
        with journey.stage("camera found and put into use"):
            journey.camera()
        with journey.stage("asked, answered, verified"):
            journey.ask()
        with journey.stage("seen by the camera"):
            journey.seen()
        with journey.stage("set-up is whole"):
            journey.set_up()
        with journey.stage("moved and extended"):
            journey.move_and_extend()
        with journey.stage("transferred"):
            journey.transfer()
        with journey.stage("released"):
            journey.release()
    except BaseException:
        sys.stdout.write(f"{running.logs()}\n== the camera\n{journey.camera_says()}\n")
        raise
    finally:
        sys.stdout.write(f"\n{kind}\n{journey.told()}\n")
        running.stop()
