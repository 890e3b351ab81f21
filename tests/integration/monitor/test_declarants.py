"""People of the public are found by code, number and telephone; a code is a key that a newer one replaces."""

from __future__ import annotations

from datetime import timedelta

import pytest

from monitor.database.database import Database
from monitor.declarations.codes import CodeReplaced, CodeUnknown, new_code
from monitor.declarations.standing import in_force_by, in_force_of, replace_code, who_of_code, who_of_number, who_of_phone
from monitor.models.declarations import Declarant, DeclarationState, Signs
from tests.worlds.declared import add_declarant, add_declaration
from tests.worlds.small_zone import NOW


def test_a_code_leads_to_its_person_until_a_newer_one_does(both_databases: Database) -> None:
    person = add_declarant(both_databases)
    with both_databases.read() as session:
        first = session.get_one(Declarant, person).code
        assert who_of_code(session, f"https://khaibao.vn/c#{first}").id == person
        with pytest.raises(CodeUnknown):
            who_of_code(session, new_code())
        with pytest.raises(CodeUnknown):
            who_of_code(session, "no code at all")
    with both_databases.write() as session:
        second = replace_code(session, session.get_one(Declarant, person), NOW)
    assert second != first
    with both_databases.read() as session:
        assert who_of_code(session, second).id == person
        with pytest.raises(CodeReplaced):
            who_of_code(session, first)


def test_two_who_replace_a_code_at_once_make_one(both_databases: Database) -> None:
    person = add_declarant(both_databases)
    with both_databases.read() as session:
        seen_by_both = session.get_one(Declarant, person)
    with both_databases.write() as session:
        session.add(seen_by_both)
        first = replace_code(session, seen_by_both, NOW)
    with both_databases.write() as session:
        assert session.get_one(Declarant, person).code == first


def test_the_database_alone_tells_neither_code_nor_number(both_databases: Database) -> None:
    person = add_declarant(both_databases, document_number="079085001234", phone="+84901234567")
    with both_databases.read() as session:
        code = session.get_one(Declarant, person).code
    with both_databases.engine.connect() as connection:
        stored = str(connection.exec_driver_sql("SELECT * FROM declarant").all())
    assert not any(each in stored for each in (code, "079085001234", "901234567"))


def test_people_are_found_by_what_they_gave(both_databases: Database) -> None:
    mother = add_declarant(both_databases, document_number="079185001234", phone="+84901234567")
    child = add_declarant(both_databases, "Trần Minh", insurance_number="TE1740123456789", phone="+84901234567")
    again = add_declarant(both_databases, document_number="079185001234")
    nobody = add_declarant(both_databases)
    with both_databases.read() as session:
        assert [each.id for each in who_of_number(session, "079185001234")] == [again, mother]
        assert [each.id for each in who_of_number(session, "TE1740123456789")] == [child]
        assert [each.id for each in who_of_phone(session, "+84901234567")] == [child, mother]
        # Who gave nothing is found by nothing.
        assert who_of_number(session, "") == who_of_phone(session, "") == []
    assert nobody


def test_what_is_in_force_is_told_of_one_and_of_many(both_databases: Database) -> None:
    one, twice, none, waits = (add_declarant(both_databases, name) for name in ("An", "Bình", "Chi", "Dũng"))
    first = add_declaration(both_databases, one, made_at=NOW - timedelta(days=2))
    add_declaration(both_databases, twice, made_at=NOW - timedelta(days=2))
    second = add_declaration(both_databases, twice, made_at=NOW - timedelta(days=1), signs=Signs.SYMPTOM)
    add_declaration(both_databases, waits, state=DeclarationState.WAITING)
    with both_databases.read() as session:
        held = in_force_by(session, [one, twice, none, waits], NOW)
        assert {person: each.declaration_id for person, each in held.items()} == {one: first, twice: second}
        assert held[twice].signs is Signs.SYMPTOM
        found = in_force_of(session, [one, none], NOW)
        assert found is not None
        assert (found.declaration_id, found.until) == (first, NOW + timedelta(days=5))
        assert in_force_of(session, [one], NOW + timedelta(days=5)) is None
        assert in_force_of(session, [], NOW) is None
