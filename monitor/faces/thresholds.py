"""Thresholds measured on site: kept beside the model they were measured for, and asked for at each verdict."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from monitor.database.database import insert_new
from monitor.database.statements import changed
from monitor.models.people.faces import FaceModel
from monitor.trail import audit
from monitor.trail.actions import Action
from monitor.vision.faces.other_models import Thresholds

if TYPE_CHECKING:
    from monitor.vision.faces.engines import FaceEngine


def thresholds_of(session: Session, engine: FaceEngine) -> Thresholds:
    """Those measured on site, or those that the engine ships with."""
    row = session.execute(
        select(FaceModel.accept, FaceModel.reject).where(FaceModel.engine == engine.name, FaceModel.model == engine.model)
    ).first()
    if row is None or row.accept is None or row.reject is None:
        return engine.thresholds
    return Thresholds(row.accept, row.reject, engine.thresholds.scale)


def know_model(session: Session, engine: str, model: str) -> None:
    """Make the model's row, unless it is there."""
    row = {"engine": engine, "model": model, "first": False, "renewed_to": 0, "renew_until": 0}
    session.execute(insert_new(session, FaceModel), [row])


def set_thresholds(
    session: Session, engine: FaceEngine, accept: float, reject: float, figures: dict[str, Any], *, now: datetime
) -> None:
    """Use these from the next verdict on; figures: what they were measured with. In the audit trail."""
    know_model(session, engine.name, engine.model)
    changed(
        session,
        update(FaceModel)
        .where(FaceModel.engine == engine.name, FaceModel.model == engine.model)
        .values(accept=accept, reject=reject, measured=figures, measured_at=now),
    )
    audit.note(
        session,
        Action.FACE_THRESHOLDS_SET,
        at=now,
        account_id=None,
        zone_id=None,
        resident_id=None,
        engine=engine.name,
        accept=round(accept, 4),
        reject=round(reject, 4),
    )
