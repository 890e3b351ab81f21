"""Cases, whom they met, and clusters: rows as tests of chains want them."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from monitor.accounts.accounts import add_account
from monitor.database.database import Database
from monitor.models.accounts import Account, Role
from monitor.models.contacts.cases import Cluster, FoundWhere, InfectionCase
from monitor.models.contacts.contacts import CaseContact, Certainty, ContactState
from tests.worlds.small_zone import NOW

MAKER = "maker"
"""Who entered what tests begin with."""


def maker(session: Session) -> int:
    """The account that made everything."""
    known = session.scalar(select(Account.id).where(Account.username == MAKER))
    if known is not None:
        return known
    account = add_account(session, MAKER, "mật khẩu của người nhập", Role.STAFF, zones=None, now=NOW)
    session.flush()
    return account.id


def add_case(
    session: Session,
    resident_id: int,
    zone_id: int,
    *,
    ill: int | None = None,
    entered: datetime = NOW - timedelta(hours=2),
    interviewed: bool = False,
    isolated: datetime | None = None,
    where: FoundWhere = FoundWhere.COMMUNITY,
) -> int:
    """A case; its number. ill: how many days before NOW."""
    case = InfectionCase(
        token=f"case-{resident_id}-{entered.isoformat()}",
        resident_id=resident_id,
        zone_id=zone_id,
        disease="covid-19",
        onset_on=None if ill is None else (NOW - timedelta(days=ill)).date(),
        found_where=where,
        entered_at=entered,
        interviewed_at=entered + timedelta(hours=1) if interviewed else None,
        isolated_at=isolated,
    )
    session.add(case)
    session.flush()
    return case.id


def add_contact(
    session: Session,
    case_id: int,
    *,
    resident_id: int | None = None,
    name: str = "",
    met: int = 1,
    through: int | None = None,
    state: ContactState = ContactState.RELEASED,
    first: datetime | None = None,
) -> int:
    """A contact of a case; its number. met: how many days before NOW they met last; through: the F1 whom an F2 met."""
    last = NOW - timedelta(days=met)
    contact = CaseContact(
        case_id=case_id,
        degree=1 if through is None else 2,
        through_id=through,
        resident_id=resident_id,
        full_name=name,
        state=state,
        certainty=Certainty.CERTAIN,
        first_at=first or last,
        last_at=max(last, first or last),
        named_at=NOW,
    )
    session.add(contact)
    session.flush()
    return contact.id


def add_cluster(database: Database, zone_id: int, made_by: int | None = None) -> int:
    """A cluster without anything in it; its number."""
    with database.write() as session:
        cluster = Cluster(
            token=f"cluster-{zone_id}",
            name=f"Ổ dịch xưởng may {zone_id}",
            disease="covid-19",
            zone_id=zone_id,
            opened_on=(NOW - timedelta(days=9)).date(),
            made_at=NOW,
            made_by=made_by or maker(session),
        )
        session.add(cluster)
        session.flush()
        return cluster.id
