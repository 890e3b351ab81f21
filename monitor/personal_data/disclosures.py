"""The register of disclosures: what is handed out about people, to whom, on which legal basis; written where it is handed out."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, update
from sqlalchemy.orm import Session

from monitor.database.database import insert_new
from monitor.database.statements import changed
from monitor.models.legal import Disclosure, DisclosureAbout, RecipientKind
from monitor.problems import BadInput
from monitor.words import N_, Words, words

LONGEST_RECIPIENT, LONGEST_WHAT, LONGEST_BASIS = 200, 1000, 300
COPY = words(N_("A copy of all data about the person"))
LETTER = words(N_("A letter about the quarantine order"))
LIST = words(N_("A list of people as a file"))
LIST_WITH_NUMBERS = words(N_("A list of people as a file, with telephone and document numbers and addresses"))
ANSWER = words(N_("The answer to a request about personal data"))
OWN_REQUEST = "Nghị định 356/2025/NĐ-CP"
"""By which people get what is kept about them."""


@dataclass(frozen=True)
class HandedOut:
    """What is handed out. zone_id: None where it is about people of several zones. account_id: None where the person fetched it.

    key: of what is handed out once, however often it is fetched.
    """

    kind: RecipientKind
    what: Words
    zone_id: int | None
    account_id: int | None
    recipient: str = ""
    legal_basis: str = ""
    key: str | None = None


def hand_out(session: Session, handed: HandedOut, about: Collection[int], at: datetime) -> int | None:
    """Write it down, in the caller's write transaction; returns its number, None where it stands there by its key already.

    about: the residents, at most some thousand; more follow by `also_about`.
    """
    row = {
        **vars(handed),
        "at": at,
        "recipient": handed.recipient[:LONGEST_RECIPIENT],
        "what": handed.what.dump(),
        "legal_basis": handed.legal_basis[:LONGEST_BASIS],
        "people": 0,
    }
    number = session.scalar(insert_new(session, Disclosure).values(**row).returning(Disclosure.id))
    if number is None:
        return None
    also_about(session, number, about)
    return int(number)


def also_about(session: Session, number: int, residents: Collection[int]) -> None:
    """Whom else a disclosure is about, in the caller's write transaction."""
    if not residents:
        return
    session.execute(insert(DisclosureAbout), [{"disclosure_id": number, "resident_id": each} for each in set(residents)])
    more = Disclosure.people + len(set(residents))
    changed(session, update(Disclosure).where(Disclosure.id == number).values(people=more))


def typed(kind: str, recipient: str, what: str, legal_basis: str) -> tuple[RecipientKind, str, str, str]:
    """What a form sent, without spaces around. Raises BadInput, with the form's field."""
    recipient, what, legal_basis = recipient.strip(), what.strip(), legal_basis.strip()
    if kind == RecipientKind.POLICE:
        raise BadInput(N_("A handover to the police takes two people. Propose it on the person’s page."), field="kind")
    if kind not in list(RecipientKind) or kind == RecipientKind.FILE:
        raise BadInput(N_("Choose who received it."), field="kind")
    if not 1 <= len(recipient) <= LONGEST_RECIPIENT:
        raise BadInput(N_("Please write who receives it, in 1 to 200 characters."), field="recipient")
    if not 1 <= len(what) <= LONGEST_WHAT:
        raise BadInput(N_("Please write what is handed over, in 1 to 1,000 characters."), field="what")
    if not 1 <= len(legal_basis) <= LONGEST_BASIS:
        raise BadInput(N_("Please name the legal basis, in 1 to 300 characters."), field="legal_basis")
    return RecipientKind(kind), recipient, what, legal_basis
