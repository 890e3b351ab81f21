"""Closed questions are drawn, looked at again by somebody else without names, and what two think differently both can read."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from monitor.database.database import Database
from monitor.models.rollcalls.answers import ReviewDecision, SecondLook
from monitor.models.rollcalls.rounds import CheckInState
from rollcall.followup.second_looks import draw
from rollcall.followup.taking_back import TIME_TO_UNDO
from tests.worlds.queue import Queue


@pytest.fixture
def queue(both_databases: Database, tmp_path: Path) -> Iterator[Queue]:
    made = Queue(both_databases, tmp_path)
    yield made
    made.app.extensions["live"].close()


def decide_all(queue: Queue) -> None:
    while (mine := queue.next(queue.chi)) is not None and queue.chi.get(f"/review/{mine}").status_code == 200:
        queue.at += timedelta(seconds=7)
        assert queue.decide(queue.chi, mine, "excuse", "", text="An nằm viện").status_code == 303


def test_a_share_is_looked_at_again_by_another_and_changes_nothing(queue: Queue) -> None:
    assert queue.client("xa", zones=[queue.zone]).post("/reviewers/share", data={"percent": "50"}).status_code == 403
    assert queue.chi.post("/reviewers/share", data={"percent": "101"}).status_code == 422
    assert queue.chi.post("/reviewers/share", data={"percent": "100"}).status_code == 303
    decide_all(queue)
    assert draw(queue.database, queue.at) < 4, "what can still be taken back is not drawn"
    queue.at += TIME_TO_UNDO + timedelta(seconds=1)
    draw(queue.database, queue.at)
    assert draw(queue.database, queue.at) == 0
    with queue.database.read() as session:
        looks = session.scalars(select(SecondLook.id).order_by(SecondLook.id)).all()
        assert set(session.scalars(select(ReviewDecision.drawn))) == {True}
    assert len(looks) == 4
    first = looks[0]
    assert queue.chi.get("/review").status_code == 200, "nobody looks at their own"
    assert queue.dao.get("/review").location == f"/second-looks/{first}"
    elsewhere = queue.client("huong", zones=[])
    page = elsewhere.get(f"/second-looks/{first}").text
    assert "An nằm viện" not in page
    assert "shown without names" in page
    assert queue.client("cung", zones=[queue.zone]).get(f"/second-looks/{first}").status_code == 404, (
        "the same unit comes later"
    )
    assert queue.chi.post(f"/second-looks/{first}", data={"agrees": "yes"}).status_code == 403
    assert queue.dao.post(f"/second-looks/{first}", data={"agrees": "no"}).status_code == 422
    before = queue.states()
    assert queue.dao.post(f"/second-looks/{first}", data={"agrees": "no", "note": "Nên gọi trước."}).status_code == 303
    assert queue.dao.post(f"/second-looks/{first}", data={"agrees": "yes"}).status_code == 409
    assert elsewhere.post(f"/second-looks/{first}", data={"agrees": "yes"}).status_code == 404
    assert queue.states() == before
    assert set(before.values()) == {CheckInState.EXCUSED}
    for one in (queue.chi, queue.dao):
        assert "Nên gọi trước." in one.get("/reviewers").text
        assert "Nên gọi trước." in one.get(f"/second-looks/{first}").text
    assert "Nên gọi trước." not in elsewhere.get("/reviewers").text


def test_the_pace_of_each_is_told_by_name(queue: Queue) -> None:
    decide_all(queue)
    page = queue.dao.get("/reviewers").text
    assert "(4 decisions)" in page
    assert "7 s" in page
    assert "too few to say (0)" in page
    assert "not a ranking" in page
    assert "(4 decisions)" not in queue.client("xa", zones=[]).get("/reviewers").text
