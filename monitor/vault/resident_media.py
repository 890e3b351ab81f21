"""The row that goes with a resident's picture in the vault."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from monitor.models.people.residents import Media, MediaKind
from monitor.vault.vault import resident_owner


def add_resident_media(
    session: Session, zone_id: int, resident_id: int, kind: MediaKind, name: str, taken_at: datetime
) -> Media:
    """Add it in the caller's write transaction; it has its number when this returns. name: the vault's."""
    media = Media(
        zone_id=zone_id,
        resident_id=resident_id,
        kind=kind,
        name=name,
        owner=resident_owner(resident_id),
        taken_at=taken_at,
    )
    session.add(media)
    session.flush()
    return media
