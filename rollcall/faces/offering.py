"""Offers photos for enrolment and takes kept ones back: what the pages call. No image library is loaded here."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from monitor.changes import Topic, announce
from monitor.database.database import Database
from monitor.database.together import Reading, asked, read
from monitor.models.people.faces import EnrolmentPhoto, EnrolmentState, FaceTemplate
from monitor.models.people.residents import Media, MediaKind, Resident
from monitor.people.face_agreement import may_compare
from monitor.pictures.pictures import normalise_upload
from monitor.problems import BadInput, NotFound
from monitor.vault.resident_media import add_resident_media
from monitor.vault.vault import Vault, resident_owner
from monitor.words import N_
from rollcall.faces.likeness import forget_likeness
from rollcall.jobs import JUDGE_ENROLMENTS, defer
from rollcall.prompts.due import PENDING

FEWEST, MOST = 3, 5
"""How many photos are wanted of a person, and how many are kept."""


def offer_photo(
    database: Database,
    vault: Vault,
    resident_id: int,
    photo: bytes,
    *,
    account_id: int | None,
    insisted: bool = False,
    now: datetime,
    max_bytes: int,
) -> int:
    """Take in a photo; returns its number. It is on disk when this returns, and a worker looks at it within seconds.

    account_id: who of staff took it; None: the resident. insisted: keep it though it is not good.
    Raises PictureTooLarge, NotAPicture, NotFound, and BadInput when there are enough or face matching was not agreed to.
    """
    name = vault.put(resident_owner(resident_id), normalise_upload(photo, max_bytes=max_bytes))
    try:
        with database.write() as session:
            resident = session.get(Resident, resident_id, with_for_update=True)
            if resident is None:
                raise NotFound(N_("This page does not exist. Check the address, or go back to the start."))
            if resident.refuses_faces:
                raise BadInput(N_("Face matching was refused, so no photo of the face is kept."), field="photo")
            if not may_compare(resident):
                raise BadInput(
                    N_("Photos of the face are only kept of people who agreed to face matching. Ask for that first."),
                    field="photo",
                )
            there = select(func.count()).where(
                EnrolmentPhoto.resident_id == resident_id, EnrolmentPhoto.state.in_((*PENDING, EnrolmentState.KEPT))
            )
            if (session.scalar(there) or 0) >= MOST:
                raise BadInput(
                    N_("There are already %(most)s photos, which is enough. Remove one before adding another."),
                    field="photo",
                    most=MOST,
                )
            media = add_resident_media(session, resident.zone_id, resident_id, MediaKind.OFFERED, name, now)
            offered = EnrolmentPhoto(
                resident_id=resident_id,
                zone_id=resident.zone_id,
                media_id=media.id,
                offered_at=now,
                offered_by=account_id,
                insisted=insisted,
                next_attempt_at=now,
            )
            session.add(offered)
            session.flush()
            number = offered.id
            defer(session, JUDGE_ENROLMENTS, 1)
            announce(session, resident.zone_id, Topic.PEOPLE, now)
    except BaseException:
        vault.remove(name)
        raise
    return number


def photos_of(session: Session, resident_id: int) -> list[EnrolmentPhoto]:
    """The photos that are kept or wait, oldest first, and the newest refusal if nothing came after it."""
    return read(session, photos_asked(resident_id))


def photos_asked(resident_id: int) -> Reading[list[EnrolmentPhoto]]:
    """The same as a reading."""
    theirs = select(EnrolmentPhoto).where(EnrolmentPhoto.resident_id == resident_id)
    rows = yield from asked(theirs.order_by(EnrolmentPhoto.id))
    shown = [each for each in rows if each.state != EnrolmentState.REFUSED]
    return [*shown, *rows[-1:]] if rows and rows[-1].state == EnrolmentState.REFUSED else shown


def remove_photo(session: Session, photo: EnrolmentPhoto, now: datetime) -> str | None:
    """Delete a photo and what the models made of it, in the caller's write transaction. A worker that looks at it finds it gone.

    Returns the vault's name of the file, which the caller removes once that is committed.
    """
    media = session.get(Media, photo.media_id) if photo.media_id else None
    session.delete(photo)
    session.flush()
    if media is not None:
        session.execute(delete(FaceTemplate).where(FaceTemplate.media_id == media.id))
        session.delete(media)
        session.flush()
        forget_likeness(session, photo.resident_id)
    announce(session, photo.zone_id, Topic.PEOPLE, now)
    return media.name if media is not None else None
