"""What a worker had claimed that was killed is free at once: by its name it is known that its process is no more."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from monitor.database.database import Database
from monitor.models.rollcalls.answers import Answer, Verification, VerificationState
from monitor.models.rollcalls.prompts import Prompt, PromptState
from rollcall.prompts.left_behind import free_claims_of_the_dead, gone_among, worker_name
from rollcall.rounds.opening import open_due_rounds
from tests.worlds.due_round import check_in_of, minutes, world
from tests.worlds.small_zone import NOW


@pytest.mark.parametrize(
    ("name", "gone"),
    [
        ("here-work-1-77-0a1b2c", True),
        ("here-work-1-77-0a1b2c-12", True),
        ("here-work-12-42-0a1b2c-3", False),
        ("there-work-1-77-0a1b2c-1", False),
        ("over-here-work-1-77-0a1b2c", False),
        # Not one of ours: an older version's, or a test's.
        ("here-work-1", False),
        ("w-1", False),
        ("", False),
    ],
)
def test_whose_process_is_no_more_is_known_by_the_name(name: str, gone: bool) -> None:
    assert (name in gone_among([name], "here", {42})) is gone


def test_a_machine_with_hyphens_is_told_apart_from_another(both_databases: Database) -> None:
    assert gone_among(["a-b-work-1-77-0a1b2c-1"], "a-b", set()) == {"a-b-work-1-77-0a1b2c-1"}
    assert gone_among(["a-b-work-1-77-0a1b2c-1"], "a", set()) == set()


def test_claims_of_the_dead_are_due_at_once_and_those_of_the_living_are_left_alone(both_databases: Database) -> None:
    database = both_databases
    _, (dead, living, elsewhere) = world(database, "An", "Bình", "Cúc")
    open_due_rounds(database, NOW)
    was = subprocess.Popen([sys.executable, "-c", ""])
    was.wait()
    name = worker_name("work-1")
    names = {
        dead: name.replace(f"-{os.getpid()}-", f"-{was.pid}-") + "-4",
        living: f"{name}-4",
        elsewhere: "another-work-1-1-0a1b2c-1",
    }
    later = NOW + timedelta(seconds=15)
    with database.write() as session:
        for resident, worker in names.items():
            leased = {"state": PromptState.LEASED, "leased_by": worker, "next_attempt_at": later}
            session.execute(update(Prompt).where(Prompt.resident_id == resident).values(**leased))
        check_in = check_in_of(database, dead)
        answer = Answer(check_in_id=check_in.id, resident_id=dead, zone_id=check_in.zone_id, received_at=NOW)
        session.add(answer)
        session.flush()
        session.add(
            Verification(
                answer_id=answer.id,
                check_in_id=check_in.id,
                resident_id=dead,
                zone_id=check_in.zone_id,
                state=VerificationState.LEASED,
                leased_by=names[dead],
                next_attempt_at=later,
            )
        )
    assert free_claims_of_the_dead(database, minutes(0)) == 2
    with database.read() as session:
        rows = session.execute(select(Prompt.resident_id, Prompt.next_attempt_at))
        due = {row.resident_id: row.next_attempt_at for row in rows}
        assert due == {dead: NOW, living: later, elsewhere: later}
        assert session.scalars(select(Verification.next_attempt_at)).one() == NOW
    assert free_claims_of_the_dead(database, minutes(0)) == 0
