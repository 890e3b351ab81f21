"""Somebody came to live among other people: whom of them the machine would take for them is told, as when a photo is enrolled."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime

from sqlalchemy import delete, select

from monitor.changes import Topic, announce
from monitor.database.database import Database
from monitor.database.statements import changed
from monitor.faces.gallery import load_gallery
from monitor.faces.thresholds import thresholds_of
from monitor.models.people.moves import LikenessCheck
from monitor.vault.vault import Vault, VaultProblem
from monitor.vision.faces.engines import FaceEngine
from rollcall.faces.comparing import MOST_ALIKE, alike_among, faces_at_hand
from rollcall.faces.likeness import tell_alike
from rollcall.jobs import COMPARE_FACES

log = logging.getLogger(__name__)


def compare_due(database: Database, vault: Vault, first: Callable[[], FaceEngine], *, now: datetime) -> int:
    """Compare some of those who moved; returns how many. Two workers may do the same one: they tell the same.

    The engine is loaded when somebody waits; nothing is looked for in a picture.
    """
    with database.read() as session:
        waiting = session.scalars(select(LikenessCheck).order_by(LikenessCheck.asked_at).limit(COMPARE_FACES.rows)).all()
    for check in waiting:
        _compare(database, vault, first(), check, now)
    return len(waiting)


def _compare(database: Database, vault: Vault, engine: FaceEngine, check: LikenessCheck, now: datetime) -> None:
    with database.read() as session:
        thresholds = thresholds_of(session, engine)
        others = faces_at_hand(session, vault, engine, check.resident_id, now)
        try:
            own = load_gallery(session, vault, engine, [check.resident_id]).get(check.resident_id, [])
        except VaultProblem:
            log.warning("the faces of resident %d cannot be read", check.resident_id)
            own = []
    alike = dict.fromkeys(each for embedding in own for each in alike_among(embedding, others, thresholds))
    with database.write() as session:
        # Who moved on meanwhile is compared again, with others.
        same = (LikenessCheck.resident_id == check.resident_id, LikenessCheck.asked_at == check.asked_at)
        if not changed(session, delete(LikenessCheck).where(*same)):
            return
        if alike:
            tell_alike(session, check.zone_id, check.resident_id, list(alike)[:MOST_ALIKE], now)
            announce(session, check.zone_id, Topic.PEOPLE, now)
