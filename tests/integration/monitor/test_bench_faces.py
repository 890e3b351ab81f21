"""`quarantine bench faces` and `bench verify`: their last lines, and the thresholds that follow from a folder of photos."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from PIL import Image, ImageFilter
from sqlalchemy import select

from monitor.database.database import Database
from monitor.demonstration.photographs import photograph
from monitor.faces.thresholds import thresholds_of
from monitor.models.accounts import AuditEntry
from monitor.models.people.faces import FaceModel
from monitor.service.cli import root
from monitor.vision.faces.engines import create_engine
from tests.worlds.tables import make_tables

KEYS = [
    "people",
    "photos",
    "fta",
    "auc",
    "fnmr_at_fmr_1e2",
    "fnmr_at_fmr_1e3",
    "accept",
    "reject",
    "genuine_pairs",
    "impostor_pairs",
    "embed_ms",
    "detect_ms",
]


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    """Six photos each of two people, all different, and one picture without a face."""
    folder = tmp_path / "photos"
    for name in ("astronaut", "hopper"):
        (folder / name).mkdir(parents=True)
        with Image.open(photograph(name)) as opened:
            picture = opened.convert("RGB")
        for number in range(6):
            changed = picture.rotate(5 * number - 12, Image.Resampling.BICUBIC).filter(ImageFilter.GaussianBlur(number / 4))
            changed.point(lambda level, number=number: level * (0.7 + 0.08 * number)).save(folder / name / f"{number}.jpg")
    Image.new("RGB", (400, 300), "grey").save(folder / "hopper" / "wall.png")
    (folder / "groups.csv").write_text("person,group\nastronaut,one\nhopper,two\n", encoding="utf-8")
    return folder


def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> Result:
    monkeypatch.setenv("QUARANTINE_DATA_FOLDER", str(tmp_path / "data"))
    monkeypatch.setenv("QUARANTINE_LANGUAGE", "en")
    monkeypatch.delenv("DATABASE_URL", raising=False)
    root.load_rooms()
    return CliRunner().invoke(root, ["bench", *arguments])


def test_error_rates_are_told_and_drawn_and_thresholds_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, dataset: Path
) -> None:
    database = Database(f"sqlite:///{tmp_path}/data/quarantine.db", bytes(32))
    make_tables(database)
    plot = tmp_path / "rates"
    done = bench(
        tmp_path,
        monkeypatch,
        "faces",
        "--dataset",
        str(dataset),
        "--engine",
        "sface",
        "--fmr",
        "0.1",
        "--apply",
        "--plot",
        str(plot),
    )
    assert done.exit_code == 0, done.output
    figures = json.loads(done.stdout.splitlines()[-1])
    assert list(figures) == KEYS
    assert (figures["people"], figures["photos"], figures["genuine_pairs"], figures["impostor_pairs"]) == (2, 13, 30, 36)
    assert figures["fta"] == pytest.approx(1 / 13, abs=1e-4)
    assert figures["auc"] == 1.0
    assert figures["reject"] < figures["accept"]
    assert "group two: 1 people, not acquired 0.1429" in done.output
    assert "too few impostor pairs to tell" in done.output
    assert plot.with_suffix(".png").read_bytes().startswith(b"\x89PNG")
    assert "<svg" in plot.with_suffix(".svg").read_text(encoding="utf-8")
    with database.read() as session:
        found = thresholds_of(session, create_engine("sface"))
        assert (found.accept, found.reject) == pytest.approx((figures["accept"], figures["reject"]), abs=1e-4)
        assert session.scalars(select(AuditEntry.action)).all() == ["face-thresholds-set"]


def test_what_two_engines_say_together_is_told_beside_each_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, dataset: Path
) -> None:
    done = bench(tmp_path, monkeypatch, "faces", "--dataset", str(dataset))
    assert done.exit_code == 0, done.output
    assert "of 30 genuine and 36 impostor pairs" in done.output
    for name in ("sface alone", "dlib alone", "both"):
        assert f"{name}: genuine accepted 1.0000, impostors accepted 0.00e+00" in done.output
    assert "at so many impostors alone: sface 1.0000, dlib 1.0000" in done.output


def test_too_few_photos_set_no_thresholds_and_say_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, dataset: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/data/quarantine.db", bytes(32))
    make_tables(database)
    done = bench(tmp_path, monkeypatch, "faces", "--dataset", str(dataset), "--engine", "sface", "--apply")
    assert done.exit_code == 2
    assert "36 different-person pairs are too few" in done.output
    with database.read() as session:
        assert session.scalars(select(FaceModel)).all() == []


@pytest.mark.parametrize(("groups", "told"), [("person\nastronaut\n", "Line 2 of groups.csv"), (None, "one folder per person")])
def test_a_folder_of_another_shape_is_explained(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, dataset: Path, groups: str | None, told: str
) -> None:
    if groups is None:
        dataset = dataset / "hopper"
    else:
        (dataset / "groups.csv").write_text(groups, encoding="utf-8")
    done = bench(tmp_path, monkeypatch, "faces", "--dataset", str(dataset), "--engine", "sface")
    assert done.exit_code == 2
    assert told in done.output


def test_what_a_verdict_costs_beside_the_plain_library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, dataset: Path) -> None:
    # The plain library takes a second for each.
    for photo in dataset.glob("*/[3-5].jpg"):
        photo.unlink()
    done = bench(tmp_path, monkeypatch, "verify", "--dataset", str(dataset))
    assert done.exit_code == 0, done.output
    figures = json.loads(done.stdout.splitlines()[-1])
    assert set(figures) >= {"median_ms", "plain_median_ms", "ratio", "agreement"}
    assert figures["correct"] >= figures["plain_correct"]
    assert figures["selfies"] == 10
