"""Plain text for services that read Markdown whatever they are told: every sign arrives as it was written. Pure decisions."""

from __future__ import annotations

import re

_SIGNS = re.compile(r"([\\`*_{}\[\]()<>#+!|~-])")
_LINK = re.compile(r"(https?://\S+)")
READERS = frozenset({"discord", "guilded", "mmost", "mmosts"})
"""Services of Apprise that read Markdown even in what is declared plain text."""


def escaped(text: str) -> str:
    """Text with a backslash before what would be markup; links stay as they are, since a backslash would lead elsewhere."""
    return "".join(each if number % 2 else _SIGNS.sub(r"\\\1", each) for number, each in enumerate(_LINK.split(text)))
