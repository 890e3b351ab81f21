"""`quarantine bench hotline`: requests taken for each second of a core, the list, a caller's number to the screen, and how late alarms are."""

from __future__ import annotations

import json
import re
import tempfile
import threading
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import timedelta
from itertools import count
from pathlib import Path
from statistics import median, quantiles

import click
import httpx
from sqlalchemy import delete, func, insert, select, update

from monitor.benchmarks.province_people import build_province
from monitor.benchmarks.scratch_database import scratch_database
from monitor.clock import utc_now
from monitor.database.database import Database
from monitor.hotline.shifts import begin
from monitor.models.accounts import Account, Role
from monitor.models.hotline import AlarmLevel, HotlineAlarm, HotlineCall, HotlineTicket, TicketKind, TicketState
from monitor.models.hotline_desk import HotlineUnit
from monitor.models.people.residents import Resident
from monitor.vault.vault import open_vault
from monitor.words import N_
from monitor.working_days import read_holidays
from rollcall.hotline.alarms import DeskRules, tick_hotline
from web.benchmarks.browser import Browser, NotThere
from web.benchmarks.console import PASSWORD, add_readers
from web.benchmarks.province import zone_sizes
from web.benchmarks.public_service import Service, serving
from web.benchmarks.tickets import IN_ALL, add_tickets, code_of, ticket_row
from web.benchmarks.under_way import settings_in

CALLERS, WARM_UP = 8, 20
TIMES = 100
TOKEN, EXTENSION = "of a measurement", "101"
BEHIND_ALL = 2**30
"""Numbers from here on are no others' tickets."""
WARNED_AFTER, WITHIN_S = timedelta(hours=3), 60
_FORM = re.compile(r'name="(csrf_token)" value="([^"]+)"')
# As an operator reads it: what waits, of one kind, further down, what is over.
_LISTS = ("/hotline", "/hotline?which=open&kind=food", "/hotline?which=all", "/hotline?which=closed")


@click.command(
    "hotline",
    help=N_(
        "Measure the work of 1022 in a whole province: requests taken over HTTP for each second of a core, the list of 100,000 tickets, the"
        " time from a caller’s number to the operator’s screen, and how late the latest of many alarms is.\n\nLast line: one JSON object."
    ),
)
@click.option("--people", default=300_000, show_default=True, help=N_("Number of people in the province."))
@click.option("--tickets", default=IN_ALL, show_default=True, help=N_("Number of tickets; one in twenty waits."))
@click.option("--requests", default=1000, show_default=True, help=N_("Number of requests to send over the public page."))
@click.option("--due", default=5000, show_default=True, help=N_("Number of tickets that are due within one minute."))
@click.option(
    "--database", "url", default="", help=N_("PostgreSQL server to measure on; a separate database is created and removed.")
)
def bench_hotline(people: int, tickets: int, requests: int, due: int, url: str) -> None:
    with tempfile.TemporaryDirectory(prefix="quarantine-bench-") as name:
        folder = Path(name)
        with scratch_database(folder, url, open_vault(settings_in(folder)).column_key()) as database:
            began = time.perf_counter()
            secret = _fill(database, people, tickets)
            click.echo(f"{people} people and {tickets} tickets on {database.kind}, made in {time.perf_counter() - began:.0f} s")
            with serving(folder, database, QUARANTINE_HOTLINE_CALL_TOKEN=TOKEN) as service:
                operator = Browser(service.console, Role.SUPERVISOR.value, PASSWORD, secret)
                figures = {
                    "tickets_per_s": _taken(service, requests),
                    "list_p95_ms": _listed(operator),
                    "intake_ms": _rings(service, operator),
                }
                operator.close()
            figures["alarm_late_s_worst"] = _late(database, due)
        said = {"people": people, "tickets": tickets, "due": due, "database": database.kind}
        click.echo(json.dumps({**said, **figures}))


def _fill(database: Database, people: int, tickets: int) -> str:
    """The province, its tickets, and somebody at the telephone; the secret of their authenticator app."""
    now = utc_now()
    province = build_province(database, people, now, sizes=zone_sizes(people))
    secrets = add_readers(database)
    with database.write() as session:
        staff = list(session.scalars(select(Account.id).order_by(Account.id)))
        add_tickets(session, tickets / IN_ALL, province.zones, staff, now)
        operator = session.scalars(select(Account.id).where(Account.username == Role.SUPERVISOR.value)).one()
        begin(session, operator, EXTENSION, now)
    database.take_stock()
    return secrets[Role.SUPERVISOR]


def _taken(service: Service, many: int) -> float:
    """Requests over the public page for each second of a core, of the service's processes and its database's."""
    numbers = count()
    _send(service, WARM_UP, numbers)
    with service.database.read() as session:
        before = session.scalar(select(func.count()).select_from(HotlineTicket)) or 0
    used, began = service.processor_s(), time.perf_counter()
    _send(service, many, numbers)
    used, lasted = service.processor_s() - used, time.perf_counter() - began
    with service.database.read() as session:
        taken = (session.scalar(select(func.count()).select_from(HotlineTicket)) or 0) - before
    if taken != many:
        raise NotThere(f"{taken} of {many} requests became tickets")
    click.echo(f"  {many} requests: {many / used:.0f} per core second, {many / lasted:.0f} a second")
    return round(many / used, 1)


def _send(service: Service, many: int, numbers: Iterator[int]) -> None:
    left, lock, failed = iter(range(many)), threading.Lock(), list[str]()

    def caller() -> None:
        with httpx.Client(base_url=service.address, trust_env=False, timeout=60) as client:
            token = _FORM.search(client.get("/1022").text)
            while token is not None and not failed:
                with lock:
                    if next(left, None) is None:
                        return
                    number = next(numbers)
                form = {
                    "csrf_token": token[2],
                    "token": f"bench-{number}",
                    "kind": "food",
                    "said": f"Nhà tôi hết gạo từ hôm qua, có {number} người.",
                    "phone": f"09{number:08}",
                    "place": "5 hẻm 12",
                }
                # Each from a network of its own.
                headers = {"X-Forwarded-For": f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"}
                answer = client.post("/1022", data=form, headers=headers)
                if answer.status_code != 303:
                    failed.append(f"{answer.status_code}: {answer.text[-300:]}")
            if token is None:
                failed.append("there is no form")

    threads = [threading.Thread(target=caller) for _ in range(CALLERS)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    if failed:
        raise NotThere(f"a request was not taken: {failed[0]}")


def _timed(ask: Callable[[int], None], times: int, what: str) -> float:
    """Milliseconds at the 95th percentile; the first tenth warms up."""
    took = []
    for number in range(times + times // 10):
        began = time.perf_counter()
        ask(number)
        took.append((time.perf_counter() - began) * 1000)
    measured: Sequence[float] = took[times // 10 :]
    worst = quantiles(measured, n=20, method="inclusive")[-1]
    click.echo(f"  {what}: {median(measured):.1f} ms median, {worst:.1f} ms p95")
    return round(worst, 1)


def _listed(operator: Browser) -> float:
    def ask(number: int) -> None:
        page = operator.get(_LISTS[number % len(_LISTS)])
        if page.status_code != 200 or "/hotline/" not in page.text:
            raise NotThere(f"the list answered {page.status_code}")

    return _timed(ask, TIMES, "the list")


def _rings(service: Service, operator: Browser) -> float:
    """From the moment at which the switchboard tells of a call until the screen with its caller is there."""
    with service.database.read() as session:
        numbers = list(
            session.scalars(select(Resident.phone).where(Resident.phone != "").order_by(Resident.id.desc()).limit(2 * TIMES))
        )
    with httpx.Client(base_url=service.residents, trust_env=False, headers={"Authorization": f"Bearer {TOKEN}"}) as switchboard:

        def tell(number: int, event: str) -> None:
            body = {"id": f"bench-{number}", "event": event, "from": numbers[number % len(numbers)], "extension": EXTENSION}
            switchboard.post("/hooks/hotline/calls", json=body).raise_for_status()

        def ask(number: int) -> None:
            tell(number, "ringing")
            (call,) = operator.get("/hotline/call/ringing").json()["calls"]
            page = operator.get(call["address"])
            if page.status_code != 200 or numbers[number % len(numbers)][-6:] not in page.text:
                raise NotThere(f"the screen answered {page.status_code}")
            tell(number, "hangup")
            with service.database.write() as session:
                session.execute(delete(HotlineCall).where(HotlineCall.call_id == f"bench-{number}"))

        return _timed(ask, TIMES, "a number to the screen")


def _late(database: Database, many: int) -> float:
    """Seconds from the moment at which the latest of many warnings was due, within one minute, until it was told."""
    rules = DeskRules(settings_in(Path()).zone, read_holidays())
    with database.write() as session:
        # What the province has waiting is told before: this is about those that come due now.
        session.execute(update(HotlineTicket).values(next_alarm_at=None).where(HotlineTicket.state != TicketState.CLOSED))
    last = 0
    while (found := _tick(database, rules, last, tuple(AlarmLevel)))[1]:
        last = found[2]
    with database.read() as session:
        units = list(session.scalars(select(HotlineUnit.id).order_by(HotlineUnit.id)))
        people = session.execute(select(Resident.id, Resident.zone_id, Resident.phone).order_by(Resident.id).limit(500)).all()
    begins = utc_now() + timedelta(seconds=5)
    rows = [
        {
            **ticket_row(number, people[number % len(people)], units[number % len(units)], begins),
            **{"first_contact_at": (at := begins - WARNED_AFTER + timedelta(seconds=WITHIN_S * number / many))},
            **{"due_at": at + timedelta(hours=5), "waiting_since": at, "noted_at": at, "source_key": f"due:{number}"},
            "code": code_of(BEHIND_ALL + number),
            **{
                "kind": TicketKind.FOOD,
                "state": TicketState.HANDED_OVER,
                "unit_id": units[number % len(units)],
                "handed_over_at": at,
            },
            **dict.fromkeys(
                ("answered_at", "first_answered_at", "closed_at", "first_closed_at", "close_reason", "next_alarm_at")
            ),
        }
        for number in range(many)
    ]
    with database.write() as session:
        for start in range(0, many, 1000):
            session.execute(insert(HotlineTicket), rows[start : start + 1000])
    worst, told, until = 0.0, 0, begins + timedelta(seconds=3 * WITHIN_S)
    while told < many and utc_now() < until:
        began = time.monotonic()
        # The clocks inside are told of with it, and were due before.
        late, new, last = _tick(database, rules, last, (AlarmLevel.UNIT,))
        told, worst = told + new, max(worst, late)
        time.sleep(max(0.0, 1.0 - (time.monotonic() - began)))
    if told < many:
        raise NotThere(f"{told} of {many} alarms were told")
    click.echo(f"  {many} due within a minute: the latest told {worst:.1f} s after it was due")
    return round(worst, 1)


def _tick(database: Database, rules: DeskRules, after: int, levels: Collection[AlarmLevel]) -> tuple[float, int, int]:
    """One look at the clocks, as the scheduler has one each second: by how many seconds the most overdue of its alarms of these levels was
    late when all of them were on disk, how many they were, and the number of the last.
    """
    tick_hotline(database, utc_now(), rules)
    done = utc_now()
    news = select(func.min(HotlineAlarm.due_at, type_=HotlineAlarm.due_at.type), func.count(), func.max(HotlineAlarm.id))
    with database.read() as session:
        first_due, number, last = session.execute(news.where(HotlineAlarm.id > after, HotlineAlarm.level.in_(levels))).one()
    return ((done - first_due).total_seconds(), int(number), int(last)) if number else (0.0, 0, after)
