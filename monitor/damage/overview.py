"""What is damaged now, without anybody's name: for whoever runs the service, and may not see the residents."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from monitor.damage.kinds import WHAT
from monitor.database.together import asked, at_once, read
from monitor.incidents import causes
from monitor.incidents.cases import unresolved
from monitor.models.accounts import Account
from monitor.models.alerts import AlertAddress
from monitor.models.incidents import Incident, IncidentKind
from monitor.models.places import Zone
from monitor.models.sealed_columns import Unreadable
from monitor.words import N_

TOTP, PIN, WAY = N_("Authenticator app of an account"), N_("PIN of an account"), N_("Address for alerts of an account")


@dataclass(frozen=True)
class Damaged:
    """One thing. what: a template; whose: the number of its row, or an account's name. zone: None of what is in none."""

    what: str
    whose: str
    zone: str | None


def damaged(session: Session, zones: Collection[int] | None) -> list[Damaged]:
    """What staff are asked about and still is damaged, in these zones (None: all); and of accounts what is found damaged now."""
    told = (
        select(Incident.cause, Zone.name)
        .join(Zone, Zone.id == Incident.zone_id)
        .where(Incident.kind == IncidentKind.DATA_UNREADABLE, unresolved(), Incident.cause_ended_at.is_(None))
        .order_by(Incident.id)
    )
    if zones is not None:
        told = told.where(Incident.zone_id.in_(zones))
    found = []
    for cause, zone in session.execute(told):
        name, _, number = cause.removeprefix(causes.UNREADABLE).rpartition("-")
        found.append(Damaged(WHAT.get(name, name), f"#{number}", zone))
    return found + (_of_accounts(session) if zones is None else [])


def _of_accounts(session: Session) -> list[Damaged]:
    ways = select(Account.username, AlertAddress.address).join(Account, Account.id == AlertAddress.account_id)
    accounts, addresses = read(
        session, at_once(asked(select(Account.username, Account.totp_secret, Account.pin_hash)), asked(ways))
    )
    found = []
    for name, totp, pin in accounts:
        found += [Damaged(what, name, None) for what, value in ((TOTP, totp), (PIN, pin)) if isinstance(value, Unreadable)]
    found += [Damaged(WAY, name, None) for name, address in addresses if isinstance(address, Unreadable)]
    return found
