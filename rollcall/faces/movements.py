"""Judges the frames of head movements that came with a selfie."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from monitor.challenge import challenge_of
from monitor.models.people.residents import Media
from monitor.models.rollcalls.answers import Verification
from monitor.vault.vault import Vault
from monitor.vision.faces.engines import Face, FaceEngine, Picture, decode
from monitor.vision.faces.liveness import DESCRIBED_EVERY, judge_burst, look_at_frame
from monitor.vision.faces.other_models import Thresholds
from monitor.words import Words
from rollcall.answers.bursts import unpack

# Of so many answers before, the frames must not come again.
EARLIER = 20
DIGEST = 16  # hexadecimal digits


@dataclass(frozen=True)
class Movements:
    """How head movements were judged. kept: what is stored of it."""

    doubts: tuple[Words, ...]
    kept: dict[str, Any]


def earlier_frames(session: Session, verification: Verification) -> set[str]:
    """Digests of the frames that came with the resident's answers before."""
    rows = session.scalars(
        select(Verification.movements)
        .where(
            Verification.resident_id == verification.resident_id,
            Verification.id != verification.id,
            Verification.movements.is_not(None),
        )
        .order_by(Verification.id.desc())
        .limit(EARLIER)
    )
    return {digest for each in rows if each for digest in each["digests"]}


def look_at_movements(
    vault: Vault,
    engine: FaceEngine,
    thresholds: Thresholds,
    burst: Media,
    nonce: str,
    photo: Picture,
    faces: list[Face],
    earlier: set[str],
) -> Movements:
    """Judge the frames that came with a selfie. photo, faces: the selfie. nonce: of the check-in, which the movements are drawn from."""
    shots = unpack(vault.get(burst.owner, burst.name))
    digests = [hashlib.sha256(picture).hexdigest()[:DIGEST] for _, picture in shots]
    frames = [
        look_at_frame(engine, decode(picture), at, digest, describe=number % DESCRIBED_EVERY == 0)
        for number, ((at, picture), digest) in enumerate(zip(shots, digests, strict=True))
    ]
    selfie = engine.embed(photo, faces[0]) if faces else None
    found = judge_burst(frames, challenge_of(nonce), thresholds, selfie=selfie, earlier=earlier)
    return Movements(found.doubts, {"figures": found.figures, "digests": digests})
