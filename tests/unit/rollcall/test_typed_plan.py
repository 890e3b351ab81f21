"""What is wrong with a plan that somebody typed is told beside its field; what is only worth knowing is told too."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from monitor.models.rollcalls.plans import EvidenceLevel, PlanKind
from monitor.words import translator
from rollcall.plans.templates import TEMPLATES, PlanTemplate, draft_from
from rollcall.plans.typed_plan import NEW_SHARE, Draft, read_clocks, read_spans, remarks

NOW = datetime(2026, 3, 1, 3, 0, tzinfo=UTC)
VIETNAM, BERLIN = "Asia/Ho_Chi_Minh", "Europe/Berlin"
GOOD = Draft("Buổi sáng", PlanKind.TIMES, times=("08:00", "16:00"), seed="seed")
RANDOM = replace(GOOD, kind=PlanKind.RANDOM, times=(), spans=(("08:00", "11:00"), ("14:00", "17:00")))
EVERY = replace(GOOD, kind=PlanKind.EVERY, times=(), every_minutes=240)


def told(draft: Draft, timezone: str = VIETNAM, available: frozenset[str] = frozenset({"sms"})) -> list[tuple[str, bool]]:
    return [(each.field, each.warning) for each in remarks(draft, timezone, available, NOW)]


@pytest.mark.parametrize("draft", [GOOD, RANDOM, EVERY], ids=["times", "random", "every"])
def test_a_usual_plan_brings_no_remark(draft: Draft) -> None:
    assert told(draft) == []


@pytest.mark.parametrize(
    ("draft", "field"),
    [
        (replace(GOOD, name=" "), "name"),
        (replace(GOOD, name="x" * 121), "name"),
        (replace(GOOD, times=()), "times"),
        (replace(GOOD, times=("08:00", "21:30")), "times"),
        (replace(GOOD, times=("06:59",)), "times"),
        (replace(GOOD, times=("08:00", "08:40")), "window"),
        (replace(EVERY, every_minutes=None), "every"),
        (replace(EVERY, every_minutes=29), "every"),
        (replace(EVERY, every_minutes=40), "window"),
        (replace(RANDOM, spans=()), "spans"),
        (replace(RANDOM, spans=(("11:00", "08:00"),)), "spans"),
        (replace(RANDOM, spans=(("08:00", "11:00"), ("10:00", "12:00"))), "spans"),
        (replace(RANDOM, spans=(("18:00", "22:00"),)), "spans"),
        (replace(RANDOM, spans=(("08:00", "11:00"), ("11:20", "12:00"))), "window"),
        (replace(GOOD, window_minutes=4), "window"),
        (replace(GOOD, window_minutes=800), "window"),
        (replace(GOOD, ladder=((20, "reminder"), (10, "voice"))), "voice"),
        (replace(GOOD, ladder=((60, "reminder"),)), "reminder"),
        (replace(GOOD, ladder=((0, "reminder"),)), "reminder"),
        (replace(GOOD, visit_after_minutes=50), "visit"),
        (replace(GOOD, channels=()), "channels"),
        (replace(GOOD, channels=(("pigeon", 3),)), "channels"),
        (replace(GOOD, channels=(("sms", 3), ("sms", 3))), "channels"),
        (replace(GOOD, channels=(("sms", 0), ("push", 3))), "channels"),
        (replace(GOOD, channels=(("sms", 50), ("push", 3))), "channels"),
        (replace(GOOD, evidence=EvidenceLevel.SEEN_BY_STAFF), "evidence"),
        (replace(GOOD, evidence_by_text=EvidenceLevel.FACE), "evidence_by_text"),
        (replace(GOOD, share_percent=0), "share"),
        (replace(GOOD, share_percent=101), "share"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_cannot_be_is_told_beside_its_field(draft: Draft, field: str) -> None:
    assert (field, False) in told(draft)


@pytest.mark.parametrize(
    ("draft", "timezone", "field"),
    [
        (replace(GOOD, channels=(("push", 3),)), VIETNAM, "channels"),
        (replace(GOOD, quiet_from="00:00", quiet_to="00:00"), VIETNAM, "quiet"),
        (replace(GOOD, times=("02:30",), quiet_from="00:00", quiet_to="01:00"), BERLIN, "times"),
    ],
    ids=["not set up", "no quiet hours", "summer time"],
)
def test_what_is_worth_knowing_is_a_warning(draft: Draft, timezone: str, field: str) -> None:
    assert set(told(draft, timezone)) == {(field, True)}


@pytest.mark.parametrize(
    ("typed", "clocks", "odd"),
    [
        ("8:00, 14h30", ("08:00", "14:30"), []),
        ("16:00 08:00;08:00", ("08:00", "16:00"), []),
        ("24:00, noon, 7:5", (), ["24:00", "noon", "7:5"]),
        ("", (), []),
    ],
)
def test_times_are_read_as_people_write_them(typed: str, clocks: tuple[str, ...], odd: list[str]) -> None:
    assert read_clocks(typed) == (clocks, odd)


@pytest.mark.parametrize(
    ("typed", "spans", "odd"),
    [
        ("8:00-11:00, 14:00 – 17h30", (("08:00", "11:00"), ("14:00", "17:30")), []),
        ("14:00 đến 15:00", (("14:00", "15:00"),), []),
        ("8-11", (), ["8-11"]),
        ("08:00", (), ["08:00"]),
        ("", (), []),
    ],
)
def test_spans_are_read_as_people_write_them(typed: str, spans: tuple[tuple[str, str], ...], odd: list[str]) -> None:
    assert read_spans(typed) == (spans, odd)


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda each: each.key)
@pytest.mark.parametrize("available", [(), ("zalo", "email"), ("voice",)])
def test_a_template_can_be_saved_as_it_is(template: PlanTemplate, available: tuple[str, ...]) -> None:
    draft = draft_from(template, available, translator("vi"))
    assert [each for each in remarks(draft, "Asia/Ho_Chi_Minh", available or ("sms",), NOW) if not each.warning] == []
    assert draft.name != template.name
    # The first that is set up, and never a call as the first word.
    assert draft.channels[0][0] == ("zalo" if "zalo" in available else "sms")
    assert draft.share_percent == NEW_SHARE
