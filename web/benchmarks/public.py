"""`quarantine bench public`: declarations for each second of a core, over HTTP as phones send them, and what a page weighs."""

from __future__ import annotations

import json
import re
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from itertools import count
from pathlib import Path
from urllib.parse import urljoin

import click
import httpx
from sqlalchemy import func, select

from monitor.benchmarks.scratch_database import scratch_database
from monitor.clock import utc_now
from monitor.models.declarations import Declaration, DeclarationState
from monitor.places.units.loading import load_units
from monitor.vault.vault import open_vault
from monitor.words import N_
from web.benchmarks.browser import NotThere
from web.benchmarks.card_codes import PICTURES
from web.benchmarks.check_ins import PHONES as PHONES_AT_GATE
from web.benchmarks.control_points import control_point_figures
from web.benchmarks.public_service import Service, serving
from web.benchmarks.under_way import settings_in

PHONES = 8
"""Connections at once; a phone's cookie and form are loaded once, as somebody who declares for a household has them."""
WARM_UP = 40
_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
_ASSET = re.compile(r'(?:href|src)="(/shell/[^"]+)"')
_WELL = {"q-been": "no", "q-symptoms": "none", "q-met_case": "no", "q-met_abroad": "no", "q-met_ill": "no"}
_UNIT = "Phường Sài Gòn, Thành phố Hồ Chí Minh"
_UNIT_KEY = "26740_2025-07-01"


@click.command(
    "public",
    help=N_(
        "Measure the public pages over HTTP: declarations for each second of a core, of all our processes and the database’s, and the"
        " weight of a page’s first load.\n\nThe server is started as it is shipped. Last line: one JSON object."
    ),
)
@click.option("--declarations", default=2000, show_default=True, help=N_("Number of declarations to send."))
@click.option(
    "--database", "url", default="", help=N_("PostgreSQL server to measure on; a separate database is created and removed.")
)
@click.option(
    "--phones", default=PHONES_AT_GATE, show_default=True, help=N_("Number of phones that check in at a control point.")
)
@click.option("--cards", default=PICTURES, show_default=True, help=N_("Number of drawn pictures of card codes to read."))
def bench_public(declarations: int, url: str, phones: int, cards: int) -> None:
    with tempfile.TemporaryDirectory(prefix="quarantine-bench-") as name:
        folder = Path(name)
        with scratch_database(folder, url, open_vault(settings_in(folder)).column_key()) as database:
            load_units(database, utc_now())
            with serving(folder, database) as service:
                # Each measures one thing on the running service; the sum of what they say is the last line.
                parts: tuple[Callable[[Service], Mapping[str, float]], ...] = (
                    _page,
                    lambda running: _declared(running, declarations),
                )
                figures: dict[str, float] = {}
                for part in parts:
                    figures |= part(service)
        # On a service and a database of their own: with `quarantine schedule`, which takes scans into stays.
        figures |= control_point_figures(url, phones, cards)
        click.echo(json.dumps({"declarations": declarations, "database": database.kind, **figures}))


def _page(service: Service) -> dict[str, float]:
    """What a phone that was never here loads until it can declare, compressed as it comes."""
    with httpx.Client(base_url=service.address, trust_env=False, headers={"Accept-Encoding": "gzip"}) as client:
        heaviest = 0
        for path in ("/", "/declare"):
            page = client.get(path)
            files = dict.fromkeys(urljoin(path, each) for each in _ASSET.findall(page.text))
            heaviest = max(heaviest, sum(_on_the_wire(each) for each in (page, *map(client.get, files))))
    click.echo(f"  first load: {heaviest / 1024:.1f} KiB")
    return {"page_kb": round(heaviest / 1024, 1)}


def _on_the_wire(answer: httpx.Response) -> int:
    head = sum(len(name) + len(value) + 4 for name, value in answer.headers.raw)
    return answer.num_bytes_downloaded + head


def _declared(service: Service, many: int) -> dict[str, float]:
    """Declarations for each second of a core. Each is of another person, and each tenth phone number is somebody's with three people."""
    numbers = count()
    _send(service, WARM_UP, numbers)
    used, began = service.processor_s(), time.perf_counter()
    _send(service, many, numbers)
    used, lasted = service.processor_s() - used, time.perf_counter() - began
    with service.database.read() as session:
        taken = session.scalar(select(func.count()).select_from(Declaration).where(Declaration.state == DeclarationState.TAKEN))
    if taken != many + WARM_UP:
        raise NotThere(f"{taken} of {many + WARM_UP} declarations were taken")
    click.echo(f"  {many} declarations: {many / used:.0f} per core second, {many / lasted:.0f} a second")
    return {"declarations_per_s": round(many / used, 1)}


def _send(service: Service, many: int, numbers: Iterator[int]) -> None:
    left = iter(range(many))
    lock = threading.Lock()
    failed: list[str] = []

    def phone(place: int) -> None:
        headers = {"X-Forwarded-For": f"10.9.{place}.1"}
        with httpx.Client(base_url=service.address, trust_env=False, headers=headers, timeout=60) as client:
            token = _TOKEN.search(client.get("/declare").text)
            if token is None:
                failed.append("there is no form")
                return
            while not failed:
                with lock:
                    if next(left, None) is None:
                        return
                    number = next(numbers)
                # Each person has an address of their own, so that nothing is slowed.
                client.headers["X-Forwarded-For"] = f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
                answer = client.post("/declare", data=form_of_person(number, token[1]))
                if answer.status_code != 303:
                    failed.append(f"a declaration was answered with {answer.status_code}")

    threads = [threading.Thread(target=phone, args=(place,)) for place in range(PHONES)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    if failed:
        raise NotThere(failed[0])


def form_of_person(number: int, token: str) -> dict[str, str]:
    """The last page of the national form as a well person's phone sends it, another one for each number."""
    return {
        **_WELL,
        "csrf_token": token,
        "key": f"{number:016}",
        "step": "2",
        "go": "next",
        "for": "self",
        "full_name": f"Nguyễn Văn {chr(65 + number % 26)}{chr(97 + number // 26 % 26)}",
        "birth": f"{1 + number % 28:02}/05/{1940 + number % 60}",
        "document_number": f"0{79000000000 + number}",
        "phone": f"09{10000000 + number // 3}",
        "unit": _UNIT,
        "unit_key": _UNIT_KEY,
        "unit_asked": _UNIT,
    }
