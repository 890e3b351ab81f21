"""What people were told and agreed to, with version and time; and the end of what face matching kept of who refuses it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from monitor.database.database import Database
from monitor.database.together import Reading, asked, read
from monitor.models.people.faces import EnrolmentPhoto, FaceTemplate
from monitor.models.people.residents import Media, MediaKind, Resident
from monitor.models.people.rights import Consent, ConsentKind
from monitor.problems import BadInput
from monitor.vault.vault import Vault
from monitor.words import N_

NOTICE_VERSION = "2026-12.2"
"""Changed with each change of the sentences below, so that what each person was told is known."""
NOTICE = (
    N_("%(service)s keeps this data and is responsible for it."),
    N_(
        "Your name, telephone number, room, answers and state of health are kept because a quarantine order is in force for"
        " you."
    ),
    N_(
        "Only staff who are responsible for your zone see them. Every look at your photos or at a camera of your room is recorded, and you can"
        " read who looked."
    ),
    N_(
        "Photos of your face are compared with your own photos only after you have agreed to it. The quarantine order alone never allows it."
    ),
    N_(
        "If you agreed, a new reference photo is also compared with those of the people in your room and household who agreed"
        " too, because the machine may confuse you with them. Cameras in your room compare the faces they see with the"
        " reference photos of the people in that room only where everyone who lives in it has agreed."
    ),
    N_("You may say no, or change your mind at any time, without any disadvantage; you then answer without a photo."),
    N_(
        "Everything is deleted after your quarantine ends, within the times shown below. You can ask to see or correct it, or"
        " object."
    ),
)
LONGEST_NAME = 120


def record(
    session: Session,
    resident: Resident,
    kind: ConsentKind,
    *,
    given: bool,
    language: str,
    account_id: int | None,
    given_by: str = "",
    now: datetime,
) -> None:
    """Add a word of a person, or of somebody for them, in the caller's write transaction. given_by: a name. Raises BadInput."""
    session.add(
        Consent(
            resident_id=resident.id,
            zone_id=resident.zone_id,
            kind=kind,
            given=given,
            version=NOTICE_VERSION,
            language=language,
            at=now,
            account_id=account_id,
            given_by=name_of(given_by),
        )
    )


def name_of(typed: str) -> str:
    """The name of somebody who speaks for a person, without spaces around. Raises BadInput."""
    typed = typed.strip()
    if len(typed) > LONGEST_NAME:
        raise BadInput(N_("A name has at most %(length)s characters."), field="given_by", length=LONGEST_NAME)
    return typed


def newest(session: Session, resident_id: int) -> dict[ConsentKind, Consent]:
    """What holds of each kind; a kind of which nothing was said is left out."""
    return read(session, newest_asked(resident_id))


def newest_asked(resident_id: int) -> Reading[dict[ConsentKind, Consent]]:
    """The same as a reading."""
    rows = yield from asked(select(Consent).where(Consent.resident_id == resident_id).order_by(Consent.id))
    return {each.kind: each for each in rows}


def forget_faces(session: Session, resident_id: int) -> None:
    """Delete templates and what was offered, in the transaction in which somebody refuses: from its end nothing can be matched.

    The pictures' rows stay until `finish_withdrawals` has removed the files, so that none is overlooked whatever dies in between.
    """
    # A worker that judges a photo holds its row until the templates are written: this waits for it, and then takes those too.
    for table in (EnrolmentPhoto, FaceTemplate):
        session.execute(delete(table).where(table.resident_id == resident_id))


def finish_withdrawals(database: Database, vault: Vault, residents: Sequence[int] | None = None) -> int:
    """Remove the enrolled pictures of people who refuse; returns how many. residents: None for everybody, as the purge asks."""
    of = (Resident.refuses_faces, Media.kind.in_((MediaKind.ENROLMENT, MediaKind.OFFERED)))
    with database.read() as session:
        query = select(Media.id, Media.name).join(Resident, Resident.id == Media.resident_id).where(*of)
        if residents is not None:
            query = query.where(Media.resident_id.in_(residents))
        rows = session.execute(query).all()
    for row in rows:
        vault.remove(row.name)
    if rows:
        ids = [row.id for row in rows]
        with database.write() as session:
            # Whoever makes templates anew holds the picture's row.
            session.execute(select(Media.id).where(Media.id.in_(ids)).with_for_update())
            for table in (EnrolmentPhoto, FaceTemplate):
                session.execute(delete(table).where(table.media_id.in_(ids)))
            session.execute(delete(Media).where(Media.id.in_(ids)))
    return len(rows)
