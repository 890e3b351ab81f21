"""What a machine has and a test's container has not: systemd as the first process, a public name, a second machine, Debian's archive.

`python -m tests.doubles.machine PROGRAM ARGUMENTS…` stands in for such a program, in the folder that MACHINE names. Each does what can be
done here, and refuses what could not work on a real machine either.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path

ROOT = Path(__file__).parents[2]
STAND_INS = {
    "systemctl": "systemd is not process 1; units are verified by systemd-analyze, and their processes started as it would",
    "journalctl": "no journal; the units it names must be there",
    "timedatectl": "no D-Bus",
    "apt-get": "Debian's packages are installed by `make setup-development`; their names are checked",
    "certbot": "a certificate needs a public name; one signed by itself is put where certbot would",
    "git": "the source is here already",
    "scp": "no second machine; the files must be there",
    "nginx": "its own configuration is Debian's; the written file is checked by the real nginx in one of the test's",
}
"""Programs that are not run as they are, and why; what is done instead."""
_PACKAGES = {"git", "make", "python3", "certbot"}


def install(folder: Path) -> Path:
    """A folder for PATH with all stand-ins."""
    programs = folder / "stand-ins"
    programs.mkdir()
    for name in STAND_INS:
        path = programs / name
        path.write_text(f'#!/bin/sh\nPYTHONPATH={ROOT} exec {sys.executable} -m tests.doubles.machine {name} "$@"\n')
        path.chmod(0o755)
    return programs


def _refuse(why: str) -> None:
    sys.exit(f"stand-in: {why}")


class _Systemctl:
    def __init__(self, folder: Path) -> None:
        self.units, self.state = folder / "units", folder / "running.json"

    def run(self, *arguments: str) -> None:
        words = [each for each in arguments if not each.startswith("-")]
        if not words:
            _refuse("no command")
        command, names = words[0], words[1:]
        if command not in ("daemon-reload", "enable", "start", "stop", "restart", "reload", "status"):
            _refuse(f"systemctl {command}")
        self._verify()
        for name in names:
            if name in ("nginx", "caddy", "postgresql"):
                continue
            if name != "quarantine.target" and name != "quarantine*":
                _refuse(f"no unit {name}")
            if command == "stop":
                self._stop()
            if os.environ.get("MACHINE_STARTS") and command in ("start", "enable"):
                self._start()

    def _verify(self) -> None:
        """All that is written, and each instance that the target wants."""
        if not (self.units / "quarantine.target").exists():
            return
        paths = [str(self.units / "quarantine.target"), *(str(self.units / each) for each in self._wanted())]
        done = subprocess.run(["systemd-analyze", "verify", *paths], capture_output=True, text=True, check=False)
        # What it says of units of others is no business of ours.
        said = [line for line in done.stderr.splitlines() if "quarantine" in line]
        if done.returncode or said:
            _refuse("\n".join(said) or done.stderr)

    def _wanted(self) -> list[str]:
        text = (self.units / "quarantine.target").read_text()
        return re.findall(r"^Wants=(\S+)", text, re.MULTILINE)

    def _start(self) -> None:
        running = {}
        for instance in self._wanted():
            kind, number = re.fullmatch(r"quarantine-(\w+)@(\d+)\.service", instance).groups()  # type: ignore[union-attr]
            unit = (self.units / f"quarantine-{kind}@.service").read_text().replace("%i", number)
            credentials = self.units / f"credentials-{instance}"
            credentials.mkdir(exist_ok=True, mode=0o755)
            for name, path in re.findall(r"^LoadCredential=(\w+):(.+)$", unit, re.MULTILINE):
                shutil.copy(path, credentials / name)
                (credentials / name).chmod(0o644)
            told = re.findall(r'^Environment="(\w+)=(.*)"$', unit, re.MULTILINE)
            environment = {name: value.replace("%d", str(credentials)).replace("%%", "%") for name, value in told}
            user = re.findall(r"^User=(.+)$", unit, re.MULTILINE)[0]
            command = re.findall(r"^ExecStart=(.+)$", unit, re.MULTILINE)[0].split()
            with (self.units / f"{instance}.log").open("wb") as log:
                process = subprocess.Popen(
                    ["setpriv", "--reuid", user, "--regid", user, "--init-groups", "--no-new-privs", "--", *command],
                    env={"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", **environment},
                    cwd="/",
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                )
            running[instance] = process.pid
        self.state.write_text(json.dumps(running))

    def _stop(self) -> None:
        if not self.state.exists():
            return
        left = set(json.loads(self.state.read_text()).values())
        for pid in left:
            _signal(pid, signal.SIGTERM)
        deadline = time.monotonic() + 20
        while left and time.monotonic() < deadline:
            left = {pid for pid in left if Path(f"/proc/{pid}").exists() and _alive(pid)}
            time.sleep(0.1)
        for pid in left:
            _signal(pid, signal.SIGKILL)
        self.state.unlink()
        if left:
            _refuse("a process did not stop within 20 s")


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(") ", 1)[1][0] != "Z"
    except OSError:
        return False


def _signal(pid: int, number: int) -> None:
    try:
        os.killpg(pid, number)
    except ProcessLookupError:
        return


def _journalctl(folder: Path, *arguments: str) -> None:
    there = {path.name for path in (folder / "units").glob("quarantine-*@.service")}
    for name in [after for before, after in pairwise(arguments) if before == "--unit"]:
        if not any(re.fullmatch(name.replace("*", ".*").replace("@1", "@"), each.removesuffix(".service")) for each in there):
            _refuse(f"no unit {name}")


def _apt_get(_folder: Path, *arguments: str) -> None:
    names = [each for each in arguments if not each.startswith("-")]
    known = _PACKAGES | set(re.findall(r"[\w.+-]+", (ROOT / "Makefile").read_text()))
    if names[:1] != ["install"] or not set(names[1:]) <= known:
        _refuse(f"apt-get {arguments}")


def _certbot(folder: Path, *arguments: str) -> None:
    from tests.processes.proxies import make_certificate

    names = [after for before, after in pairwise(arguments) if before == "-d"]
    live = folder / "letsencrypt/live" / names[0]
    live.mkdir(parents=True)
    made = make_certificate(live, *names)
    made.file.rename(live / "fullchain.pem")
    made.key.rename(live / "privkey.pem")


def _git(folder: Path, *arguments: str) -> None:
    words = [each for each in arguments if not each.startswith("-")]
    match words[0]:
        case "clone":
            Path(words[-1]).parent.mkdir(parents=True, exist_ok=True)
            Path(words[-1]).symlink_to(ROOT)
        case "pull" | "checkout":
            return
        case _:
            _refuse(f"git {words[0]}")


def _scp(_folder: Path, *arguments: str) -> None:
    *sources, target = [each for each in arguments if not each.startswith("-")]
    missing = [each for each in sources if not Path(each).is_file()]
    if missing or not sources or ":" not in target:
        _refuse(f"scp {arguments}")


def _nginx(folder: Path, *arguments: str) -> None:
    from tests.processes.proxies import nginx_folder

    if arguments != ("-t",):
        _refuse(f"nginx {arguments}")
    text = (folder / "nginx/quarantine.conf").read_text().replace("/etc/letsencrypt", str(folder / "letsencrypt"))
    # Checking a configuration opens its ports for a moment.
    text = re.sub(r"listen (\S*?)(80|443)\b", lambda found: f"listen {found[1]}{29_000 + int(found[2])}", text)
    trial = folder / f"nginx-{time.monotonic_ns()}"
    real = shutil.which("nginx", path="/usr/sbin:/usr/bin")
    assert real is not None
    done = subprocess.run([real, "-t", "-q", "-c", nginx_folder(trial, text), "-e", trial / "e"], check=False)
    sys.exit(done.returncode)


def main(arguments: Sequence[str]) -> None:
    folder = Path(os.environ["MACHINE"])
    with (folder / "asked.log").open("a") as log:
        log.write(" ".join(arguments) + "\n")
    name, *rest = arguments
    others: dict[str, Callable[..., None]] = {
        "journalctl": _journalctl,
        "timedatectl": lambda *_: None,
        "apt-get": _apt_get,
        "certbot": _certbot,
        "git": _git,
        "scp": _scp,
        "nginx": _nginx,
    }
    if name == "systemctl":
        _Systemctl(folder).run(*rest)
    else:
        others[name](folder, *rest)


if __name__ == "__main__":
    main(sys.argv[1:])
