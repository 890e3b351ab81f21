"""When the watchdog tells people: tables."""

from __future__ import annotations

import pytest

from rollcall.alerting.watchdog import Seen, after_look, untold


@pytest.mark.parametrize(
    ("looks", "told"),
    [
        ("wwww", []),
        ("wmmw", []),
        ("mmm", ["down"]),
        ("mmmmmm", ["down"]),
        ("mmmw", ["down", "up"]),
        ("mmmwwmmw", ["down", "up"]),
        ("mmwmmwmm", []),
        ("mmmwmmm", ["down", "up", "down"]),
    ],
)
def test_three_missed_signs_of_life_are_told_once_and_so_is_their_return(looks: str, told: list[str]) -> None:
    seen, heard = Seen(), []
    for look in looks:
        following = after_look(seen, look == "w")
        seen = following.seen
        heard += [following.tell] if following.tell else []
    assert heard == told


def test_what_could_be_told_to_nobody_is_tried_again() -> None:
    seen = after_look(Seen(missed=2), False).seen
    assert seen.told
    assert after_look(untold(seen), False).tell == "down"
    # Where nobody knew that it was down, nobody is told that it is up.
    assert after_look(untold(seen), True).tell == ""
