"""The demonstration's hotline: its switchboard calls over HTTP, the operator's telephone rings, and a warning comes while one watches."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from sqlalchemy import select

from monitor.accounts.accounts import add_account
from monitor.clock import utc_now
from monitor.database.database import Database
from monitor.demonstration.hotline import CALLERS, EXTENSION, HEAD, OPERATOR, seed_hotline
from monitor.hotline.calls import SETTLED_AFTER, take_missed
from monitor.models.accounts import Account, Role
from monitor.models.hotline import HotlineCall, HotlineTicket, TicketState
from monitor.places.units.loading import load_units
from monitor.settings import Settings
from monitor.vault.vault import Vault
from rollcall.demonstration import switchboard
from rollcall.demonstration.switchboard import AGO, Configuration, Switchboard
from tests.doubles.browsing import serving
from tests.doubles.waiting import wait_until
from tests.worlds.small_zone import add_zone
from web.residents.application import create_residents

WARNED_AFTER = timedelta(hours=3)


def test_the_switchboard_rings_at_the_operator_and_tells_late_of_who_rang_hours_ago(
    database: Database, vault: Vault, tmp_path: Path, monkeypatch: object
) -> None:
    began = utc_now()
    load_units(database, began)
    add_zone(database)
    with database.write() as session:
        for name, role in ((OPERATOR, Role.STAFF), (HEAD, Role.SUPERVISOR)):
            add_account(session, name, "đúng là mật khẩu", role, zones=None, now=began)
        seed_hotline(session, began)
    with database.read() as session:
        seeded = session.scalars(select(HotlineTicket).order_by(HotlineTicket.first_contact_at)).all()
        operator = session.scalars(select(Account.id).where(Account.username == OPERATOR)).one()
    handed = [each for each in seeded if each.state is TicketState.HANDED_OVER]
    assert len(handed) == 3
    # One is warned of within minutes.
    assert (
        timedelta(0)
        < min(each.first_contact_at for each in handed if each.first_contact_at + WARNED_AFTER > began) + WARNED_AFTER - began
        < timedelta(minutes=3)
    )
    settings = Settings(data_folder=tmp_path, secret_key="x" * 64, hotline_call_token="token")
    fast = [
        tuple(switchboard.Told(0, each.event, each.ago) for each in story)
        for story in (switchboard.ANSWERED, switchboard.MISSED_LONG_AGO)
    ]
    monkeypatch.setattr(switchboard, "ANSWERED", fast[0])  # type: ignore[attr-defined]
    monkeypatch.setattr(switchboard, "MISSED_LONG_AGO", fast[1])  # type: ignore[attr-defined]
    with serving(create_residents(settings, database, vault)) as address:
        configuration = Configuration(f"{address}/hooks/hotline/calls", "token", EXTENSION, list(CALLERS))
        board = Switchboard(configuration, first_after=0, every=0.01)
        board.start()

        def told() -> int:
            with database.read() as session:
                return len(session.scalars(select(HotlineCall.id).where(HotlineCall.ended_at.is_not(None))).all())

        wait_until(lambda: told() >= 5)
        board.stop()
        board.join(20)
    with database.read() as session:
        calls = session.scalars(select(HotlineCall).order_by(HotlineCall.id)).all()
    assert [each.operator_id for each in calls[:3]] == [operator] * 3
    missed = calls[3]
    assert missed.answered_at is None
    assert take_missed(database, utc_now() + SETTLED_AFTER) == sum(each.answered_at is None for each in calls if each.ended_at)
    with database.read() as session:
        ticket = session.scalars(select(HotlineTicket).where(HotlineTicket.caller == missed.caller)).one()
    assert abs(ticket.first_contact_at - (missed.noted_at - AGO)) < timedelta(seconds=5)
