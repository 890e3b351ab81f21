"""Templates for another model: made from the enrolment photos that are kept, in the background, a few at a time."""

from __future__ import annotations

import logging
from datetime import datetime

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.exc import SQLAlchemyError

from monitor.database.database import Database
from monitor.database.statements import changed
from monitor.faces.gallery import keep_template
from monitor.faces.thresholds import know_model, thresholds_of
from monitor.models.people.faces import FaceModel, FaceTemplate
from monitor.models.people.residents import Media, MediaKind, Resident
from monitor.people.face_agreement import agreed
from monitor.vault.vault import Vault
from monitor.vision.faces.engines import FaceEngine, decode, look_closely
from rollcall.faces.comparing import alike_among, faces_at_hand
from rollcall.faces.likeness import tell_alike
from rollcall.jobs import RENEW_TEMPLATES, defer
from rollcall.prompts.due import renewals_due

log = logging.getLogger(__name__)


def begin_to_use(database: Database, models: list[tuple[str, str]], now: datetime) -> None:
    """A worker says which models it uses from now on, the first engine's first, so that templates they lack are made."""
    with database.write() as session:
        for number, (engine, model) in enumerate(models):
            know_model(session, engine, model)
            changed(
                session,
                update(FaceModel)
                .where(FaceModel.engine == engine, FaceModel.model == model)
                .values(
                    first=number == 0,
                    used_at=now,
                    renew_until=func.coalesce(select(func.max(Media.id)).scalar_subquery(), 0),
                ),
            )
        used = [_is(engine, model) for engine, model in models]
        # What nobody uses any more is not renewed either.
        unused = ~used[0] if len(used) == 1 else ~(used[0] | used[1])
        changed(session, update(FaceModel).where(unused).values(used_at=None, first=False))
        if session.scalar(select(FaceModel.id).where(renewals_due()).limit(1)) is not None:
            defer(session, RENEW_TEMPLATES, 1)


def _is(engine: str, model: str) -> ColumnElement[bool]:
    return (FaceModel.engine == engine) & (FaceModel.model == model)


def is_due(database: Database, engine: str, model: str) -> bool:
    """Whether a model's templates may be missing; asked before its engine is loaded."""
    with database.read() as session:
        return session.scalar(select(FaceModel.id).where(_is(engine, model), renewals_due())) is not None


def renew(
    database: Database, vault: Vault, finder: FaceEngine, engine: FaceEngine, stop_after: int | None = None, *, now: datetime
) -> int:
    """Make some of the templates that `engine` lacks; returns how many photos were done with. finder: the engine that finds faces.

    Two workers may do the same photo: the second one's template is left out. A photo that cannot be opened or in which no face is
    found any more is passed over; it stays with the templates it has. Where the first engine changed, it may take others for each other
    than the one before: that is told as when a photo is enrolled.
    """
    limit = stop_after or RENEW_TEMPLATES.rows
    with database.read() as session:
        row = session.execute(
            select(FaceModel.id, FaceModel.renewed_to, FaceModel.renew_until).where(
                _is(engine.name, engine.model), renewals_due()
            )
        ).first()
        if row is None:
            return 0
        photos = list(session.scalars(select(Media).where(*_lacking(engine, row.renewed_to)).order_by(Media.id).limit(limit)))
    for media in photos:
        try:
            _renew_one(database, vault, finder, engine, media, now)
        except SQLAlchemyError:
            raise
        except Exception:
            # Whatever is wrong with one photo or its key, the others are done, and the worker goes on.
            log.exception("the enrolment photo %s cannot be embedded anew", media.id)
    reached = photos[-1].id if len(photos) == limit else row.renew_until
    with database.write() as session:
        changed(
            session, update(FaceModel).where(FaceModel.id == row.id, FaceModel.renewed_to < reached).values(renewed_to=reached)
        )
        if reached < row.renew_until:
            defer(session, RENEW_TEMPLATES, 1)
    # What it looked through counts as done, even where nothing was lacking.
    return max(len(photos), 1)


def _renew_one(database: Database, vault: Vault, finder: FaceEngine, engine: FaceEngine, media: Media, now: datetime) -> None:
    picture = decode(vault.get(media.owner, media.name))
    faces = look_closely(finder, picture)
    if not faces:
        log.warning("no face is found any more in the enrolment photo %s", media.id)
        return
    embedding = engine.embed(picture, faces[0])
    with database.write() as session:
        # Removed meanwhile: nothing of it is kept.
        if session.get(Media, media.id, with_for_update=True) is None:
            return
        keep_template(session, vault, media, engine, embedding)
        if (engine.name, engine.model) == (finder.name, finder.model) and media.resident_id is not None:
            others = faces_at_hand(session, vault, engine, media.resident_id, now)
            alike = alike_among(embedding, others, thresholds_of(session, engine))
            tell_alike(session, media.zone_id, media.resident_id, alike, now)


def _lacking(engine: FaceEngine, after: int) -> tuple[ColumnElement[bool], ...]:
    template = select(FaceTemplate.id).where(
        FaceTemplate.media_id == Media.id, FaceTemplate.engine == engine.name, FaceTemplate.model == engine.model
    )
    may = Media.resident_id.in_(select(Resident.id).where(agreed()))
    return (Media.id > after, Media.kind == MediaKind.ENROLMENT, may, ~template.exists())
