"""What tests of cameras share: devices that a test makes as odd as it likes, closed when it is over."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.doubles.odd_camera import Answer, Odd


@pytest.fixture
def odd() -> Iterator[Callable[..., Odd]]:
    made: list[Odd] = []

    def make(**changed: Answer) -> Odd:
        made.append(Odd(**changed))
        return made[-1]

    yield make
    for each in made:
        each.close()
