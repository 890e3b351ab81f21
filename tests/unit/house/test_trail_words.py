"""Whatever an entry of the trail tells besides who, what and whom has a word: nobody reads `camera_id: 4`."""

from __future__ import annotations

import ast
from pathlib import Path

from web.shared.label_tables.trail import DETAILS

ROOT = Path(__file__).parents[3]
ROOMS = ("monitor", "cameras", "rollcall", "web")
# What an entry holds in columns of their own.
COLUMNS = frozenset({"action", "at", "account_id", "zone_id", "resident_id", "about"})


def told_in(source: str) -> set[str]:
    """Names of the details that a file writes into the trail, where it names them."""
    found: set[str] = set()
    for call in ast.walk(ast.parse(source)):
        if not isinstance(call, ast.Call):
            continue
        function = call.func
        named = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
        of_trail = named == "note" and isinstance(function, ast.Attribute) and getattr(function.value, "id", "") == "audit"
        if of_trail or named == "note_view":
            found |= {each.arg for each in call.keywords if each.arg is not None}
    return found - COLUMNS


def test_each_detail_of_the_trail_has_a_word() -> None:
    without = {
        name: str(path.relative_to(ROOT))
        for room in ROOMS
        for path in (ROOT / room).rglob("*.py")
        for name in told_in(path.read_text())
        if name not in DETAILS
    }
    assert without == {}
