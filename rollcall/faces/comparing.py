"""Which residents who live together the machine would take for each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from monitor.faces.gallery import Embedding, load_gallery
from monitor.models.people.residents import Resident
from monitor.people.orders import quarantined
from monitor.vault.vault import Vault
from monitor.vision.faces.engines import FaceEngine, similarity
from monitor.vision.faces.other_models import Thresholds

# People in one room or household with whose photos one is compared; in a hall with more beds, those who came last.
MOST_COMPARED = 1500
# Who is like many has a bad photo rather than a common face.
MOST_ALIKE = 5


def faces_at_hand(
    session: Session, vault: Vault, engine: FaceEngine, resident_id: int, now: datetime
) -> dict[int, list[Embedding]]:
    """The faces of those in quarantine in the same room or household. Nobody is compared with anybody else."""
    me = session.get_one(Resident, resident_id)
    near = [
        which == value
        for which, value in ((Resident.room_id, me.room_id), (Resident.household_id, me.household_id))
        if value is not None
    ]
    if not near:
        return {}
    together = select(Resident.id).where(or_(*near), Resident.id != resident_id, quarantined(now))
    others = session.scalars(together.order_by(Resident.id.desc()).limit(MOST_COMPARED)).all()
    return load_gallery(session, vault, engine, others)


def alike_among(embedding: Embedding, others: Mapping[int, Sequence[Embedding]], thresholds: Thresholds) -> tuple[int, ...]:
    """Those for whom this face would be accepted, the most alike first."""
    found = []
    for resident, photos in others.items():
        likeness = max((similarity(embedding, each, thresholds.scale) for each in photos), default=-1.0)
        if likeness >= thresholds.accept:
            found.append((likeness, resident))
    return tuple(resident for _, resident in sorted(found, reverse=True)[:MOST_ALIKE])
