"""Every place that computes or compares something of a face is known, and is held to what the person said by the one rule."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
COMPUTES = re.compile(r"\.embed\(|\bbest_match\(|\bload_gallery\(|(?<!def )\bsimilarity\(")
AGREED = "monitor.people.face_agreement"
# Where it happens -> what holds it to the person's word: the rule itself, or whose caller it is.
PLACES = {
    "monitor/faces/gallery.py": "",
    "cameras/watching/faces.py": "",
    "rollcall/faces/verification.py": "",
    "rollcall/faces/renewal.py": "",
    "rollcall/faces/comparing.py": "others' faces come from the gallery",
    "rollcall/faces/enrolment.py": "photos that are due are those of who agreed, see photos_due",
    "rollcall/faces/movements.py": "called for answers that may be compared, by verification.py",
    "rollcall/faces/new_neighbours.py": "own faces and others' come from the gallery",
    # Pure: arrays in, findings out.
    "monitor/vision/faces/engines.py": "pure",
    "monitor/vision/faces/liveness.py": "pure",
    # Folders of photos that whoever measures names; nobody of the database.
    "monitor/benchmarks/verify.py": "measures files",
    "monitor/benchmarks/photos.py": "measures files",
}


def places() -> set[str]:
    files = [path for room in ("monitor", "cameras", "rollcall", "web") for path in (ROOT / room).rglob("*.py")]
    return {str(path.relative_to(ROOT)) for path in files if COMPUTES.search(path.read_text())}


def test_nobody_computes_anything_of_a_face_in_a_place_that_is_not_known() -> None:
    assert places() == set(PLACES)


@pytest.mark.parametrize("place", [place for place, why in PLACES.items() if not why])
def test_each_of_them_asks_the_one_rule(place: str) -> None:
    assert AGREED in (ROOT / place).read_text()


def test_nobody_reads_what_people_said_past_the_rule() -> None:
    column = re.compile(r"\.(agrees_to_faces|refuses_faces)\b")
    readers = {
        str(path.relative_to(ROOT))
        for room in ("monitor", "cameras", "rollcall", "web")
        for path in (ROOT / room).rglob("*.py")
        if column.search(path.read_text())
    }
    assert readers == {
        "monitor/people/face_agreement.py",
        # Written there, and nowhere else.
        "rollcall/faces/face_consent.py",
        # Says which of the two it was, in words.
        "rollcall/faces/offering.py",
        "rollcall/answers/page.py",
        # What was refused is removed; what was only not agreed to is not.
        "monitor/personal_data/consent.py",
    }
