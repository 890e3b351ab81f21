"""`quarantine bench motion` on real encoded clips: its own, and a folder of somebody's own."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner

from cameras.benchmarks.clips import encode
from cameras.benchmarks.motion import bench_motion
from cameras.benchmarks.scenes import Scene, Walker


def test_walkers_are_found_soon_and_a_still_room_is_still(tmp_path: Path) -> None:
    encode(tmp_path, Scene("walker", seconds=24, walkers=(Walker(14, 19),)))
    encode(tmp_path, Scene("still", seconds=20, noise=5.0))
    done = CliRunner().invoke(bench_motion, ["--clips", str(tmp_path)], catch_exceptions=False)
    assert done.exit_code == 0
    result = json.loads(done.output.splitlines()[-1])
    assert (result["recall"], result["precision"], result["episodes"]) == (1, 1, 1)
    assert result["delay_worst_s"] <= 2.5
    ((begin, end),) = result["clips"]["walker"]["found"]
    assert 13.5 <= begin <= 15
    assert 16 <= end <= 20
    assert result["clips"]["still"]["found"] == []
    # Looking at every picture is what this saves.
    assert result["clips"]["still"]["decoded"] < 0.06


def test_without_labels_what_every_picture_shows_is_true_and_bad_files_are_told(tmp_path: Path) -> None:
    encode(tmp_path, Scene("walker", seconds=20, walkers=(Walker(13, 17),))).with_suffix(".csv").unlink()
    done = CliRunner().invoke(bench_motion, ["--clips", str(tmp_path)], catch_exceptions=False)
    result = json.loads(done.output.splitlines()[-1])
    assert result["episodes"] == 1
    (tmp_path / "broken.mp4").write_bytes(b"no video")
    refused = CliRunner().invoke(bench_motion, ["--clips", str(tmp_path)])
    assert refused.exit_code != 0
    assert "broken.mp4" in str(refused.exception)
