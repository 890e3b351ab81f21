"""What is believed about a resident, as a table: evidence in, belief out."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.models import PresenceState
from monitor.presence import ANSWER_COUNTS_FOR, Belief, Evidence, RoomCamera, believe
from tests.support import NOW

MINUTE = timedelta(minutes=1)
SOUND = (RoomCamera("101", None),)
NOTHING = Evidence("101", SOUND, None, None, None, None, NOW - timedelta(hours=5), None)
PRESENT, ABSENT, UNKNOWN = PresenceState.PRESENT, PresenceState.ABSENT, PresenceState.UNKNOWN


def decide(evidence: Evidence, now: datetime = NOW) -> Belief:
    return believe(evidence, now, present_for=10 * MINUTE, empty_after=60 * MINUTE, timezone="Asia/Ho_Chi_Minh")


@pytest.mark.parametrize(
    ("case", "evidence", "state", "word"),
    [
        ("seen lately", replace(NOTHING, seen_at=NOW - 9 * MINUTE), PRESENT, "Seen by camera"),
        (
            "seen, camera fails since",
            replace(NOTHING, seen_at=NOW - MINUTE, cameras=(RoomCamera("101", "offline"),)),
            PRESENT,
            "Seen",
        ),
        ("sight ran out", replace(NOTHING, seen_at=NOW - 11 * MINUTE), UNKNOWN, "Asleep or turned away"),
        ("answered", replace(NOTHING, answered_at=NOW - 59 * MINUTE), PRESENT, "verified selfie"),
        (
            "answered too long ago",
            replace(NOTHING, answered_at=NOW - 61 * MINUTE, seen_at=NOW - 59 * MINUTE),
            UNKNOWN,
            "Last seen",
        ),
        ("nobody, camera sound", replace(NOTHING, seen_at=NOW - 60 * MINUTE), ABSENT, "Nobody has been seen"),
        ("never seen, watched for hours", NOTHING, ABSENT, "Nobody has been seen"),
        ("watched for minutes only", replace(NOTHING, watched_since=NOW - 5 * MINUTE), UNKNOWN, "Not seen yet"),
        (
            "camera back a minute ago",
            replace(NOTHING, seen_at=NOW - 90 * MINUTE, watched_since=NOW - MINUTE),
            UNKNOWN,
            "Last seen",
        ),
        ("something moves", replace(NOTHING, motion_at=NOW - MINUTE), UNKNOWN, "Something moved"),
        ("offline", replace(NOTHING, cameras=(RoomCamera("101", "offline"),), watched_since=None), UNKNOWN, "offline"),
        ("covered", replace(NOTHING, cameras=(RoomCamera("101", "covered"),), watched_since=None), UNKNOWN, "covered"),
        (
            "not watched by us",
            replace(NOTHING, cameras=(RoomCamera("101", "silent"),), watched_since=None),
            UNKNOWN,
            "no new picture",
        ),
        ("no camera, no answer", replace(NOTHING, cameras=(), watched_since=None), UNKNOWN, "No camera sees"),
        (
            "no camera, old answer",
            replace(NOTHING, cameras=(), watched_since=None, answered_at=NOW - 2 * ANSWER_COUNTS_FOR),
            UNKNOWN,
            "no camera",
        ),
        ("away with permission", replace(NOTHING, exempt_until=NOW + MINUTE), UNKNOWN, "permission"),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
def test_evidence_leads_to_this_belief_for_this_reason(case: str, evidence: Evidence, state: PresenceState, word: str) -> None:
    belief = decide(evidence)
    assert belief.state == state
    assert word in belief.reason.say(str)


def test_a_time_on_another_day_is_told_with_its_day() -> None:
    said = decide(replace(NOTHING, exempt_until=NOW + timedelta(days=1))).reason.say(str)
    assert "10:00 24/11" in said
    assert "24/11" not in decide(replace(NOTHING, exempt_until=NOW + MINUTE)).reason.say(str)


_times = st.none() | st.integers(0, 3000).map(lambda minutes: NOW - minutes * MINUTE)


@given(_times, _times, _times, _times, st.sampled_from(["offline", "covered", "dark", "silent"]))
def test_a_failed_camera_never_makes_anybody_absent(
    seen: datetime | None, moved: datetime | None, answered: datetime | None, watched: datetime | None, trouble: str
) -> None:
    evidence = Evidence("101", (RoomCamera("101", trouble),), seen, seen, moved, answered, watched, None)  # type: ignore[arg-type]
    assert decide(evidence).state != ABSENT


@given(_times, _times, _times, _times)
def test_present_always_says_when_it_runs_out_and_that_lies_ahead(
    seen: datetime | None, moved: datetime | None, answered: datetime | None, watched: datetime | None
) -> None:
    belief = decide(Evidence("101", SOUND, seen, seen, moved, answered, watched, None))
    if belief.state == PRESENT:
        assert belief.expires_at is not None
        assert belief.expires_at > NOW
