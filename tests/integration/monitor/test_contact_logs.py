"""Logs of phones: asked for with a code, received once, matched both ways, deleted within a day; only meetings stay."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from monitor.contacts.bluezone.asking import CodeNotGood, ask_for_log
from monitor.contacts.bluezone.identifiers import DAY_S, DailyKey, identifiers, slots
from monitor.contacts.bluezone.matching import delete_due, match_waiting
from monitor.contacts.bluezone.receiving import Sent, owner_of, receive
from monitor.database.database import Database
from monitor.models.accounts import AuditEntry
from monitor.models.contacts.cases import InfectionCase
from monitor.models.contacts.contacts import CaseContact, Certainty, ExposureSource, Proximity
from monitor.models.contacts.tracing import ContactLog, LogState
from monitor.problems import BadInput
from monitor.trail.actions import Action
from monitor.vault.vault import Vault, VaultProblem
from tests.worlds.small_zone import NOW
from tests.worlds.traced import Traced, at

OF_CASE, OF_CONTACT = bytes(range(32)), bytes(range(32, 64))
TODAY = int(NOW.timestamp()) // DAY_S * DAY_S
MET = 2 * 96 + 40
"""The quarter of an hour of their meeting, counted from three days ago."""


@pytest.fixture
def traced(both_databases: Database) -> Traced:
    return Traced(both_databases)


def key(secret: bytes) -> DailyKey:
    return DailyKey(secret, TODAY - 3 * DAY_S, int(NOW.timestamp()))


def log(of: bytes, heard: bytes, *, minutes: int = 25, off: int = 0, milliseconds: bool = True) -> bytes:
    """What the phone with one key wrote down of the other: a row each minute."""
    own, contact = identifiers(key(of))[MET].tobytes().hex(), identifiers(key(heard))
    begin, rows = int(slots(key(of))[MET]), []
    for minute in range(minutes):
        time = begin + 60 * minute
        met = contact[MET + minute // 15].tobytes().hex()
        rows.append(f"{own}\t{met}\t-60\t{(time + off) * (1000 if milliseconds else 1)}".upper())
    return "\n".join(rows).encode() + b"\n"


def asked(traced: Traced, contact: int | None = None) -> str:
    with traced.database.write() as session:
        case = session.get_one(InfectionCase, traced.case)
        return ask_for_log(session, case, contact, traced.staff, NOW)[1]


def send(traced: Traced, vault: Vault, code: str, content: bytes, secret: bytes | None, now: datetime = NOW) -> None:
    said = json.dumps({"daily_key": secret.hex(), "time_start": TODAY - 3 * DAY_S}) if secret else ""
    receive(traced.database, vault, Sent(code, said, now), [content], now)


def logs(traced: Traced) -> list[ContactLog]:
    with traced.database.read() as session:
        return list(session.scalars(select(ContactLog).order_by(ContactLog.id)))


def test_a_contacts_log_that_holds_the_cases_identifiers_makes_them_a_contact_with_estimated_minutes(
    traced: Traced, vault: Vault
) -> None:
    contact = traced.contact(traced.people[1])
    send(traced, vault, asked(traced), log(OF_CASE, bytes(32)), OF_CASE)
    send(traced, vault, asked(traced, contact), log(OF_CONTACT, OF_CASE), None)
    assert match_waiting(traced.database, vault, NOW) == 2
    (exposure,) = traced.exposures()
    assert (exposure.contact_id, exposure.source) == (contact, ExposureSource.BLUEZONE)
    assert (exposure.minutes, exposure.proximity, exposure.certainty) == (25, Proximity.SAME_PLACE, Certainty.POSSIBLE)
    assert exposure.certain_from is None
    assert exposure.figures["cycles"] == 5
    assert exposure.figures["best_dbm"] == -60
    assert exposure.figures["slot_beside"] is False


def test_the_cases_own_log_is_held_against_the_keys_of_others_whichever_came_first(traced: Traced, vault: Vault) -> None:
    contact = traced.contact(traced.people[1])
    send(traced, vault, asked(traced), log(OF_CASE, OF_CONTACT), None)
    match_waiting(traced.database, vault, NOW)
    assert traced.exposures() == []
    send(traced, vault, asked(traced, contact), log(OF_CONTACT, bytes(32)), OF_CONTACT)
    match_waiting(traced.database, vault, at(hours=1))
    (exposure,) = traced.exposures()
    assert exposure.contact_id == contact


def test_matching_twice_adds_nothing(traced: Traced, vault: Vault) -> None:
    contact = traced.contact(traced.people[1])
    send(traced, vault, asked(traced), log(OF_CASE, OF_CONTACT), OF_CASE)
    send(traced, vault, asked(traced, contact), log(OF_CONTACT, OF_CASE), OF_CONTACT)
    match_waiting(traced.database, vault, NOW)
    before = [each.key for each in traced.exposures()]
    with traced.database.write() as session:
        for each in session.scalars(select(ContactLog)):
            each.state = LogState.WAITING
    match_waiting(traced.database, vault, NOW)
    assert [each.key for each in traced.exposures()] == before
    assert len(before) == 1


def test_a_clock_that_is_ten_minutes_off_still_matches_and_is_marked(traced: Traced, vault: Vault) -> None:
    contact = traced.contact(traced.people[1])
    send(traced, vault, asked(traced), log(OF_CASE, bytes(32)), OF_CASE)
    send(traced, vault, asked(traced, contact), log(OF_CONTACT, OF_CASE, off=600), None)
    match_waiting(traced.database, vault, NOW)
    assert [each.figures["slot_beside"] for each in traced.exposures()] == [True]


def test_two_cases_become_contacts_of_each_other(traced: Traced, vault: Vault) -> None:
    other = traced.enter(traced.people[1])
    send(traced, vault, asked(traced), log(OF_CASE, bytes(32)), OF_CASE)
    with traced.database.write() as session:
        code = ask_for_log(session, session.get_one(InfectionCase, other), None, traced.staff, NOW)[1]
    send(traced, vault, code, log(OF_CONTACT, OF_CASE), OF_CONTACT)
    match_waiting(traced.database, vault, NOW)
    assert [len(traced.exposures(each)) for each in (traced.case, other)] == [1, 1]


def test_a_log_is_deleted_within_24_hours_of_matching_and_its_meetings_stay(traced: Traced, vault: Vault) -> None:
    contact = traced.contact(traced.people[1])
    send(traced, vault, asked(traced), log(OF_CASE, bytes(32)), OF_CASE)
    send(traced, vault, asked(traced, contact), log(OF_CONTACT, OF_CASE), None)
    match_waiting(traced.database, vault, NOW)
    match_waiting(traced.database, vault, at(hours=11))
    assert {each.state for each in logs(traced)} == {LogState.MATCHED}
    names = [each.file or "" for each in logs(traced)]
    match_waiting(traced.database, vault, at(hours=23))
    assert {(each.state, each.file, each.deleted_at) for each in logs(traced)} == {(LogState.DELETED, None, at(hours=23))}
    for each, name in zip(logs(traced), names, strict=True):
        with pytest.raises(VaultProblem):
            vault.get(owner_of(each.id), name)
    assert len(traced.exposures()) == 1
    # The case's key is kept for as long as a rule looks back, and goes then.
    assert [bool(each.key) for each in logs(traced)] == [True, False]
    delete_due(traced.database, vault, at(22))
    assert [bool(each.key) for each in logs(traced)] == [False, False]


def test_a_log_that_cannot_be_matched_goes_after_a_day_all_the_same(traced: Traced, vault: Vault) -> None:
    send(traced, vault, asked(traced), log(OF_CASE, OF_CONTACT), OF_CASE)
    (row,) = logs(traced)
    vault.destroy(owner_of(row.id))
    assert match_waiting(traced.database, vault, NOW) == 0
    match_waiting(traced.database, vault, at(1, 1))
    assert [each.state for each in logs(traced)] == [LogState.DELETED]


@pytest.mark.parametrize("content", [b"not a log at all\n" * 60, b'{"base_id": "ab"}\n'], ids=["another file", "base inside"])
def test_of_a_refused_log_nothing_is_kept_and_the_code_is_good_as_before(
    traced: Traced, vault: Vault, content: bytes, tmp_path: Path
) -> None:
    code = asked(traced)
    with pytest.raises(BadInput):
        send(traced, vault, code, content, None)
    with pytest.raises(BadInput, match="clock of this phone is wrong by 24"):
        receive(traced.database, vault, Sent(code, "", at(1)), [log(OF_CASE, OF_CONTACT)], NOW)
    assert [(each.state, each.file, each.rows) for each in logs(traced)] == [(LogState.ASKED, None, 0)]
    assert [each for each in (tmp_path / "vault").rglob("*") if each.is_file() and "files" in each.parts] == []
    send(traced, vault, code, log(OF_CASE, OF_CONTACT), None)


def test_a_code_is_good_once_for_three_days_and_typed_in_any_dress(traced: Traced, vault: Vault) -> None:
    code = asked(traced)
    send(traced, vault, f" {code.lower().replace('-', ' ')} ", log(OF_CASE, OF_CONTACT), None)
    for wrong in (code, "0" * 10, "", "nonsense"):
        with pytest.raises(CodeNotGood):
            send(traced, vault, wrong, log(OF_CASE, OF_CONTACT), None)
    late = asked(traced)
    with pytest.raises(CodeNotGood):
        send(traced, vault, late, log(OF_CASE, OF_CONTACT), None, NOW + timedelta(days=3))


def test_asking_and_receiving_stand_in_the_trail(traced: Traced, vault: Vault) -> None:
    send(traced, vault, asked(traced), log(OF_CASE, OF_CONTACT), OF_CASE)
    wanted = (Action.CONTACT_LOG_ASKED, Action.CONTACT_LOG_RECEIVED)
    with traced.database.read() as session:
        entries = session.scalars(select(AuditEntry).where(AuditEntry.action.in_(wanted)).order_by(AuditEntry.id)).all()
    assert [(each.action, each.account_id, each.resident_id) for each in entries] == [
        (Action.CONTACT_LOG_ASKED, traced.staff, traced.people[0]),
        (Action.CONTACT_LOG_RECEIVED, None, traced.people[0]),
    ]


def test_a_contact_of_another_case_cannot_be_asked_in_this_ones_name(traced: Traced) -> None:
    contact = traced.contact(traced.people[2])
    other = traced.enter(traced.people[1])
    with traced.database.write() as session, pytest.raises(BadInput, match="Choose a contact of this person"):
        ask_for_log(session, session.get_one(InfectionCase, other), contact, traced.staff, NOW)
    with traced.database.read() as session:
        assert session.get_one(CaseContact, contact).case_id == traced.case


def test_iphones_seconds_are_read_as_the_same_times(traced: Traced, vault: Vault) -> None:
    contact = traced.contact(traced.people[1])
    send(traced, vault, asked(traced), log(OF_CASE, bytes(32)), OF_CASE)
    send(traced, vault, asked(traced, contact), log(OF_CONTACT, OF_CASE, milliseconds=False), None)
    match_waiting(traced.database, vault, NOW)
    (exposure,) = traced.exposures()
    assert exposure.possible_from == datetime.fromtimestamp(int(slots(key(OF_CASE))[MET]), UTC)
    assert [each.system for each in logs(traced)] == ["android", "iphone"]
