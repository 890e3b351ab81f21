"""Signs of danger that were declared while very many declared, and that nobody has confirmed yet. Rows."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from monitor.models.declarations import Declarant, Declaration, DeclarationState, Signs


def waiting_dangers(
    session: Session, zones: Collection[int] | None, *, before: int | None, most: int
) -> list[tuple[Declaration, Declarant]]:
    """Those of these zones' stations, the newest first, each with its person. zones: None: all. before: the last one of the page before."""
    query = (
        select(Declaration, Declarant)
        .join(Declarant, Declarant.id == Declaration.declarant_id)
        .where(Declaration.state == DeclarationState.WAITING, Declaration.signs == Signs.DANGER)
    )
    if zones is not None:
        query = query.where(Declaration.zone_id.in_(zones))
    if before is not None:
        query = query.where(Declaration.id < before)
    return [(row, person) for row, person in session.execute(query.order_by(Declaration.id.desc()).limit(most))]
