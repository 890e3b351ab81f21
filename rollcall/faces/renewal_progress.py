"""How far the templates of the models in use are; read by the console, which loads no image library."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from monitor.models.people.faces import FaceModel, FaceTemplate
from monitor.models.people.residents import Media, MediaKind


def progress(session: Session) -> list[tuple[FaceModel, int, int]]:
    """The models in use, the first engine's first, and of how many of how many enrolment photos each has its template."""
    photos = session.scalar(select(func.count()).select_from(Media).where(Media.kind == MediaKind.ENROLMENT)) or 0
    found = []
    for model in session.scalars(select(FaceModel).where(FaceModel.used_at.is_not(None)).order_by(FaceModel.first.desc())):
        made = select(func.count()).where(FaceTemplate.engine == model.engine, FaceTemplate.model == model.model)
        found.append((model, session.scalar(made) or 0, photos))
    return found
