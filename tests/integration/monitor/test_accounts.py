"""Accounts on both databases: invitations that are good once, codes that are used up, and the last administrator, who stays."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pyotp
import pytest
from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from monitor.accounts import factors, managing
from monitor.accounts.accounts import SignInRefused, add_account, count_wrong, set_pin, sign_in
from monitor.accounts.factors import Judged
from monitor.accounts.invitations import GOOD_FOR, InvitationRefused, accept, invite, invite_first, look, reset
from monitor.accounts.second_step import awaited, show_code
from monitor.accounts.sessions import (
    FACTOR_WITHIN,
    MOST_PINS,
    Must,
    PinRefused,
    SessionEnded,
    end_session,
    number_of,
    reader_of,
    sessions_of,
    standing_of,
    unlock,
)
from monitor.database.database import Database
from monitor.models.accounts import Account, AccountZone, AuditEntry, Invitation, RecoveryCode, Role, SignInSession
from monitor.problems import BadInput, Conflict, NotFound
from monitor.trail.actions import Action
from tests.worlds.small_zone import NOW, add_zone

PASSWORD = "đúng là mật khẩu"
MINUTE = timedelta(minutes=1)


def add(database: Database, name: str, role: Role = Role.ADMINISTRATOR, zones: list[int] | None = None) -> int:
    with database.write() as session:
        return add_account(session, name, PASSWORD, role, zones=zones, now=NOW).id


def side_by_side(*works: Callable[[], object]) -> list[object]:
    """Begin at the same moment; what each returned or raised."""
    ready = Barrier(len(works))

    def run(work: Callable[[], object]) -> object:
        ready.wait()
        try:
            return work()
        except (Conflict, InvitationRefused) as problem:
            return problem

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(run, works))


def actions(database: Database) -> list[str]:
    with database.read() as session:
        return list(session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))


def test_an_invitation_is_good_once_and_leads_to_the_account_that_was_meant(both_databases: Database) -> None:
    zone, _ = add_zone(both_databases)
    admin = add(both_databases, "qt")
    with both_databases.write() as session:
        handed = invite(session, " Lan ", Role.STAFF, zones=[zone], language="vi", by=admin, now=NOW)
    with both_databases.read() as session:
        assert look(session, handed.code.lower().replace("-", " "), now=NOW).username == "lan"
        stored = session.scalars(select(Invitation)).one()
        assert handed.code.replace("-", "") not in stored.code_hash
    with both_databases.write() as session:
        # Nobody signs in to it before, with no password at all neither.
        assert isinstance(sign_in(session, "lan", "", now=NOW), SignInRefused)
        with pytest.raises(BadInput):
            accept(session, handed.code, "kurz", now=NOW)
        assert accept(session, handed.code, PASSWORD, now=NOW + MINUTE) == "lan"
        with pytest.raises(InvitationRefused, match="used already"):
            accept(session, handed.code, PASSWORD, now=NOW + MINUTE)
        token = sign_in(session, "lan", PASSWORD, now=NOW + MINUTE)
        assert isinstance(token, str)
        reader = reader_of(session, token, now=NOW + MINUTE)
    assert reader is not None
    assert (reader.role, reader.zones) == (Role.STAFF, {zone})
    assert [each for each in actions(both_databases) if each != Action.SIGN_IN_REFUSED] == [
        Action.ACCOUNT_ADDED,
        Action.ACCOUNT_INVITED,
        Action.INVITATION_USED,
        Action.SIGNED_IN,
    ]


def test_a_link_that_two_open_at_once_is_used_by_one(both_databases: Database) -> None:
    with both_databases.write() as session:
        code = invite(session, "lan", Role.STAFF, zones=None, language="vi", by=None, now=NOW).code

    def use(password: str) -> object:
        with both_databases.write() as session:
            return accept(session, code, password, now=NOW)

    one, other = side_by_side(lambda: use("mật khẩu thứ nhất"), lambda: use("mật khẩu thứ hai"))
    assert {type(one), type(other)} == {str, InvitationRefused}
    with both_databases.write() as session:
        right = "mật khẩu thứ nhất" if isinstance(one, str) else "mật khẩu thứ hai"
        assert isinstance(sign_in(session, "lan", right, now=NOW), str)


def test_an_invitation_that_expired_was_replaced_or_never_made_says_what_to_do(both_databases: Database) -> None:
    with both_databases.write() as session:
        first = invite(session, "lan", Role.STAFF, zones=None, language="vi", by=None, now=NOW)
        with pytest.raises(InvitationRefused, match=r"expired.*Ask an administrator"):
            look(session, first.code, now=NOW + GOOD_FOR)
        account = session.scalars(select(Account)).one()
        second = reset(session, account, clears_factors=False, by=None, now=NOW)
        for code in (first.code, "AAAA-BBBB", "", "%", first.code[:-1]):
            with pytest.raises(InvitationRefused, match="no such invitation"):
                look(session, code, now=NOW)
        assert look(session, second.code, now=NOW).username == "lan"
        managing.close_account(session, account, by=None, now=NOW)
        with pytest.raises(InvitationRefused):
            look(session, second.code, now=NOW)


def test_a_reset_ends_sessions_at_once_and_the_password_and_factors_when_it_is_used(both_databases: Database) -> None:
    add(both_databases, "lan")
    with both_databases.write() as session:
        account = session.scalars(select(Account)).one()
        token = str(sign_in(session, "lan", PASSWORD, now=NOW))
        account.totp_secret = pyotp.random_base32()
        factors.make_recovery_codes(session, account.id, now=NOW)
        handed = reset(session, account, clears_factors=True, by=account.id, now=NOW)
        assert reader_of(session, token, now=NOW) is None
    with both_databases.write() as session:
        accept(session, handed.code, "một mật khẩu khác", now=NOW)
        assert isinstance(sign_in(session, "lan", PASSWORD, now=NOW), SignInRefused)
        fresh = sign_in(session, "lan", "một mật khẩu khác", now=NOW)
        assert isinstance(fresh, str)
        assert reader_of(session, fresh, now=NOW) is not None
        assert session.scalars(select(RecoveryCode)).all() == []


def test_the_first_administrator_is_made_with_a_code_and_only_the_newest_and_only_the_first(both_databases: Database) -> None:
    with both_databases.write() as session:
        old, new = invite_first(session, now=NOW), invite_first(session, now=NOW)
        assert old is not None
        assert new is not None
        with pytest.raises(InvitationRefused):
            look(session, old.code, now=NOW)
        assert look(session, new.code, now=NOW).username is None
        assert accept(session, new.code, PASSWORD, username="Quantri", language="en", now=NOW) == "quantri"
        account = session.scalars(select(Account)).one()
        assert (account.role, account.all_zones, account.language) == (Role.ADMINISTRATOR, True, "en")
        assert invite_first(session, now=NOW) is None


@pytest.mark.parametrize("how", ["demoted", "limited", "closed"])
def test_the_last_administrator_stays(both_databases: Database, how: str) -> None:
    zone, _ = add_zone(both_databases)
    last = add(both_databases, "qt")
    # None of these could take over: not for every zone, no administrator, never signed in, closed.
    add(both_databases, "khu", zones=[zone])
    add(both_databases, "giamsat", Role.SUPERVISOR)
    gone = add(both_databases, "cu")
    with both_databases.write() as session:
        invite(session, "moi", Role.ADMINISTRATOR, zones=None, language="vi", by=None, now=NOW)
        session.execute(update(Account).where(Account.id == gone).values(active=False))
    with both_databases.write() as session, pytest.raises(Conflict, match="last administrator"):
        end(session, last, how, zone)
    second = add(both_databases, "hai")
    with both_databases.write() as session:
        end(session, last, how, zone)
    with both_databases.write() as session, pytest.raises(Conflict, match="last administrator"):
        end(session, second, how, zone)


def end(session: Session, account_id: int, how: str, zone: int) -> None:
    account = session.get_one(Account, account_id)
    if how == "closed":
        managing.close_account(session, account, by=None, now=NOW)
    else:
        role = Role.STAFF if how == "demoted" else Role.ADMINISTRATOR
        managing.change_access(session, account, role, zones=None if how == "demoted" else [zone], by=None, now=NOW)


def test_two_administrators_who_demote_each_other_at_once_leave_one(both_databases: Database) -> None:
    one, other = add(both_databases, "mot"), add(both_databases, "hai")

    def demote(account_id: int) -> object:
        with both_databases.write() as session:
            end(session, account_id, "demoted", 0)
        return "done"

    outcomes = side_by_side(lambda: demote(one), lambda: demote(other))
    assert {type(each) for each in outcomes} == {str, Conflict}
    with both_databases.read() as session:
        assert list(session.scalars(select(Account.role).where(Account.role == Role.ADMINISTRATOR))) == [Role.ADMINISTRATOR]


def test_role_and_zones_hold_at_once_in_sessions_that_are_open(both_databases: Database) -> None:
    zone, _ = add_zone(both_databases)
    other, _ = add_zone(both_databases, "Khu B")
    lan = add(both_databases, "lan", Role.STAFF, [zone])
    with both_databases.write() as session:
        token = str(sign_in(session, "lan", PASSWORD, now=NOW))
        account = session.get_one(Account, lan)
        managing.change_access(session, account, Role.SUPERVISOR, zones=[zone, other], by=None, now=NOW)
    with both_databases.read() as session:
        reader = reader_of(session, token, now=NOW)
        assert reader is not None
        assert (reader.role, reader.zones) == (Role.SUPERVISOR, {zone, other})
        # Who must have a second factor since then sets one up first.
        standing = standing_of(session, token, now=NOW, needing={Role.SUPERVISOR})
        assert standing is not None
        assert standing.must is Must.SET_UP_FACTOR
        assert set(session.scalars(select(AccountZone.zone_id).where(AccountZone.account_id == lan))) == {zone, other}


def with_totp(database: Database, name: str) -> tuple[int, str]:
    """An account with an authenticator app, and its secret."""
    account_id = add(database, name)
    with database.write() as session:
        factors.offer_totp(session, account_id)
        secret = session.get_one(Account, account_id).totp_pending
        assert secret is not None
        with pytest.raises(BadInput):
            factors.confirm_totp(session, account_id, "12345", now=NOW - MINUTE)
        factors.confirm_totp(session, account_id, pyotp.TOTP(secret).at(NOW - MINUTE), now=NOW - MINUTE)
    return account_id, secret


def test_the_secret_of_an_app_is_sealed_in_the_database(both_databases: Database) -> None:
    _account_id, secret = with_totp(both_databases, "lan")
    with both_databases.engine.connect() as connection:
        stored = connection.execute(text("SELECT totp_secret FROM account")).scalar_one()
    assert stored
    assert secret not in stored


def test_a_code_of_the_app_signs_in_once_also_where_two_show_it_at_once(both_databases: Database) -> None:
    _account_id, secret = with_totp(both_databases, "lan")
    code = pyotp.TOTP(secret).at(NOW)
    with both_databases.write() as session:
        tokens = [str(sign_in(session, "lan", PASSWORD, now=NOW)) for _ in range(2)]
        assert reader_of(session, tokens[0], now=NOW) is None

    def show(token: str) -> object:
        with both_databases.write() as session:
            return show_code(session, token, code, recovery=False, now=NOW)

    one, other = side_by_side(*(lambda token=token: show(token) for token in tokens))
    refused, opened = (one, other) if isinstance(one, SignInRefused) else (other, one)
    assert isinstance(refused, SignInRefused)
    assert "used already" in str(refused)
    with both_databases.read() as session:
        assert reader_of(session, str(opened), now=NOW) is not None
        # What the password alone had opened opens nothing, then or later.
        assert all(reader_of(session, token, now=NOW) is None for token in tokens)


def test_ten_recovery_codes_are_hashed_and_each_is_good_once(both_databases: Database) -> None:
    account_id, _secret = with_totp(both_databases, "lan")
    with both_databases.write() as session:
        codes = factors.make_recovery_codes(session, account_id, now=NOW)
        assert len(set(codes)) == 10
        stored = " ".join(session.scalars(select(RecoveryCode.code_hash)))
        assert all(code[2:7] not in stored for code in codes)
        assert factors.use_recovery_code(session, account_id, codes[3].lower(), now=NOW) is Judged.RIGHT
        assert factors.use_recovery_code(session, account_id, codes[3], now=NOW) is Judged.USED
        for wrong in ("", "3", "x", codes[3][:-1], f"4{codes[3][1:]}"):
            assert factors.use_recovery_code(session, account_id, wrong, now=NOW) is Judged.WRONG
        token = str(sign_in(session, "lan", PASSWORD, now=NOW))
        refused = show_code(session, token, codes[3], recovery=True, now=NOW)
        assert "used already" in str(refused)
        opened = show_code(session, token, codes[4], recovery=True, now=NOW)
        assert isinstance(opened, str)
        assert factors.recovery_codes_left(session, account_id) == 8
        factors.make_recovery_codes(session, account_id, now=NOW)
        assert factors.use_recovery_code(session, account_id, codes[5], now=NOW) is Judged.WRONG


def test_wrong_codes_lock_the_account_as_wrong_passwords_do(both_databases: Database) -> None:
    _account_id, secret = with_totp(both_databases, "lan")
    with both_databases.write() as session:
        token = str(sign_in(session, "lan", PASSWORD, now=NOW))
        for number in range(5):
            # The password, right each time, does not make the codes free again.
            token = str(sign_in(session, "lan", PASSWORD, now=NOW))
            assert isinstance(show_code(session, token, f"00000{number}", recovery=False, now=NOW), SignInRefused)
        right = pyotp.TOTP(secret).at(NOW)
        assert isinstance(show_code(session, token, right, recovery=False, now=NOW), SignInRefused)
        assert isinstance(sign_in(session, "lan", PASSWORD, now=NOW), SignInRefused)
    assert Action.ACCOUNT_LOCKED in actions(both_databases)


def test_the_second_factor_is_awaited_for_some_minutes(both_databases: Database) -> None:
    with_totp(both_databases, "lan")
    with both_databases.write() as session:
        token = str(sign_in(session, "lan", PASSWORD, now=NOW))
        who = awaited(session, token, now=NOW + FACTOR_WITHIN)
        assert who is not None
        assert (who.username, who.has_totp, who.passkeys, who.recovery_codes) == ("lan", True, (), 0)
        assert awaited(session, token, now=NOW + FACTOR_WITHIN + MINUTE) is None
        late = show_code(session, token, "123456", recovery=False, now=NOW + FACTOR_WITHIN + MINUTE)
        assert "Too much time" in str(late)


def test_who_needs_a_factor_keeps_the_last_one(both_databases: Database) -> None:
    account_id, _secret = with_totp(both_databases, "lan")
    with both_databases.write() as session, pytest.raises(Conflict, match="Add another one first"):
        factors.remove_totp(session, account_id, {Role.ADMINISTRATOR}, now=NOW)
    with both_databases.write() as session:
        factors.remove_totp(session, account_id, (), now=NOW)
        with pytest.raises(Conflict):
            factors.remove_totp(session, account_id, (), now=NOW)


def test_a_shared_tablet_locks_after_a_minute_and_five_wrong_pins_end_it(both_databases: Database) -> None:
    lan = add(both_databases, "lan", Role.STAFF)
    with both_databases.write() as session:
        token = str(sign_in(session, "lan", PASSWORD, now=NOW, shared=True, device="Tablet"))
        standing = standing_of(session, token, now=NOW)
        assert standing is not None
        assert standing.must is Must.SET_PIN
        set_pin(session, lan, "491827", now=NOW)
    later = NOW + MINUTE
    with both_databases.write() as session:
        assert reader_of(session, token, now=later - timedelta(seconds=1)) is not None
        assert reader_of(session, token, now=later) is None
        assert isinstance(unlock(session, token, "000000", now=later), PinRefused)
        assert unlock(session, token, "491827", now=later) is None
        assert reader_of(session, token, now=later) is not None
        for wrong in range(MOST_PINS):
            refused = unlock(session, token, f"00000{wrong}", now=later + MINUTE)
            assert isinstance(refused, SessionEnded if wrong == MOST_PINS - 1 else PinRefused)
        assert isinstance(unlock(session, token, "491827", now=later), SessionEnded)
        # The PIN opens no session by itself, and of no other kind.
        ordinary = str(sign_in(session, "lan", PASSWORD, now=later))
        assert isinstance(unlock(session, ordinary, "491827", now=later), SessionEnded)


def test_sessions_are_listed_and_ended_one_by_one(both_databases: Database) -> None:
    lan, other = add(both_databases, "lan", Role.STAFF), add(both_databases, "hoa", Role.STAFF)
    with both_databases.write() as session:
        tokens = [str(sign_in(session, "lan", PASSWORD, now=NOW, device=f"Browser {each}")) for each in range(2)]
        account = session.get_one(Account, lan)
        assert {each.device for each in sessions_of(session, account, now=NOW)} == {"Browser 0", "Browser 1"}
        with pytest.raises(NotFound):
            end_session(session, other, number_of(tokens[0]), by=other, now=NOW)
        end_session(session, lan, number_of(tokens[0]), by=other, now=NOW)
        assert reader_of(session, tokens[0], now=NOW) is None
        assert reader_of(session, tokens[1], now=NOW) is not None
        assert sessions_of(session, account, now=NOW + timedelta(hours=4)) == []
        # Signing in again clears away what has lasted its time.
        sign_in(session, "lan", PASSWORD, now=NOW + timedelta(days=1))
        assert len(session.scalars(select(SignInSession)).all()) == 1


def test_names_that_do_not_exist_take_the_same_steps_as_wrong_passwords(both_databases: Database) -> None:
    add(both_databases, "lan")
    with both_databases.write() as session:
        invite(session, "moi", Role.STAFF, zones=None, language="vi", by=None, now=NOW)
        managing.close_account(session, session.get_one(Account, add_staff(session)), by=None, now=NOW)
        answers = {str(sign_in(session, name, "wrong", now=NOW)) for name in ("lan", "nobody", "moi", "dong")}
        before = len(session.scalars(select(AuditEntry)).all())
        for _ in range(6):
            answers |= {str(sign_in(session, name, "wrong", now=NOW)) for name in ("lan", "nobody")}
        answers.add(str(sign_in(session, "lan", PASSWORD, now=NOW)))
        assert len(answers) == 1
        assert len(session.scalars(select(AuditEntry)).all()) - before >= 12


def add_staff(session: Session) -> int:
    return add_account(session, "dong", PASSWORD, Role.STAFF, zones=None, now=NOW).id


def test_wrong_passwords_side_by_side_are_all_counted(both_databases: Database) -> None:
    lan = add(both_databases, "lan")

    def wrong() -> object:
        with both_databases.write() as session:
            count_wrong(session, lan, now=NOW)
        return None

    side_by_side(*[wrong] * 5)
    with both_databases.read() as session:
        assert session.get_one(Account, lan).locked_until is not None
