"""Every command of the page for operators is run, in its order, on a machine that begins empty."""

from __future__ import annotations

import json
import os
import pwd
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from monitor.database.revisions import newest_revision
from monitor.service.backups import Backup
from tests.doubles.machine import ROOT, STAND_INS, install
from tests.doubles.ports import free_ports
from tests.processes.proxies import program

pytestmark = pytest.mark.postgresql

PAGE = ROOT / "documentation" / "operating.md"
USER = "quarantine-test"
# Of blocks that are run as they stand, but for these: a section's number and the first words of a line -> why, and what shows it.
ELSEWHERE = {
    ("10", "cd /usr/src/quarantine && git checkout"): "the version before is not here; `make install` ran in sections 2 and 9",
}


@dataclass(frozen=True)
class Block:
    """section: its number. place: how many blocks of the section stand before it."""

    section: str
    place: int
    text: str


def blocks() -> list[Block]:
    """The page's blocks of commands, in its order."""
    found: list[Block] = []
    for part in re.split(r"^## ", PAGE.read_text(), flags=re.MULTILINE)[1:]:
        number = part.partition(".")[0]
        texts = re.findall(r"^```sh\n(.*?)^```", part, re.MULTILINE | re.DOTALL)
        found += [Block(number, place, text) for place, text in enumerate(texts)]
    return found


@dataclass(frozen=True)
class Machine:
    """A folder that stands for a machine's root. socket: of a PostgreSQL server."""

    folder: Path
    user: str
    ports: list[int]
    socket: str

    def run(self, block: Block, **more: str) -> str:
        """What a block prints. The test fails where one of its commands does."""
        script = "\n".join(self._line(block, line) for line in block.text.splitlines())
        path = os.pathsep.join(
            map(str, (self.folder / "stand-ins", self.folder / "bin", "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"))
        )
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("QUARANTINE_", "PYTHON", "PG", "DATABASE"))
        }
        postgresql = {"PGHOST": self.socket, "PGUSER": "quarantine", "PGDATABASE": "postgres"}
        environment = {
            **kept,
            **postgresql,
            "PATH": path,
            "MACHINE": str(self.folder),
            "HOME": str(self.folder),
            "LANG": "C.UTF-8",
            **more,
        }
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", script],
            cwd=self.folder,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"section {block.section}:\n{script}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def _line(self, block: Block, line: str) -> str:
        if any(block.section == section and line.startswith(begin) for section, begin in ELSEWHERE):
            return "true"
        folder, user = self.folder, self.user
        line = re.sub(
            r"\bmake install\b",
            f"make -s install PREFIX={folder}/opt DATA={folder}/data CONFIGURATION={folder}/etc COMMANDS={folder}/bin"
            f" SERVICE_USER={user} PACKAGES_OF={Path(sys.executable).parents[1]} PYTHON={_python()}",
            line,
        )
        line = re.sub(r"(quarantine service install)", rf"\1 --user {user} --folder {folder}/units", line)
        line = re.sub(r"(quarantine service nginx)", rf"\1 --to {folder}/nginx/quarantine.conf", line)
        line = re.sub(r"(quarantine service caddy)", rf"\1 --to {folder}/Caddyfile", line)
        # The database's user and name, and the machines of the page, are those of the test.
        line = re.sub(
            r"postgresql://quarantine\S*@\S*/quarantine\?\S+(?=')", f"postgresql://{user}@/{user}?host={self.socket}", line
        )
        line = line.replace("createuser quarantine", f"createuser {user}").replace(
            "--owner quarantine quarantine", f"--owner {user} {user}"
        )
        line = line.replace("ALTER ROLE quarantine", f'ALTER ROLE \\"{user}\\"').replace("-g quarantine", f"-g {user}")
        for page, here in (
            ("/var/lib/quarantine", f"{folder}/data"),
            ("/etc/quarantine", f"{folder}/etc"),
            ("/etc/caddy/Caddyfile", f"{folder}/Caddyfile"),
            ("/etc/postgresql/15/main", f"{folder}/postgresql"),
            ("/etc/ssl/private", f"{folder}/ssl"),
            ("/etc/ssl", f"{folder}/ssl"),
            ("/usr/src", f"{folder}/src"),
            ("127.0.0.1:8080", f"127.0.0.1:{self.ports[0]}"),
            ("10.0.0.2", "127.0.0.2"),
        ):
            line = line.replace(page, here)
        return line

    def backup(self) -> Backup:
        return Backup(**json.loads((self.folder / "data/backups/latest.json").read_text()))


@pytest.fixture
def machine(postgresql_server: str) -> Iterator[Machine]:
    if os.geteuid() != 0:
        if os.environ.get("CI"):
            pytest.fail("these commands are root's")
        pytest.skip("these commands are root's")
    for name in ("systemd-analyze", "nginx", "caddy", "curl", "openssl"):
        program(name)
    folder = Path(tempfile.mkdtemp(prefix="quarantine-machine-"))
    folder.chmod(0o755)
    for each in ("units", "nginx", "postgresql", "ssl"):
        (folder / each).mkdir()
    shutil.copy(Path(make_url(postgresql_server).query["host"]) / "data/pg_hba.conf", folder / "postgresql")  # type: ignore[arg-type]
    install(folder)
    running = Machine(folder, _user(), free_ports(3), str(make_url(postgresql_server).query["host"]))
    try:
        yield running
    finally:
        running.run(Block("0", 0, "systemctl stop quarantine.target"))
        shutil.rmtree(folder)
        if running.user == USER:
            subprocess.run(["userdel", USER], check=False, capture_output=True)


def _python() -> Path:
    """Debian's Python of our version, which every user may run; else ours."""
    debians = Path(f"/usr/bin/python3.{sys.version_info.minor}")
    return debians if debians.exists() else Path(sys.executable)


def _user() -> str:
    """A user of its own, where it can read the packages that are used; else root."""
    for start in (_python().resolve(), Path(sys.prefix).resolve(), ROOT):
        if any(not each.stat().st_mode & 0o001 for each in (start, *start.parents)):
            return pwd.getpwuid(os.geteuid()).pw_name
    return USER


def test_every_command_of_the_page_runs_in_its_order(machine: Machine) -> None:
    said: dict[str, str] = {}
    for block in blocks():
        more = {}
        if block.section == "3":
            # Only here are the processes really started.
            with (machine.folder / "etc/settings.toml").open("a") as file:
                file.write(
                    f"port = {machine.ports[0]}\nresidents_port = {machine.ports[1]}\npublic_port = {machine.ports[2]}\n"
                )
            more = {"MACHINE_STARTS": "yes"}
        said[block.section] = said.get(block.section, "") + machine.run(block, **more)
        if (block.section, block.place) == ("6", 1):
            assert (machine.folder / "etc/secrets/master_key").read_bytes() == (
                machine.folder / "data/secrets/master_key"
            ).read_bytes()
    assert "authority = Trạm Y tế phường Phú Cường" in said["2"]
    assert "/invitation/" in said["2"] or "http" in said["2"]
    assert json.loads(said["3"][said["3"].index("{") :])["ok"] is True
    assert "trusted_proxies" in said["4"]
    assert "quarantine-work@11.service" in said["6"]
    made = machine.backup()
    assert (made.kind, made.revision) == ("postgresql", newest_revision())
    assert "Restored" in said["10"]
    assert len(list((machine.folder / "data/papers").iterdir())) == 7
    asked = {line.split()[0] for line in (machine.folder / "asked.log").read_text().splitlines()}
    assert asked == set(STAND_INS)


def test_the_page_goes_in_the_order_in_which_one_does_it() -> None:
    headings = re.findall(r"^## (\d+)\. (.+)$", PAGE.read_text(), re.MULTILINE)
    assert [number for number, _ in headings] == [str(each) for each in range(1, len(headings) + 1)]
    assert {block.section for block in blocks()} == {number for number, _ in headings}
    for section, begin in ELSEWHERE:
        assert any(line.startswith(begin) for block in blocks() if block.section == section for line in block.text.splitlines())
