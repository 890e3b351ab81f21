"""Somebody whose order has ended while the round is still open is asked for nothing: by no page, text, call or list of staff."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select, update

from monitor.database.database import Database
from monitor.models.incidents import Incident, IncidentKind
from monitor.models.people.residents import QuarantineOrder, Resident
from monitor.models.rollcalls.answers import Answer
from monitor.models.rollcalls.inbound import InboundMessage
from monitor.models.rollcalls.plans import EvidenceLevel
from monitor.models.rollcalls.rounds import CheckInState
from monitor.vault.vault import Vault
from rollcall.answers.page import RoundClosed
from rollcall.answers.ward import Round, in_ward
from rollcall.people.links import make_household_link
from rollcall.rounds.opening import open_due_rounds
from tests.doubles import patient
from tests.doubles.phones import AN, Phones
from tests.worlds.due_round import SECRET, answer_by_link, check_in_of, jpeg, minutes, token_of, world
from tests.worlds.small_zone import NOW

ENDED, LATER = minutes(5), minutes(9)


class Released:
    """An's order ended four minutes ago, Bình's goes on; they share a phone, and no tick has come since."""

    def __init__(self, database: Database, vault: Vault, folder: Path, **plan: object) -> None:
        self.database, self.vault = database, vault
        self.zone, (self.an, self.binh) = world(database, "Nguyễn Thị An", "Trần Văn Bình", **plan)
        with database.write() as session:
            session.execute(update(Resident).values(phone=AN, language="en", without_smartphone=True))
        open_due_rounds(database, NOW)
        self.phones = Phones(database, vault, folder)
        self.phones.send()
        with database.write() as session:
            session.execute(update(QuarantineOrder).where(QuarantineOrder.resident_id == self.an).values(ends_at=ENDED))
        self.phones.now = LATER

    def get(self, path: str) -> httpx.Response:
        return patient.get(f"{self.phones.address}{path}", params={"lang": "en"})

    def answered(self) -> list[int]:
        with self.database.read() as session:
            return list(session.scalars(select(Answer.resident_id)))


@pytest.fixture
def make(both_databases: Database, vault: Vault, tmp_path: Path) -> Iterator[object]:
    made: list[Released] = []

    def released(**plan: object) -> Released:
        made.append(Released(both_databases, vault, tmp_path, **plan))
        return made[-1]

    yield released
    for each in made:
        each.phones.stop()


@pytest.fixture
def released(make) -> Released:  # type: ignore[no-untyped-def]
    return make(evidence=EvidenceLevel.FACE)  # type: ignore[no-any-return]


def test_the_page_says_that_no_answer_is_needed_and_takes_none(released: Released) -> None:
    link = f"/a/{token_of(released.database, released.an)}"
    shown = released.get(link)
    assert shown.status_code == 410
    assert "No answer is needed for this roll-call" in shown.text
    assert 'type="file"' not in shown.text
    assert released.get(f"{link}/state").status_code == 410
    sent = patient.post(f"{released.phones.address}{link}", data={"unwell": "no"}, files={"photo": jpeg()})
    assert sent.status_code == 410
    with pytest.raises(RoundClosed):
        answer_by_link(released.database, released.vault, released.an, jpeg(), now=LATER)
    assert released.answered() == []
    assert check_in_of(released.database, released.an).state == CheckInState.PROMPTED
    # Until the order ended, and from whom it still holds, a selfie is asked for.
    assert 'type="file"' in released.get(f"/a/{token_of(released.database, released.binh)}").text
    released.phones.now = ENDED - timedelta(seconds=1)
    assert 'type="file"' in released.get(link).text


def test_the_page_of_a_shared_phone_asks_for_the_others_only(released: Released) -> None:
    lead = check_in_of(released.database, check_in_of(released.database, released.an).resident_id)
    assert lead.lead_id == lead.id
    shown = released.get(make_household_link(SECRET, "", lead.id, lead.nonce)).text
    assert shown.count("Answer for ") == 1
    assert "Answer for Trần Văn Bình" in shown
    assert "No answer is needed for this roll-call" in shown


def test_a_text_answers_for_whom_an_order_holds_and_illness_is_heard_of_everybody(released: Released) -> None:
    released.phones.write("CO 1")
    with released.database.read() as session:
        outcome = session.scalars(select(InboundMessage.outcome)).one()
    assert outcome["template"] == "No answer was needed then."
    assert released.phones.send() == []
    released.phones.write("CO")
    assert released.answered() == [released.binh]
    (reply,) = released.phones.send()
    assert "Still waiting" not in reply
    assert check_in_of(released.database, released.an).state != CheckInState.VERIFIED
    released.phones.write("SOT 1")
    with released.database.read() as session:
        (incident,) = session.scalars(select(Incident)).all()
    assert (incident.kind, incident.resident_id) == (IncidentKind.UNWELL, released.an)


def test_nobody_is_asked_for_a_code_word_who_is_asked_for_nothing(make) -> None:  # type: ignore[no-untyped-def]
    released = make(evidence_by_text=EvidenceLevel.CODE_WORD, evidence=EvidenceLevel.FACE)
    with released.database.write() as session:
        session.execute(update(QuarantineOrder).values(ends_at=ENDED))
    released.phones.write("CO")
    assert released.phones.send() == []
    assert released.answered() == []


def test_a_call_says_that_no_answer_is_needed(make) -> None:  # type: ignore[no-untyped-def]
    released = make(channels=[["voice", 3]], ladder=[])
    with released.database.write() as session:
        session.execute(update(QuarantineOrder).values(ends_at=ENDED))
    (call,) = released.phones.voice.sent
    assert "No answer is needed any more" in released.phones.press(call.reference, "1")["say"]
    assert released.answered() == []


def test_the_list_of_staff_does_not_await_them(released: Released) -> None:
    with released.database.read() as session:
        before = in_ward(session, released.zone, ENDED - timedelta(seconds=1), Round())
        after = in_ward(session, released.zone, LATER, Round())
    assert [each.resident.id for each in before if each.awaited] == [released.an, released.binh]
    assert [each.resident.id for each in after] == [released.binh]
