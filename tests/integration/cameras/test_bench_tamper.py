"""`quarantine bench tamper` on real H.264: what happened is found by its name, and what did not happen is not."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from click.testing import CliRunner

from cameras.benchmarks.tamper import Outcome, Period, bench_tamper, judge_clip, summary, watch
from cameras.benchmarks.tampering import Clip, still, tampered_clips, untouched_clips
from monitor.vision.integrity.integrity import IntegrityState

COVERED, MOVED, FROZEN = IntegrityState.COVERED, IntegrityState.MOVED, IntegrityState.FROZEN
NEVER = float("inf")


def test_tampering_is_found_by_its_name_and_the_last_line_is_the_result() -> None:
    run = CliRunner().invoke(bench_tamper, ["--minutes", "0", "--kind", "dark", "--kind", "moved"], catch_exceptions=False)
    assert run.exit_code == 0
    result = json.loads(run.output.splitlines()[-1])
    assert (result["found"], result["kinds"], result["false_alarms"]) == (2, 2, 0)
    assert 0 < result["delay_worst_s"] <= 10
    assert 0 < result["end_delay_worst_s"] <= 10
    assert result["per_kind"].keys() == {"moved", "dark"}
    assert all(each["found"] for each in result["per_kind"].values())
    assert len(run.output.splitlines()) == 4


def test_an_unknown_kind_is_refused() -> None:
    assert CliRunner().invoke(bench_tamper, ["--kind", "stolen"]).exit_code == 2


@pytest.mark.parametrize("name", ["quiet", "people walk under a clock", "turned to presets"])
def test_where_nothing_happens_nothing_is_said(name: str) -> None:
    clip = next(clip for clip in untouched_clips(3) if clip.name == name)
    periods, _milliseconds = watch(replace(clip, keyframes_only=True))
    assert not periods


def test_packets_that_are_sent_again_are_found() -> None:
    clip = next(clip for clip in tampered_clips() if clip.resent)
    outcome = judge_clip(replace(clip, keyframes_only=True), *watch(replace(clip, keyframes_only=True)))
    assert outcome.delay is not None
    assert outcome.delay <= 10
    assert not outcome.false_alarms


def test_a_wrong_name_another_time_and_a_state_that_does_not_end_are_told() -> None:
    clip = Clip("a cloth", COVERED, still, begins=20, ends=40)
    right, early = Period(COVERED, 24, 44, 22), Period(COVERED, 4, 8, 2)
    wrong, lasting = Period(MOVED, 26, 30, 22), Period(COVERED, 24, NEVER, 22)
    assert judge_clip(clip, [right]) == Outcome(clip, 4, 4, (), 0.0)
    assert judge_clip(clip, [early, right, wrong]) == Outcome(clip, 4, 4, (early, wrong), 0.0)
    assert judge_clip(clip, [lasting]) == Outcome(clip, 4, None, (), 0.0)
    assert judge_clip(clip, [wrong]) == Outcome(clip, None, None, (wrong,), 0.0)
    nothing = Clip("quiet", None, still)
    assert judge_clip(nothing, [right]) == Outcome(nothing, None, None, (right,), 0.0)


def test_a_kind_counts_when_each_of_its_clips_was_found_in_time() -> None:
    covered, frozen, quiet = Clip("a", COVERED, still), Clip("b", FROZEN, still), Clip("c", None, still, seconds=90)
    result = summary(
        [
            Outcome(covered, 4.0, 4.0, (), 0.2),
            Outcome(covered, 12.0, 2.0, (), 0.3),
            Outcome(frozen, 8.0, None, (), 0.2),
            Outcome(quiet, None, None, (Period(MOVED, 1, 2, 1),), 0.2),
        ]
    )
    assert (result["found"], result["kinds"], result["false_alarms"], result["delay_worst_s"]) == (1, 2, 1, 12.0)
    assert result["per_kind"]["covered"] == {"found": False, "delay_s": 12.0, "end_delay_s": 4.0, "clips": 2}
    assert result["per_kind"]["frozen"]["end_delay_s"] is None
    assert result["untouched_minutes"] == 1.5
    missed = summary([Outcome(covered, None, None, (), 0.2)])
    assert (missed["found"], missed["delay_worst_s"]) == (0, None)
