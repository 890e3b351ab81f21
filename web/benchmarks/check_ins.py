"""What a check-in costs: visitors’ phones over HTTP against the service as it is shipped, until the last scan is in the stays.

Counted is the time on processors of all processes of ours and of the database, not of whoever asks.
"""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from http.client import HTTPConnection
from pathlib import Path

import httpx
import psutil
from flask import json
from sqlalchemy import func, select

from monitor.clock import utc_now
from monitor.control_points.keys import signed_fragment
from monitor.control_points.registering import PlaceDetails, add_checker, add_point, points_of, register
from monitor.database.database import Database
from monitor.declarations.codes import new_code
from monitor.declarations.versions import version_in_force
from monitor.models.control_points import PlaceKind, PlaceScan, PlaceState, PointKind
from monitor.models.declarations import Declarant, Declaration, DeclarationState, Signs, Way
from monitor.places.units.search import UnitKey
from monitor.settings import Settings
from monitor.vault.vault import Vault
from web.benchmarks.public_service import processor_s
from web.public.application import create_public

PHONES, ASKERS = 1000, 4
SETTLED_WITHIN, CALM_WITHIN = 120.0, 30.0
CALM_SHARE = 0.2
"""Of a core: several times what idle processes use."""
_UNIT = UnitKey("25747", utc_now().date().replace(year=2025, month=7, day=1))


@dataclass(frozen=True)
class Place:
    """What is scanned at: the point's code, and the link of a guard."""

    code: str
    guard: str


@dataclass(frozen=True)
class Phone:
    """One visitor's phone, which has opened the page: its cookie and the page's token."""

    cookie: str
    token: str


def make_place(database: Database, vault: Vault) -> Place:
    """A factory with three points and a guard."""
    now = utc_now()
    with database.write() as session:
        details = PlaceDetails(PlaceKind.FACTORY, "Nhà máy đo thử", "1 Đại lộ", _UNIT, "Trần Văn Chủ", "+84901234567", "vi")
        place = register(session, details, secrets.token_urlsafe(16), now=now)
        place.state = PlaceState.APPROVED
        for name, kind in (("Nhà ăn", PointKind.CANTEEN), ("Xưởng", PointKind.FLOOR)):
            add_point(session, place, name, kind, now=now)
        _checker, link = add_checker(session, place, "Lê Văn Gác", "0901234568", now=now)
        return Place(signed_fragment(session, vault, points_of(session, place.id)[0], now), link)


def make_phones(settings: Settings, database: Database, vault: Vault, count: int) -> list[Phone]:
    """So many phones, each of one person whose declaration is in force."""
    now, keys = utc_now(), [secrets.token_urlsafe(24) for _each in range(count)]
    with database.write() as session:
        form = version_in_force(session, now).id
        people = [
            Declarant(
                full_name=f"Người {number}", language="vi", code=new_code(), code_made_at=now, page_key=key, created_at=now
            )
            for number, key in enumerate(keys)
        ]
        session.add_all(people)
        session.flush()
        session.add_all(
            Declaration(
                key=secrets.token_hex(32),
                declarant_id=each.id,
                form_id=form,
                answers={},
                way=Way.SELF,
                state=DeclarationState.TAKEN,
                signs=Signs.NONE,
                made_at=now,
                until=now + timedelta(days=7),
            )
            for each in people
        )
    app = create_public(settings, database, vault)
    name, phones = str(app.config["SESSION_COOKIE_NAME"]), []
    for key in keys:
        client = app.test_client()
        with client.session_transaction() as cookie:
            cookie["people"] = [key]
        page = client.get("/v").text
        held = client.get_cookie(name)
        assert held is not None
        phones.append(Phone(f"{name}={held.value}", page.partition('data-token="')[2].partition('"')[0]))
    return phones


@contextmanager
def service(environment: Mapping[str, str], folder: Path, port: int) -> Iterator[list[psutil.Process]]:
    """`quarantine web` and `quarantine schedule` as they are shipped; their processes, the first of each."""
    with (folder / "public.log").open("ab") as log:
        started = [
            subprocess.Popen([sys.executable, "-m", "monitor", command], env=dict(environment), stdout=log, stderr=log)
            for command in ("web", "schedule")
        ]
    try:
        _wait_for(port, started, folder)
        yield [psutil.Process(each.pid) for each in started]
    finally:
        for each in started:
            each.terminate()
        for each in started:
            each.wait(30)


def _wait_for(port: int, started: Sequence[subprocess.Popen[bytes]], folder: Path) -> None:
    until = time.monotonic() + 90
    while time.monotonic() < until and all(each.poll() is None for each in started):
        with suppress(httpx.HTTPError):
            if httpx.get(f"http://127.0.0.1:{port}/up", timeout=5, trust_env=False).status_code == 200:
                return
        time.sleep(0.3)
    raise RuntimeError(f"the service did not start: {(folder / 'public.log').read_text('utf-8')[-2000:]}")


def check_ins_per_s(
    database: Database, ours: Sequence[psutil.Process], port: int, place: Place, phones: Sequence[Phone]
) -> float:
    """Check-ins in a second of one core: each phone goes in once, all at the same time as the line allows, and all are settled."""
    _scan(port, place, phones[: len(phones) // 10], "in")
    _until_settled(database)
    _until_calm(database, ours)
    before, wanted = processor_s(ours, database), phones[len(phones) // 10 :]
    shares = [wanted[start::ASKERS] for start in range(ASKERS)]
    failed: list[BaseException] = []

    def ask(share: Sequence[Phone]) -> None:
        try:
            _scan(port, place, share, "in")
        except BaseException as error:
            failed.append(error)

    askers = [threading.Thread(target=ask, args=(share,)) for share in shares]
    for each in askers:
        each.start()
    for each in askers:
        each.join()
    if failed:
        raise failed[0]
    _until_settled(database)
    return len(wanted) / max(processor_s(ours, database) - before, 0.001)


def _scan(port: int, place: Place, phones: Sequence[Phone], direction: str) -> None:
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    for phone in phones:
        moment = int(time.time() * 1000)
        body = {
            "code": place.code,
            "direction": direction,
            "people": [0],
            "made": secrets.token_hex(9),
            "scanned_at": moment,
            "sent_at": moment,
        }
        headers = {
            "Content-Type": "application/json",
            "Accept": "application/json",
            "X-CSRFToken": phone.token,
            "Cookie": phone.cookie,
        }
        connection.request("POST", "/v/scan", json.dumps(body), headers)
        answer = connection.getresponse()
        told = answer.read()
        if answer.status != 200 or json.loads(told)["people"][0]["sign"] != "go":
            raise RuntimeError(f"a check-in was refused: {answer.status} {told[:300]!r}")
    connection.close()


def _until_calm(database: Database, ours: Sequence[psutil.Process]) -> None:
    """Until what a process does once, when it starts, is over: a shift's beginning meets a service that runs."""
    until, used = time.monotonic() + CALM_WITHIN, processor_s(ours, database)
    while time.monotonic() < until:
        time.sleep(2)
        before, used = used, processor_s(ours, database)
        if used - before < CALM_SHARE * 2:
            return


def _until_settled(database: Database) -> None:
    until = time.monotonic() + SETTLED_WITHIN
    waiting = select(func.count()).where(PlaceScan.settled.is_(False))
    while time.monotonic() < until:
        with database.read() as session:
            if not session.scalar(waiting):
                return
        time.sleep(0.5)
    raise RuntimeError("scans were not taken into stays")


def environment_for(database: Database, folder: Path, ports: Sequence[int], keys: Mapping[str, str]) -> dict[str, str]:
    """For the service on this database. ports: console, residents, public. keys: settings that are secrets, by their names."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("QUARANTINE_", "DATABASE_URL"))}
    names = ("PORT", "RESIDENTS_PORT", "PUBLIC_PORT")
    return (
        kept
        | {f"QUARANTINE_{name}": str(port) for name, port in zip(names, ports, strict=True)}
        | {f"QUARANTINE_{name.upper()}": value for name, value in keys.items()}
        | {
            "DATABASE_URL": database.engine.url.render_as_string(hide_password=False),
            "QUARANTINE_DATA_FOLDER": str(folder),
        }
    )
