"""Killing any process loses no prompt and no answer; stopping is clean, and the second start takes up the same data."""

from __future__ import annotations

import json
import re
import signal
import time
from collections import Counter

import httpx
import psutil
import pytest

from tests.doubles.waiting import at_best
from tests.processes.demonstration import Demonstration, start

pytestmark = pytest.mark.demonstration

WHOLE_AGAIN_SECONDS = 15.0


def sent_messages(demonstration: Demonstration) -> list[dict[str, str]]:
    """What the gateway took, from its own journal."""
    lines = (demonstration.folder / "data/telephone.jsonl").read_text().splitlines()
    return [each for each in map(json.loads, lines) if "text" in each]


@pytest.mark.parametrize("name", ["web-1", "schedule-1", "work-1", "watch-1", "telephone-1", "cameras-1"])
def test_a_killed_process_loses_nothing_and_the_service_is_whole_again_in_time(demonstration: Demonstration, name: str) -> None:
    kind = name.split("-")[0]

    def killed() -> float:
        """How long until the service was whole again."""
        demonstration.until(f"{name} runs", lambda: name in demonstration.children())
        victim = demonstration.children()[name]
        answers = {row[0] for row in demonstration.rows("SELECT id FROM answer")}
        victim.send_signal(signal.SIGKILL)
        took = demonstration.until(f"whole again after {name} was killed", lambda: whole_without(victim))
        assert answers <= {row[0] for row in demonstration.rows("SELECT id FROM answer")}
        return took

    def whole_without(victim: psutil.Process) -> bool:
        successor = demonstration.children().get(name)
        if successor is None or successor.pid == victim.pid:
            return False
        if kind in ("schedule", "work", "watch"):
            ((beat,),) = demonstration.rows("SELECT count(*) FROM process_beat WHERE name = ? AND pid = ?", name, successor.pid)
            if not beat:
                return False
        if kind == "telephone":
            try:
                httpx.get(demonstration.telephone, timeout=10)
            except httpx.HTTPError:
                return False
        return demonstration.health()[0] == 200

    at_best(WHOLE_AGAIN_SECONDS, killed, tries=3)


def test_after_all_kills_every_prompt_went_out_once_and_every_acknowledged_answer_is_kept(demonstration: Demonstration) -> None:
    demonstration.until(
        "all prompts handed over",
        lambda: demonstration.rows("SELECT count(*) FROM prompt WHERE state IN ('queued', 'leased')") == [(0,)],
    )
    prompts = {row[0] for row in demonstration.rows("SELECT reference FROM prompt WHERE sent_at IS NOT NULL")}
    sent = Counter(message["reference"] for message in sent_messages(demonstration))
    assert max(sent.values()) == 1
    assert prompts <= set(sent)
    answered = (demonstration.folder / "data/logs/telephone-1.log").read_text()
    acknowledged = len(re.findall(r": 201$", answered, re.MULTILINE))
    assert acknowledged > 0
    assert demonstration.rows("SELECT count(*) FROM answer")[0][0] >= acknowledged
    # Each answer of the page has its picture; whoever has no smartphone answers by text and sends none.
    assert demonstration.rows("SELECT count(*) FROM answer WHERE (media_id IS NULL) = (channel = 'web')") == [(0,)]


def test_ctrl_c_stops_all_and_the_second_start_takes_up_the_same_data(demonstration: Demonstration) -> None:
    """The last of all, since it ends what the others look at."""
    first, folder = demonstration, demonstration.folder
    family = [psutil.Process(first.process.pid), *psutil.Process(first.process.pid).children(recursive=True)]
    first.stop()
    assert first.process.returncode == 0
    assert not [each for each in family if each.is_running() and each.status() != psutil.STATUS_ZOMBIE]
    residents = first.rows("SELECT id, full_name FROM resident")
    rounds = first.rows("SELECT count(*) FROM roll_call")[0][0]

    def again() -> float:
        """How long the start took."""
        began = time.monotonic()
        second = start(folder, ports=first.ports)
        try:
            took = time.monotonic() - began
            assert second.passwords == {}
            assert second.rows("SELECT id, full_name FROM resident") == residents
            assert second.rows("SELECT count(*) FROM roll_call")[0][0] >= rounds > 0
        finally:
            second.stop()
        return took

    # A busy machine is slower at both; the second start has less to do.
    at_best(max(20, first.start_seconds), again, tries=3)
    third = start(folder, "--fresh", ports=first.ports)
    try:
        assert set(third.passwords) == {"dieuduong", "giamsat", "quantri", "kiemtoan"}
        assert third.passwords != first.passwords
    finally:
        third.stop()
