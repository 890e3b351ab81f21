"""What is believed about a resident, as a table: evidence in, belief out."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.models.people.residents import PresenceState
from monitor.presence.evidence import CameraTrouble, Evidence, RoomCamera
from monitor.presence.rules import ANSWER_COUNTS_FOR, Belief, believe
from tests.worlds.small_zone import NOW

MINUTE = timedelta(minutes=1)
SOUND = (RoomCamera("101", None),)
NOTHING = Evidence("101", SOUND, None, None, None, NOW - timedelta(hours=5), None)
PRESENT, ABSENT, UNKNOWN = PresenceState.PRESENT, PresenceState.ABSENT, PresenceState.UNKNOWN
NOT_SEEN = PresenceState.NOT_SEEN


def decide(evidence: Evidence, now: datetime = NOW) -> Belief:
    return believe(evidence, now, present_for=10 * MINUTE, empty_after=60 * MINUTE, timezone="Asia/Ho_Chi_Minh")


@pytest.mark.parametrize(
    ("case", "evidence", "state", "word"),
    [
        ("seen lately", replace(NOTHING, seen_at=NOW - 9 * MINUTE), PRESENT, "Seen by a camera"),
        (
            "seen, camera fails since",
            replace(NOTHING, seen_at=NOW - MINUTE, cameras=(RoomCamera("101", "offline"),)),
            PRESENT,
            "Seen",
        ),
        ("sight ran out", replace(NOTHING, seen_at=NOW - 11 * MINUTE), UNKNOWN, "asleep or turned away"),
        ("answered", replace(NOTHING, answered_at=NOW - 59 * MINUTE), PRESENT, "Answered the roll-call"),
        (
            "answered too long ago",
            replace(NOTHING, answered_at=NOW - 61 * MINUTE, seen_at=NOW - 59 * MINUTE),
            UNKNOWN,
            "Last seen",
        ),
        (
            "nobody, camera sound",
            replace(NOTHING, seen_at=NOW - 60 * MINUTE),
            NOT_SEEN,
            "Nobody has been seen in room 101 for 1 hour",
        ),
        ("never seen, watched for hours", NOTHING, NOT_SEEN, "Nobody has been seen in room 101 for 5 hours, since 05:00."),
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


# The same room with a watched exit: seen by face three hours ago, nothing since.
HOUR = 60 * MINUTE
WATCHED = replace(
    NOTHING,
    exits=(RoomCamera("101", None),),
    exit_watched_since=NOW - 5 * HOUR,
    seen_at=NOW - 3 * HOUR,
    motion_at=NOW - 3 * HOUR,
)
EXIT_FAILS = (RoomCamera("corridor", "covered"),)


@pytest.mark.parametrize(
    ("case", "evidence", "state", "word", "sure"),
    [
        ("asleep", WATCHED, PRESENT, "nobody was seen leaving since. Someone asleep", 0.8),
        ("asleep, no exit watched", replace(WATCHED, exits=(), exit_watched_since=None), NOT_SEEN, "for 3 hours", 0),
        ("asleep, moved", replace(WATCHED, motion_at=NOW - MINUTE), PRESENT, "nobody was seen leaving", 0.8),
        ("just seen", replace(WATCHED, seen_at=NOW - 11 * MINUTE), PRESENT, "nobody was seen leaving", 0.9),
        (
            "too long ago",
            replace(WATCHED, seen_at=NOW - 13 * HOUR, exit_watched_since=NOW - 20 * HOUR),
            NOT_SEEN,
            "for 3 hours",
            0,
        ),
        (
            "too long ago, somebody moves",
            replace(WATCHED, seen_at=NOW - 13 * HOUR, exit_watched_since=NOW - 20 * HOUR, motion_at=NOW - MINUTE),
            UNKNOWN,
            "A roll-call would settle it",
            0,
        ),
        ("came in unrecognised", replace(WATCHED, seen_at=None, came_in_at=NOW - HOUR), PRESENT, "Someone came in", 0.7),
        ("face before, came in again", replace(WATCHED, came_in_at=NOW - HOUR), PRESENT, "Someone came in", 0.8),
        (
            "somebody came in, out before",
            replace(WATCHED, went_out_at=NOW - 2 * HOUR, entered_at=NOW - HOUR),
            UNKNOWN,
            "has not left",
            0,
        ),
        (
            "somebody came in, and out",
            replace(WATCHED, went_out_at=NOW - HOUR, entered_at=NOW - 2 * HOUR),
            ABSENT,
            "left room",
            0.9,
        ),
        ("went out, moments ago", replace(WATCHED, went_out_at=NOW - 9 * MINUTE), UNKNOWN, "left room 101", 0),
        ("went out, seen just before", replace(WATCHED, seen_at=NOW - MINUTE, went_out_at=NOW), UNKNOWN, "left room", 0),
        (
            "went out, judged just after",
            replace(WATCHED, seen_at=NOW - 55 * timedelta(seconds=1), went_out_at=NOW - MINUTE),
            UNKNOWN,
            "left room",
            0,
        ),
        (
            "went out, recognised since",
            replace(WATCHED, seen_at=NOW - MINUTE, went_out_at=NOW - 2 * MINUTE),
            PRESENT,
            "Seen by",
            1,
        ),
        (
            "went out and answered since",
            replace(WATCHED, answered_at=NOW, went_out_at=NOW - MINUTE),
            PRESENT,
            "Answered the roll-call",
            1,
        ),
        (
            "answered, then went out",
            replace(WATCHED, answered_at=NOW - 2 * MINUTE, went_out_at=NOW - MINUTE),
            UNKNOWN,
            "left room",
            0,
        ),
        ("went out and in", replace(WATCHED, went_out_at=NOW - 2 * HOUR, came_in_at=NOW - HOUR), PRESENT, "came in", 0.8),
        (
            "went in and out",
            replace(WATCHED, went_out_at=NOW - 61 * MINUTE, came_in_at=NOW - 2 * HOUR),
            ABSENT,
            "left room",
            0.9,
        ),
        ("went out, something moves", replace(WATCHED, went_out_at=NOW - HOUR, motion_at=NOW - MINUTE), UNKNOWN, "moved", 0),
        ("gone for an hour", replace(WATCHED, went_out_at=NOW - HOUR), ABSENT, "Someone left room 101", 0.9),
        ("gone, and allowed to", replace(WATCHED, went_out_at=NOW - HOUR, exempt_until=NOW + HOUR), UNKNOWN, "permission", 0),
        ("never seen", replace(WATCHED, seen_at=None, motion_at=None), NOT_SEEN, "Nobody has been seen", 0),
        # The camera at the exit alone could tell who left; that nobody is seen, the one in the room tells without it.
        (
            "asleep, exit fails",
            replace(WATCHED, exits=EXIT_FAILS, exit_watched_since=None),
            NOT_SEEN,
            "Nobody has been seen",
            0,
        ),
        (
            "lately seen, exit fails",
            replace(WATCHED, exits=EXIT_FAILS, exit_watched_since=None, motion_at=NOW - 20 * MINUTE),
            UNKNOWN,
            "corridor is covered",
            0,
        ),
        (
            "gone, exit fails",
            replace(WATCHED, exits=EXIT_FAILS, exit_watched_since=None, went_out_at=NOW - HOUR),
            NOT_SEEN,
            "Nobody has been seen",
            0,
        ),
        ("exit back for minutes", replace(WATCHED, exit_watched_since=NOW - 5 * MINUTE), NOT_SEEN, "for 3 hours", 0),
        ("exit back for an hour", replace(WATCHED, exit_watched_since=NOW - HOUR), NOT_SEEN, "for 3 hours", 0),
        (
            "gone, exit back for minutes",
            replace(WATCHED, went_out_at=NOW - 2 * HOUR, exit_watched_since=NOW - 5 * MINUTE),
            NOT_SEEN,
            "for 2 hours",
            0,
        ),
        ("room camera fails", replace(WATCHED, cameras=(RoomCamera("101", "dark"),), watched_since=None), UNKNOWN, "dark", 0),
        # One of two fails: the other still sees the room.
        (
            "one of two fails",
            replace(WATCHED, cameras=(RoomCamera("101", None), RoomCamera("window", "offline"))),
            PRESENT,
            "nobody was seen leaving",
            0.8,
        ),
        (
            "one of two fails, something moves",
            replace(
                WATCHED,
                cameras=(RoomCamera("window", "covered"), RoomCamera("101", None)),
                went_out_at=NOW - HOUR,
                motion_at=NOW - MINUTE,
            ),
            UNKNOWN,
            "moved",
            0,
        ),
        (
            "only the exit has a camera",
            replace(WATCHED, cameras=(), watched_since=None),
            PRESENT,
            "nobody was seen leaving",
            0.8,
        ),
        (
            "only the exit has a camera, gone",
            replace(WATCHED, cameras=(), watched_since=None, went_out_at=NOW - HOUR),
            UNKNOWN,
            "no camera sees this room",
            0,
        ),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
def test_where_the_exit_is_watched_asleep_is_not_absent(
    case: str, evidence: Evidence, state: PresenceState, word: str, sure: float
) -> None:
    belief = decide(evidence)
    assert (belief.state, belief.confidence) == (state, sure)
    assert word in belief.reason.say(str)


TWO = (RoomCamera("101 door", None), RoomCamera("101 window", None))
ONE_FAILS = (RoomCamera("101 door", "covered"), RoomCamera("101 window", None))
BOTH_FAIL = (RoomCamera("101 door", "covered"), RoomCamera("101 window", "offline"))
SEEN = replace(NOTHING, seen_at=NOW - 3 * HOUR, motion_at=NOW - 3 * HOUR)


@pytest.mark.parametrize(
    ("case", "evidence", "state", "word"),
    [
        ("both sound", replace(SEEN, cameras=TWO), NOT_SEEN, "for 3 hours"),
        ("one of two fails, the other shows nobody", replace(SEEN, cameras=ONE_FAILS), NOT_SEEN, "for 3 hours"),
        ("one of two fails, the other shows somebody", replace(SEEN, cameras=ONE_FAILS, motion_at=NOW), UNKNOWN, "moved"),
        ("one of two fails, the other recognised them", replace(SEEN, cameras=ONE_FAILS, seen_at=NOW), PRESENT, "Seen by"),
        (
            "one of two fails, the other watches for minutes",
            replace(SEEN, cameras=ONE_FAILS, watched_since=NOW - 5 * MINUTE),
            UNKNOWN,
            "Last seen",
        ),
        ("both fail", replace(SEEN, cameras=BOTH_FAIL, watched_since=None), UNKNOWN, "door is covered"),
        # What the one at the exit alone could tell.
        (
            "the room's is sound, the exit's fails",
            replace(SEEN, exits=EXIT_FAILS, motion_at=NOW - 20 * MINUTE),
            UNKNOWN,
            "corridor is covered",
        ),
        ("the same, recognised", replace(SEEN, exits=EXIT_FAILS, seen_at=NOW - MINUTE), PRESENT, "Seen by"),
        ("the same, nobody for long", replace(SEEN, exits=EXIT_FAILS), NOT_SEEN, "for 3 hours"),
        (
            "the exit's is sound, the room's fails, nobody left",
            replace(WATCHED, cameras=(RoomCamera("101", "frozen"),), watched_since=None),
            UNKNOWN,
            "frozen",
        ),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
def test_one_of_two_cameras_that_fails_makes_unknown_only_what_it_alone_could_tell(
    case: str, evidence: Evidence, state: PresenceState, word: str
) -> None:
    belief = decide(evidence)
    assert belief.state == state
    assert word in belief.reason.say(str)


@pytest.mark.parametrize(
    ("case", "evidence", "state", "word"),
    [
        ("nobody left", SEEN, NOT_SEEN, "for 3 hours"),
        ("staff did not find them", replace(SEEN, missed_at=NOW - MINUTE), ABSENT, "Staff did not find"),
        ("nor later", replace(SEEN, missed_at=NOW - 2 * HOUR), ABSENT, "nobody has been seen in room 101 since"),
        (
            "staff did not find them, long ago, and no camera looks",
            replace(SEEN, cameras=(), watched_since=None, missed_at=NOW - 2 * HOUR),
            UNKNOWN,
            "no camera",
        ),
        ("found since", replace(SEEN, missed_at=NOW - 2 * HOUR, met_at=NOW - 30 * MINUTE), PRESENT, "Staff met"),
        ("answered since", replace(SEEN, missed_at=NOW - 30 * MINUTE, answered_at=NOW - MINUTE), PRESENT, "Answered"),
        ("seen since", replace(SEEN, missed_at=NOW - 30 * MINUTE, seen_at=NOW - MINUTE), PRESENT, "Seen by"),
        ("allowed to be away", replace(SEEN, missed_at=NOW - MINUTE, exempt_until=NOW + HOUR), UNKNOWN, "permission"),
        ("seen elsewhere", replace(SEEN, elsewhere_at=NOW - 2 * HOUR), ABSENT, "Seen elsewhere at 08:00"),
        ("seen elsewhere lately", replace(SEEN, elsewhere_at=NOW, motion_at=NOW - 20 * MINUTE), UNKNOWN, "a camera elsewhere"),
        ("seen elsewhere, and here since", replace(SEEN, elsewhere_at=NOW - 4 * HOUR), NOT_SEEN, "for 3 hours"),
        ("seen elsewhere, never here", replace(NOTHING, elsewhere_at=NOW - 2 * HOUR), NOT_SEEN, "for 5 hours"),
        # Of a shared room somebody left whom nobody recognised: whoever sleeps in there is not called absent for it.
        (
            "one of two left",
            replace(WATCHED, went_out_at=NOW - 2 * HOUR, shared=True),
            NOT_SEEN,
            "Someone left; it is not known who",
        ),
        (
            "one of two left, and was seen elsewhere",
            replace(WATCHED, went_out_at=NOW - 2 * HOUR, elsewhere_at=NOW - HOUR, shared=True),
            ABSENT,
            "Seen elsewhere",
        ),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
def test_absent_takes_somebody_who_was_seen_leaving(case: str, evidence: Evidence, state: PresenceState, word: str) -> None:
    belief = decide(evidence)
    assert belief.state == state
    assert word in belief.reason.say(str)


def test_not_seen_says_since_when_and_says_it_anew_with_each_hour() -> None:
    belief = decide(SEEN, NOW + 20 * MINUTE)
    assert (belief.since, belief.expires_at) == (NOW - 3 * HOUR, NOW + HOUR)
    later = decide(SEEN, NOW + HOUR)
    assert "for 4 hours, since 07:00" in later.reason.say(str)
    few = believe(
        replace(SEEN, motion_at=NOW - 31 * MINUTE),
        NOW,
        present_for=10 * MINUTE,
        empty_after=30 * MINUTE,
        timezone="Asia/Ho_Chi_Minh",
    )
    assert "for 31 minutes" in few.reason.say(str)


def test_a_time_on_another_day_is_told_with_its_day() -> None:
    said = decide(replace(NOTHING, exempt_until=NOW + timedelta(days=1))).reason.say(str)
    assert "10:00 24/11" in said
    assert "24/11" not in decide(replace(NOTHING, exempt_until=NOW + MINUTE)).reason.say(str)


_times = st.none() | st.integers(0, 3000).map(lambda minutes: NOW - minutes * MINUTE)
_troubles: st.SearchStrategy[CameraTrouble] = st.sampled_from(get_args(CameraTrouble))
_cameras = st.lists(st.builds(RoomCamera, st.just("101"), st.none() | _troubles), max_size=2).map(tuple)


@st.composite
def _evidence(draw: st.DrawFn) -> Evidence:
    """Anything that can be gathered: what fails watches since no time."""
    cameras, exits = draw(_cameras), draw(_cameras)
    entered = draw(_times) if exits else None
    return Evidence(
        "101",
        cameras,
        seen_at=draw(_times),
        motion_at=draw(_times),
        answered_at=draw(_times),
        watched_since=draw(_times) if any(each.trouble is None for each in cameras) else None,
        exempt_until=None,
        exits=exits,
        exit_watched_since=draw(_times) if exits and all(each.trouble is None for each in exits) else None,
        came_in_at=entered if draw(st.booleans()) else None,
        entered_at=entered,
        went_out_at=draw(_times) if exits else None,
        shared=draw(st.booleans()),
        elsewhere_at=draw(_times),
    )


@given(_evidence(), _troubles, st.integers(0, 2000))
def test_a_failed_camera_never_makes_anybody_absent(evidence: Evidence, trouble: CameraTrouble, minutes: int) -> None:
    failed = (RoomCamera("101", trouble),)
    now = NOW + minutes * MINUTE
    assert decide(replace(evidence, cameras=failed), now).state != ABSENT
    assert decide(replace(evidence, exits=failed), now).state != ABSENT


@given(_evidence(), st.integers(0, 2000))
def test_whom_nobody_saw_leaving_is_never_absent_with_a_line_at_the_exit_or_without(evidence: Evidence, minutes: int) -> None:
    stays = replace(evidence, went_out_at=None, elsewhere_at=None)
    assert decide(stays, NOW + minutes * MINUTE).state != ABSENT


@given(_evidence())
def test_absent_takes_a_camera_that_watched_for_the_whole_allowed_time(evidence: Evidence) -> None:
    if decide(evidence).state == ABSENT:
        assert evidence.watched_since is not None
        assert evidence.watched_since <= NOW - 60 * MINUTE
        for sight in (evidence.seen_at, evidence.motion_at, evidence.came_in_at):
            assert sight is None or sight <= NOW - 60 * MINUTE


@given(_evidence())
def test_a_belief_changes_by_itself_only_ahead_and_not_before_it_says(evidence: Evidence) -> None:
    belief = decide(evidence)
    assert 0 <= belief.confidence <= 1
    assert (belief.confidence > 0) == (belief.state in (PRESENT, ABSENT))
    if belief.state == PRESENT:
        assert belief.expires_at is not None
    if belief.expires_at is None:
        assert decide(evidence, NOW + timedelta(days=30)).state == belief.state
    else:
        assert belief.expires_at > NOW
        assert decide(evidence, belief.expires_at - timedelta(seconds=1)).state == belief.state


@given(_evidence(), st.lists(st.integers(0, 2000), min_size=2, max_size=6))
def test_presence_grows_less_sure_while_nothing_renews_it(evidence: Evidence, minutes: list[int]) -> None:
    beliefs = [decide(evidence, NOW + each * MINUTE) for each in sorted(minutes)]
    sure = [each.confidence for each in beliefs if each.state == PRESENT]
    assert sure == sorted(sure, reverse=True)
