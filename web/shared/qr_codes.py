"""QR codes, drawn into a page."""

from __future__ import annotations

import segno
from markupsafe import Markup


def qr_code(content: str) -> Markup:
    """A QR code as SVG without styles of its own, which the page's policy would refuse."""
    drawn = segno.make(content, error="m", micro=False)
    return Markup(drawn.svg_inline(scale=1, border=2, omitsize=True, svgclass="code", lineclass="dark"))  # noqa: S704 - drawn, not written
