"""A message to many: it reaches each number once, keeps the rules of sending, and comes back as far as it has not left."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select, update

from monitor.database.database import Database
from monitor.models.rollcalls.prompts import Prompt, PromptKind, PromptState
from rollcall.followup.taking_back import HELD_BACK
from rollcall.plans.schedule import Quiet
from rollcall.prompts.may_leave import Candidate, Hold, Leave, Refuse, judge
from tests.worlds.due_round import minutes
from tests.worlds.queue import Queue


@pytest.fixture
def queue(both_databases: Database, tmp_path: Path) -> Iterator[Queue]:
    made = Queue(both_databases, tmp_path, sms_gateway_url="http://127.0.0.1:1/")
    yield made
    made.app.extensions["live"].close()


def notices(queue: Queue) -> list[Prompt]:
    with queue.database.read() as session:
        return list(session.scalars(select(Prompt).where(Prompt.kind == PromptKind.NOTICE).order_by(Prompt.id)))


def test_chosen_people_get_it_once_and_what_has_not_left_is_taken_back(queue: Queue) -> None:
    address = f"/zones/{queue.zone}/texts/many"
    form = {"vietnamese": "Mai lấy mẫu lúc 8 giờ.", "english": "", "reason": "Lịch lấy mẫu"}
    assert queue.chi.post(address, data=form).status_code == 422
    assert queue.chi.post(address, data={**form, "everybody": "yes", "vietnamese": " "}).status_code == 422
    page = queue.chi.post(address, data={**form, "everybody": "yes"}).text
    people = re.findall(r'name="person" value="(\d+)"', page)
    assert sorted(map(int, people)) == sorted(queue.people)
    sent = queue.chi.post(f"{address}/send", data={**form, "person": people[:3]})
    assert sent.status_code == 303
    first, *others = notices(queue)
    assert len(others) == 2
    assert first.next_attempt_at == queue.at + HELD_BACK
    with queue.database.write() as session:
        session.execute(update(Prompt).where(Prompt.id == first.id).values(state=PromptState.SENT, handed_at=queue.at))
    assert queue.dao.post(f"{sent.location}/undo").status_code == 303
    assert [each.state for each in notices(queue)] == [PromptState.SENT, PromptState.FAILED, PromptState.FAILED]
    assert queue.dao.post(f"{sent.location}/undo").status_code == 409, "what has left is not taken back"
    assert queue.client("xa", zones=[]).get(sent.location).status_code == 404


@pytest.mark.parametrize(
    ("used", "stopped", "at", "becomes"),
    [(0, False, 60, Leave), (9, False, 60, Refuse), (0, True, 60, Refuse), (0, False, 60 * 14, Hold)],
)
def test_it_keeps_the_rules_of_sending(used: int, stopped: bool, at: float, becomes: type) -> None:
    quiet = Quiet.parse("21:00", "07:00", "Asia/Ho_Chi_Minh", ())
    candidate = Candidate(
        resident_id=1,
        kind=PromptKind.NOTICE,
        channel="sms",
        created_at=minutes(0),
        awaited=False,
        quiet=quiet,
        channel_set_up=True,
        address="+84900000001",
        texts_stopped=stopped,
    )
    assert isinstance(judge(candidate, used, minutes(at), 6), becomes)
