"""Residents' enrolled faces: kept encrypted, given out only for the residents somebody names, made anew for another model."""

from __future__ import annotations

import logging
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from monitor.database.database import insert_new
from monitor.models.people.faces import EnrolmentPhoto, EnrolmentState, FaceTemplate
from monitor.models.people.residents import Media, MediaKind, Resident
from monitor.people.face_agreement import agreed, agreeing_among, may_compare
from monitor.problems import BadInput
from monitor.vault.resident_media import add_resident_media
from monitor.vault.vault import Vault, VaultProblem, resident_owner
from monitor.words import N_

if TYPE_CHECKING:
    from monitor.vision.faces.engines import FaceEngine

Embedding = np.ndarray
log = logging.getLogger(__name__)


def enrol(
    session: Session,
    vault: Vault,
    engines: Sequence[FaceEngine],
    resident: Resident,
    picture: np.ndarray,
    encoded: bytes,
    *,
    now: datetime,
) -> None:
    """Keep an enrolment photo and each engine's template of it, in the caller's write transaction.

    picture: BGR uint8, shape (height, width, 3); encoded: the same as JPEG.
    Raises BadInput when the person has not agreed to it, or an engine sees no face or several: a template of the wrong person would be
    worse than none.
    """
    if not may_compare(resident):
        raise BadInput(
            N_("Photos of the face are only kept of people who agreed to face matching. Ask for that first."), field="photo"
        )
    found = []
    for engine in engines:
        faces = engine.detect(picture)
        if len(faces) != 1:
            raise BadInput(
                N_("A reference photo must show one face; this one shows %(count)s."), field="photo", count=len(faces)
            )
        found.append((engine, engine.embed(picture, faces[0])))
    name = vault.put(resident_owner(resident.id), encoded)
    media = add_resident_media(session, resident.zone_id, resident.id, MediaKind.ENROLMENT, name, now)
    session.add(
        EnrolmentPhoto(
            resident_id=resident.id,
            zone_id=resident.zone_id,
            media_id=media.id,
            state=EnrolmentState.KEPT,
            offered_at=now,
            judged_at=now,
        )
    )
    for engine, embedding in found:
        keep_template(session, vault, media, engine, embedding)


def keep_template(session: Session, vault: Vault, media: Media, engine: FaceEngine, embedding: Embedding) -> None:
    """Keep what an engine's model made of an enrolment photo, unless it is there already, or the person does not agree (any more)."""
    assert media.resident_id is not None
    if not agreeing_among(session, [media.resident_id]):
        return
    template = {
        "resident_id": media.resident_id,
        "zone_id": media.zone_id,
        "media_id": media.id,
        "engine": engine.name,
        "model": engine.model,
        "sealed": vault.seal(media.owner, embedding.astype("<f4").tobytes(), about="template"),
    }
    session.execute(insert_new(session, FaceTemplate), [template])


def load_gallery(
    session: Session, vault: Vault, engine: FaceEngine, resident_ids: Collection[int]
) -> dict[int, list[Embedding]]:
    """The templates that this engine's model made of the named residents: unit vectors, float32, by resident id.

    Residents without any are left out, those who have not agreed to face matching, and templates that cannot be opened: a damaged one is no
    reason to do without the others (`monitor/damage` names it to staff).
    """
    if not resident_ids:
        return {}
    rows = session.execute(
        select(FaceTemplate.resident_id, FaceTemplate.sealed)
        .join(Resident, Resident.id == FaceTemplate.resident_id)
        .where(
            FaceTemplate.resident_id.in_(resident_ids),
            agreed(),
            FaceTemplate.engine == engine.name,
            FaceTemplate.model == engine.model,
        )
    )
    gallery: dict[int, list[Embedding]] = {}
    for row in rows:
        try:
            plain = vault.unseal(resident_owner(row.resident_id), row.sealed, about="template")
        except VaultProblem:
            log.warning("a face template of resident %d cannot be opened", row.resident_id)
            continue
        gallery.setdefault(row.resident_id, []).append(np.frombuffer(plain, "<f4"))
    return gallery
