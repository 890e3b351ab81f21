"""Whose photos may be compared: theirs who agreed, and nobody's else. The one rule that everything that looks for a face asks.

That somebody is in quarantine is a basis for asking them, and is recorded with their order. It is none for comparing their face: only their
own word is, kept with version and time (`monitor/personal_data/consent.py`). Who was never asked has not agreed.
"""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import Session

from monitor.models.people.residents import Resident
from monitor.people.placed import placed


class FaceAgreement(StrEnum):
    """What somebody said about face matching."""

    AGREED = "agreed"
    REFUSED = "refused"
    NOT_ASKED = "not_asked"


def agreement(agrees: bool, refuses: bool) -> FaceAgreement:
    """By the two columns of Resident. Whoever refuses has refused, whatever they said before."""
    if refuses:
        return FaceAgreement.REFUSED
    return FaceAgreement.AGREED if agrees else FaceAgreement.NOT_ASKED


def may_compare(resident: Resident) -> bool:
    """Whether a photo of this person may be compared with anything."""
    return agreement(resident.agrees_to_faces, resident.refuses_faces) is FaceAgreement.AGREED


def agreed() -> ColumnElement[bool]:
    """The same as a condition on Resident."""
    return and_(Resident.agrees_to_faces, ~Resident.refuses_faces)


def agreeing_among(session: Session, residents: Collection[int]) -> set[int]:
    """Those of these people whose photos may be compared now."""
    return set(session.scalars(select(Resident.id).where(Resident.id.in_(residents), agreed())))


def rooms_not_looked_into(session: Session, rooms: Collection[int]) -> set[int]:
    """Those of these rooms in which no camera looks for a face, since somebody who lives there has not agreed.

    Whose face it is cannot be told before it is compared, so one who has not agreed keeps all faces of the room from being compared.
    """
    without = select(Resident.room_id).where(Resident.room_id.in_(rooms), placed(), ~agreed()).distinct()
    return {room for room in session.scalars(without) if room is not None}


def said_by(resident: Resident) -> FaceAgreement:
    """What somebody's record says."""
    return agreement(resident.agrees_to_faces, resident.refuses_faces)


def take_over_agreement(stays: Resident, goes: Resident) -> None:
    """Of two records of one person that become one: a refusal on either holds, else an agreement on either; the one that goes says nothing."""
    refuses = FaceAgreement.REFUSED in (said_by(stays), said_by(goes))
    agrees = FaceAgreement.AGREED in (said_by(stays), said_by(goes))
    stays.refuses_faces, stays.agrees_to_faces = refuses, agrees and not refuses
    goes.agrees_to_faces = goes.refuses_faces = False
