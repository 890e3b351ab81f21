"""Photos for enrolment: taken in like an answer's, looked at by a worker, kept or refused with what to do better."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from sqlalchemy import update

from monitor.changes import Topic, announce
from monitor.clock import utc_now
from monitor.database.database import Database
from monitor.database.statements import changed
from monitor.faces.gallery import keep_template, load_gallery
from monitor.faces.thresholds import thresholds_of
from monitor.models.people.faces import EnrolmentPhoto, EnrolmentState
from monitor.models.people.residents import Media, MediaKind
from monitor.vault.vault import Vault
from monitor.vision.faces.engines import Embedding, FaceEngine, decode, look_closely, similarity
from monitor.vision.faces.other_models import Thresholds
from monitor.vision.faces.quality import Flaw, Quality, assess
from monitor.words import N_, Words, words
from rollcall.faces.comparing import alike_among, faces_at_hand
from rollcall.faces.leasing import MOST_ATTEMPTS, claim
from rollcall.faces.likeness import tell_alike
from rollcall.prompts.due import photos_due

log = logging.getLogger(__name__)

BATCH = 4
# Whatever staff say: without one face there is nothing to compare with, and of two faces it might be the other's.
NEVER_KEPT = frozenset({Flaw.NO_FACE, Flaw.SEVERAL})


def judge_enrolments(
    database: Database,
    vault: Vault,
    first: Callable[[], FaceEngine],
    second: Callable[[], FaceEngine | None],
    *,
    worker: str,
    now: datetime,
) -> int:
    """Claim photos that wait, and keep or refuse them; returns how many. The engines are loaded when first needed."""
    claimed = claim(database, EnrolmentPhoto, photos_due(now), EnrolmentState.LEASED, most=BATCH, worker=worker, now=now)
    for photo in claimed:
        if photo.attempts > MOST_ATTEMPTS:
            _write(database, vault, photo, worker, _unreadable(), [], None)
            continue
        try:
            _judge(database, vault, photo, worker, first(), second, now)
        except Exception:
            # Whatever a picture does to an engine: tried again when its lease runs out, and then refused in words.
            log.exception("enrolment photo %s failed", photo.id)
    return len(claimed)


def _judge(
    database: Database,
    vault: Vault,
    photo: EnrolmentPhoto,
    worker: str,
    first: FaceEngine,
    second: Callable[[], FaceEngine | None],
    now: datetime,
) -> None:
    with database.read() as session:
        media = session.get_one(Media, photo.media_id)
        thresholds = thresholds_of(session, first)
        own = load_gallery(session, vault, first, [photo.resident_id]).get(photo.resident_id, [])
        others = faces_at_hand(session, vault, first, photo.resident_id, now)
    picture = decode(vault.get(media.owner, media.name))
    faces = look_closely(first, picture)
    quality = assess(picture, faces)
    embedding = first.embed(picture, faces[0]) if faces else None
    verdict = decide(quality, photo.insisted, embedding, own, others, thresholds)
    templates: list[tuple[FaceEngine, Embedding]] = []
    if verdict.kept and embedding is not None:
        templates.append((first, embedding))
        engine = second()
        if engine is not None:
            templates.append((engine, engine.embed(picture, faces[0])))
    _write(database, vault, photo, worker, verdict, templates, quality)


@dataclass(frozen=True)
class Decision:
    """Whether a photo is kept, and why not, or what to know about it. alike: residents for whom the face would be accepted."""

    kept: bool
    reasons: tuple[Words, ...]
    alike: tuple[int, ...] = ()


def decide(
    quality: Quality,
    insisted: bool,
    embedding: Embedding | None,
    own: Sequence[Embedding],
    others: Mapping[int, Sequence[Embedding]],
    thresholds: Thresholds,
) -> Decision:
    """Keep or refuse a photo: a pure decision.

    own: the resident's photos that are kept already; others: by resident, of those who live with them.
    """
    if quality.flaws and (not insisted or NEVER_KEPT & set(quality.flaws)):
        return Decision(False, quality.advice)
    reasons = list(quality.advice)
    assert embedding is not None
    if own and max(similarity(embedding, each, thresholds.scale) for each in own) < thresholds.reject:
        if not insisted:
            return Decision(False, (words(_ANOTHER),))
        reasons.append(words(_ANOTHER))
    alike = alike_among(embedding, others, thresholds)
    if alike:
        reasons.append(words(_ALIKE))
    return Decision(True, tuple(reasons) or (words(N_("This photo is good.")),), alike)


_ANOTHER = N_("This does not look like the earlier photos. Please check that it shows the same person.")
_ALIKE = N_(
    "To the machine this face resembles that of someone in the same room or household, so health staff may check your"
    " roll-calls more often. Nobody did anything wrong."
)


def _unreadable() -> Decision:
    return Decision(False, (words(N_("This photo could not be read. Please take another.")),))


def _write(
    database: Database,
    vault: Vault,
    photo: EnrolmentPhoto,
    worker: str,
    decision: Decision,
    templates: Sequence[tuple[FaceEngine, Embedding]],
    quality: Quality | None,
) -> None:
    now = utc_now()
    figures = {"width": quality.width, "brightness": quality.brightness, "sharpness": quality.sharpness} if quality else {}
    removed = None
    with database.write() as session:
        done = changed(
            session,
            update(EnrolmentPhoto)
            .where(
                EnrolmentPhoto.id == photo.id,
                EnrolmentPhoto.state == EnrolmentState.LEASED,
                EnrolmentPhoto.leased_by == worker,
            )
            .values(
                state=EnrolmentState.KEPT if decision.kept else EnrolmentState.REFUSED,
                next_attempt_at=None,
                judged_at=now,
                reasons=[each.dump() for each in decision.reasons],
                figures={name: round(value, 3) for name, value in figures.items() if np.isfinite(value)},
                **({} if decision.kept else {"media_id": None}),
            ),
        )
        if not done:
            return
        media = session.get_one(Media, photo.media_id)
        if decision.kept:
            media.kind = MediaKind.ENROLMENT
            for engine, embedding in templates:
                keep_template(session, vault, media, engine, embedding)
            tell_alike(session, photo.zone_id, photo.resident_id, decision.alike, now)
        else:
            removed = media.name
            session.delete(media)
        announce(session, photo.zone_id, Topic.PEOPLE, now)
    if removed is not None:
        vault.remove(removed)
