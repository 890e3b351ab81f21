"""The table of OWASP's ASVS says what is so: each line that claims something names tests, and each of them exists."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "documentation" / "asvs.md").read_text()
# How many lines each chapter of the standard has.
LINES = {"6": 47, "7": 19, "8": 13}


def rows() -> list[list[str]]:
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in PAGE.splitlines() if re.match(r"\| \d", line)]


def files() -> dict[str, str]:
    """The text of each file of tests, by its sign in the table; "" without one."""
    named = re.findall(r"\*(\(\w+\))\*\s+`(tests/[\w/.]+)`", PAGE)
    return {"": "tests/integration/web/test_accounts.py", **dict(named)}


def test_every_line_of_the_three_chapters_is_there_once() -> None:
    numbers = [row[0] for row in rows()]
    assert len(set(numbers)) == len(numbers)
    assert {chapter: sum(each.startswith(f"{chapter}.") for each in numbers) for chapter in LINES} == LINES


def test_what_is_claimed_is_shown_by_tests_that_exist() -> None:
    texts = {sign: (ROOT / path).read_text() for sign, path in files().items()}
    missing = []
    for number, _level, _wanted, here, shown in rows():
        tests = re.findall(r"(?:\*(\(\w+\))\* )?`(test_\w+)`", shown)
        assert here.startswith(("yes", "partly", "no")), number
        assert bool(tests) is here.startswith(("yes", "partly")), number
        missing += [(number, name) for sign, name in tests if f"def {name}(" not in texts[sign]]
    assert missing == []
