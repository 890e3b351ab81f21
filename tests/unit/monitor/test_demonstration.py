"""How the demonstration takes on its cameras, one of which may have no power just then."""

from __future__ import annotations

from pathlib import Path

import pytest

from monitor.demonstration.demo import Demonstration, DemonstrationFailed, settings_of_demonstration
from monitor.service.serve import Display
from monitor.settings import Settings

CAMERAS = [("http://127.0.0.1:1/", "A", "101"), ("http://127.0.0.1:3/", "A", "Sân")]


@pytest.fixture
def demonstration(tmp_path: Path) -> Demonstration:
    settings = settings_of_demonstration(Settings(data_folder=tmp_path), 1)
    return Demonstration(settings, Display(str), telephone_port=1, camera_port=3, rounds_every=3.0)


def test_cameras_that_do_not_answer_are_asked_again_and_the_others_are_not(
    demonstration: Demonstration, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[list[str]] = []

    def command(*arguments: str, told: str | None = None) -> str:
        asked.append([line.rpartition(",")[2] for line in Path(arguments[2]).read_text().splitlines()[1:]])
        if len(asked) < 3:
            raise DemonstrationFailed("%(errors)s", errors="Sân: No answer from 127.0.0.1:3 within 5 s.")
        return ""

    monkeypatch.setattr(demonstration, "command", command)
    demonstration._take_on(CAMERAS)
    assert asked == [["101", "Sân"], ["Sân"], ["Sân"]]


def test_an_error_that_is_no_cameras_ends_it_at_once(demonstration: Demonstration, monkeypatch: pytest.MonkeyPatch) -> None:
    def command(*arguments: str, told: str | None = None) -> str:
        raise DemonstrationFailed("%(errors)s", errors="The table needs the columns address.")

    monkeypatch.setattr(demonstration, "command", command)
    with pytest.raises(DemonstrationFailed, match="columns"):
        demonstration._take_on(CAMERAS)


def test_accounts_of_the_demonstration_need_no_second_factor(demonstration: Demonstration) -> None:
    assert demonstration.environment["QUARANTINE_SECOND_FACTOR_ROLES"] == ""
