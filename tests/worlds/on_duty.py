"""A zone with people on duty, each with ways of being told."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from monitor.accounts.accounts import add_account
from monitor.database.database import Database
from monitor.incidents.triage import Judgement
from monitor.models.accounts import Account, Role
from monitor.models.alerts import AlertAddress, AlertWay, DutyEntry, DutyScope
from monitor.models.incidents import Urgency
from tests.worlds.small_zone import NOW

DANGER = Judgement(Urgency.DANGER, (), timedelta(minutes=5), "")
SOON = Judgement(Urgency.SOON, (), timedelta(minutes=30), "")
PASSWORD = "đúng là mật khẩu"


def add_person(
    database: Database, name: str, zone: int, ways: dict[AlertWay, str], role: Role = Role.STAFF, *, language: str = "vi"
) -> int:
    """Somebody of staff who works in one zone. ways: their addresses, in order."""
    with database.write() as session:
        add_account(session, name, PASSWORD, role, zones=[zone], now=NOW, language=language)
        account = session.scalars(select(Account.id).where(Account.username == name)).one()
        for rank, (way, address) in enumerate(ways.items()):
            soon = way in (AlertWay.PUSH, AlertWay.EMAIL)
            session.add(AlertAddress(account_id=account, way=way, address=address, rank=rank, also_soon=soon, made_at=NOW))
    return account


def always_on_duty(
    database: Database, account: int, zone: int | None, rank: int = 1, scope: DutyScope = DutyScope.EVERYTHING
) -> None:
    """On duty at every hour of the week."""
    with database.write() as session:
        for weekday in range(7):
            session.add(
                DutyEntry(
                    account_id=account,
                    zone_id=zone,
                    scope=scope,
                    weekday=weekday,
                    from_minute=0,
                    minutes=1440,
                    rank=rank,
                    made_by=account,
                    made_at=NOW,
                )
            )
