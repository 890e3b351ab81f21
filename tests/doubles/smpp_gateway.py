"""Runs the SMPP gateway of the npm package `smpp` beside a test."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

MODULES = Path(__file__).parents[2] / ".venv" / "node_modules"
INSTALLED = shutil.which("node") is not None and (MODULES / "smpp").exists()
SYSTEM_ID, PASSWORD = "quarantine", "p@ss"


class SmppServer:
    """Runs until `stop`. taken: one entry for each part of a message that it took."""

    def __init__(self, folder: Path, *more: str) -> None:
        self.journal = folder / "smpp.jsonl"
        self.journal.touch()
        script = Path(__file__).with_name("smpp_server.js")
        self._process = subprocess.Popen(
            ["node", str(script), str(MODULES), str(self.journal), *more], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        assert self._process.stdout is not None
        self.port = int(self._process.stdout.readline())

    def _lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.journal.read_text().splitlines()]

    @property
    def taken(self) -> list[dict[str, Any]]:
        return [each for each in self._lines() if "receipt" not in each and "inbound" not in each]

    @property
    def handed_over(self) -> list[tuple[int, int]]:
        """What people wrote: the place in the list, and our answer's status, in the order of the answers."""
        return [(each["index"], each["inbound"]) for each in self._lines() if "inbound" in each]

    @property
    def receipts_answered(self) -> int:
        return sum("receipt" in each for each in self._lines())

    def stop(self) -> None:
        """End it and wait."""
        self._process.kill()
        self._process.communicate()
