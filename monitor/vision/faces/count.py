"""How many faces of a picture matter; apart from the rest, since deciding about an answer needs no image library."""

from __future__ import annotations

from collections.abc import Sequence

# A face this much smaller than the largest is somebody in the background, a poster, a picture on the wall.
BACKGROUND_SHARE = 0.35


def count_faces(widths: Sequence[float]) -> int:
    """How many faces matter: small ones behind the largest do not. widths: largest first."""
    return sum(width >= widths[0] * BACKGROUND_SHARE for width in widths) if widths else 0
