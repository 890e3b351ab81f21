"""Pictures that mean harm, sent to the residents' page as a phone sends them: nothing breaks, hangs, grows or is kept.

`make fuzz` sends 10,000 of them.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import httpx
import psutil
import pytest
from PIL import Image
from sqlalchemy import func, select, update

from monitor.clock import utc_now
from monitor.database.database import Database
from monitor.models.people.faces import EnrolmentPhoto
from monitor.models.people.residents import Media
from monitor.models.rollcalls.answers import Answer
from monitor.models.rollcalls.plans import EvidenceLevel, Plan
from monitor.models.rollcalls.rounds import CheckIn
from monitor.vault.vault import Vault
from rollcall.answers.bursts import pack, unpack
from rollcall.answers.sealing import AnswerKey
from rollcall.benchmarks.seeding import seed
from rollcall.people.links import make_token
from rollcall.rounds.opening import open_due_rounds
from tests.doubles.sealing_phone import seal
from tests.processes.residents_server import serving, settings_in
from tests.worlds.due_round import SECRET, jpeg
from tests.worlds.mutated_pictures import PLANTED, mutated

COUNT, BEGIN = map(int, os.environ.get("QUARANTINE_TEST_FUZZ", "200,0").split(","))
FIRST = -(-(BEGIN + COUNT) // 4) * 4  # whoever sends a good picture before all others
MOST_MEMORY = 100 * 1024  # kB
LONGEST = 10.0  # seconds, on a machine that does other things besides
REFUSED = {413, 415, 422}
JSON = {"Accept": "application/json"}


class Memory:
    """Of one process: how far it grew at most since `begin`, in kB."""

    def __init__(self, pid: int) -> None:
        self._folder = Path(f"/proc/{pid}")
        self._before = 0

    def _status(self, name: str) -> int:
        line = next(each for each in (self._folder / "status").read_text().splitlines() if each.startswith(name))
        return int(line.split()[1])

    def begin(self) -> None:
        (self._folder / "clear_refs").write_text("5")
        self._before = self._status("VmRSS")

    def grown(self) -> int:
        return self._status("VmHWM") - self._before


@dataclass
class Sender:
    """A phone for each picture. public: what answers are sealed to."""

    client: httpx.Client
    links: list[str]
    public: str

    def send(self, number: int, picture: bytes) -> tuple[str, int]:
        """How it was sent, in turn, and the status. number: from BEGIN on."""
        link = self.links[number - BEGIN]
        token = link.removeprefix("/a/")
        fields, said = {"unwell": "no"}, [["unwell", "no"]]
        match number % 4:
            case 0:
                return "answer", self._post(link, fields, {"photo": picture})
            case 1:
                return "enrolment", self._post(f"{link}/photos", {}, {"photo": picture})
            case 2:
                return "sealed", self._post(link, {}, {"sealed": seal(self.public, token, said, picture)})
            case _:
                shots = [(0.0, jpeg()), (250.0, picture[:120_000]), (500.0, jpeg())]
                packed = pack(shots) if number % 3 else picture
                return "frames", self._post(link, fields, {"photo": jpeg(), "burst": packed})

    def _post(self, address: str, fields: dict[str, str], files: dict[str, bytes]) -> int:
        named = {name: (f"{name}.jpg", content) for name, content in files.items()}
        return self.client.post(address, data=fields, files=named, headers=JSON).status_code


@pytest.fixture
def world(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Sender, Memory]]:
    """The residents' application under its real server, with as many people as there are pictures and one more to begin with."""
    (tmp_path / "tmp").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    seed(database, FIRST - BEGIN + 1, utc_now())
    with database.write() as session:
        session.execute(update(Plan).values(evidence=EvidenceLevel.FACE_AND_LIVENESS, window_minutes=600.0))
    open_due_rounds(database, utc_now())
    with database.read() as session:
        rows = session.execute(select(CheckIn.id, CheckIn.nonce).order_by(CheckIn.id)).all()
    key = AnswerKey(bytes.fromhex(settings_in(tmp_path).secret("answer_key").decode()))
    # Each on a connection of its own: the server ends one that waits while the next picture is made.
    alone = httpx.Limits(max_keepalive_connections=0)
    with serving(tmp_path) as address, httpx.Client(base_url=address, timeout=60, limits=alone) as client:
        (worker,) = [
            each for each in psutil.Process().children(recursive=True) if "gunicorn: worker" in " ".join(each.cmdline())
        ]
        sender = Sender(client, [f"/a/{make_token(SECRET, row.id, row.nonce)}" for row in rows], key.public)
        # What a process loads with its first picture is no matter of the pictures that follow.
        assert sender.send(FIRST, jpeg(1280, 960))[1] == 201
        yield sender, Memory(worker.pid)


@pytest.mark.timeout(5400)
def test_no_picture_breaks_the_page_and_nothing_of_a_refused_one_is_kept(
    world: tuple[Sender, Memory], database: Database, tmp_path: Path
) -> None:
    sender, memory = world
    outcomes: Counter[str] = Counter()
    slowest, largest, wrong = (0.0, ""), (0, ""), []
    for number in range(BEGIN, BEGIN + COUNT):
        kind, picture = mutated(number)
        memory.begin()
        began = time.monotonic()
        way, status = sender.send(number, picture)
        seconds, grown = time.monotonic() - began, memory.grown()
        outcomes[f"{way} {status}"] += 1
        slowest, largest = max(slowest, (seconds, f"{number} {kind}")), max(largest, (grown, f"{number} {kind}"))
        taken = status in (201, 303)
        if not (taken or status in REFUSED) or seconds > LONGEST or grown > MOST_MEMORY:
            wrong.append((number, kind, way, status, round(seconds, 1), grown))
            sys.stdout.write(f"{wrong[-1]}\n")
        if number % 1000 == 999:
            sys.stdout.write(f"{number + 1}\n")
    sys.stdout.write(
        f"\n{COUNT} pictures: {dict(sorted(outcomes.items()))}; slowest {slowest[0]:.2f} s ({slowest[1]}); most memory"
        f" {largest[0] / 1024:.0f} MB ({largest[1]})\n"
    )
    assert wrong == []
    assert "ERROR" not in (tmp_path / "server.log").read_text()
    assert "Traceback" not in (tmp_path / "server.log").read_text()
    taken = sum(count for outcome, count in outcomes.items() if outcome.endswith(("201", "303")))
    assert COUNT * 0.1 < taken < COUNT * 0.9

    assert [path for path in (tmp_path / "tmp").rglob("*") if path.is_file()] == []
    vault = Vault(tmp_path / "vault", bytes(32))
    with database.read() as session:
        media = session.scalars(select(Media)).all()
        rows = [session.scalar(select(func.count()).select_from(each)) or 0 for each in (Answer, EnrolmentPhoto)]
    assert sum(rows) == taken + 1
    assert {each.name for each in media} == {path.name for path in (tmp_path / "vault/files").rglob("*") if path.is_file()}
    for each in media:
        kept = vault.get(each.owner, each.name)
        assert PLANTED not in kept
        for picture in [kept] if kept.startswith(b"\xff\xd8") else [shot for _, shot in unpack(kept)]:
            opened = Image.open(BytesIO(picture), formats=("JPEG",))
            assert max(opened.size) <= 1280
            assert not opened.getexif()

    # What was taken goes on to the machine that judges faces.
    judging = [sys.executable, "-m", "tests.processes.judge", str(tmp_path)]
    done = subprocess.run(judging, capture_output=True, check=True, timeout=3600, env={**os.environ, "PYTHONPATH": "."})
    judged = json.loads(done.stdout)
    sys.stdout.write(f"judged: {judged}\n")
    assert judged["judged"] == taken + 1
    assert judged["failed"] == 0, done.stderr.decode()
    assert judged["grown"] < MOST_MEMORY
