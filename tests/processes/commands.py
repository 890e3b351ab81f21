"""Commands of ours as processes of their own, with nothing of this one's settings."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path


def environment(folder: Path, **more: str) -> dict[str, str]:
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("QUARANTINE_", "DATABASE_URL", "LC_", "LANG"))
    }
    return {**kept, "QUARANTINE_DATA_FOLDER": str(folder / "data"), "LANG": "en_GB.UTF-8", "PYTHONUNBUFFERED": "1", **more}


def doctor(folder: Path, **more: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-m", "monitor", "doctor", "--offline"],
        env=environment(folder, **more),
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert "Traceback" not in done.stderr, done.stderr
    return done.returncode, done.stdout
