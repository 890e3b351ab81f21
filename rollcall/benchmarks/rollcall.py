"""`quarantine bench rollcall`: opening and closing a round, ticks, prompts and answers a second, and how each grows."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path

import click
import numpy as np
from PIL import Image
from sqlalchemy import func, select, update

from monitor.benchmarks.scratch_database import scratch_database
from monitor.clock import utc_now
from monitor.database.database import Database
from monitor.database.statements import changed
from monitor.models.rollcalls.plans import EvidenceLevel, Plan
from monitor.models.rollcalls.prompts import Prompt, PromptState
from monitor.models.rollcalls.rounds import CheckIn, CheckInState
from monitor.settings import Settings
from monitor.vault.vault import Vault
from monitor.words import N_
from rollcall.answers.answers import take_on_page
from rollcall.answers.page import open_page
from rollcall.answers.said import Said
from rollcall.benchmarks.counting import measure_counting
from rollcall.benchmarks.seeding import seed
from rollcall.channels.channel import Channel
from rollcall.channels.smpp import SmppGateway
from rollcall.people.links import make_token
from rollcall.prompts.sending import Sender
from rollcall.prompts.sending_set_up import SendingSetUp
from rollcall.rounds.closing import close_due
from rollcall.rounds.opening import open_due_rounds
from rollcall.work.channel_set_up import make_channels
from rollcall.work.scheduler import tick_rounds

SECRET = b"of a measurement"
PROMPTS, ANSWERS, PHOTOS = 10_000, 2_000, 400
PHOTO_BYTES = 200_000


@dataclass(frozen=True)
class Figures:
    """What was measured. Seconds of the clock for ticks; a second of the clock and one worker for prompts; a second of processor time
    for answers."""

    residents: int
    database: str
    open_s: float
    tick_idle_s: float
    close_s: float
    prompts_per_s_smpp: float
    prompts_per_s_http: float
    answers_per_s: float
    answers_photo_per_s: float


@click.command(
    "rollcall",
    help=N_(
        "Measure roll-calls: opening a round, ticks, messages to a local SMPP and a local HTTP gateway, answers, closing.\n\n"
        "One process does all of it, as one scheduler and one worker would. The gateways run in another. Answers go "
        "through everything the residents’ page calls, down to the disk. Last line: one JSON object."
    ),
)
@click.option("--residents", default=100_000, show_default=True, help=N_("Number of people whose round is opened and closed."))
@click.option(
    "--growth", is_flag=True, help=N_("Measure 1,000, 100,000 and 500,000 people first, to see how each figure grows.")
)
@click.option(
    "--database", "url", default="", help=N_("PostgreSQL server to measure on; a separate database is created and removed.")
)
@click.option("--counting", is_flag=True, help=N_("Measure only what counting for pages adds to the opening of a round."))
def bench_rollcall(residents: int, growth: bool, url: str, counting: bool) -> None:
    if counting:
        measure_counting(residents, url)
        return
    measured = [_measure(size, url) for size in ([1_000, 100_000, 500_000] if growth else [])]
    if residents not in [each.residents for each in measured]:
        measured.append(_measure(residents, url))
    if len(measured) > 1:
        click.echo(f"{'residents':>20} " + " ".join(f"{each.residents:>10}" for each in measured))
        for name in list(vars(measured[0]))[2:]:
            click.echo(f"{name:>20} " + " ".join(f"{getattr(each, name):>10}" for each in measured))
    click.echo(json.dumps(vars(next(each for each in measured if each.residents == residents))))


def _measure(residents: int, url: str) -> Figures:
    with (
        tempfile.TemporaryDirectory(prefix="quarantine-bench-") as name,
        scratch_database(Path(name), url) as database,
        _gateways() as ports,
    ):
        folder = Path(name)
        click.echo(f"{residents} residents on {database.kind}")
        now = utc_now()
        seed(database, residents, now)
        open_s = _timed("open", lambda: open_due_rounds(database, now))
        database.take_stock()
        tick_rounds(database, now + timedelta(seconds=1))
        tick_idle_s = _timed("idle tick", lambda: tick_rounds(database, now + timedelta(seconds=2)))
        count = min(PROMPTS, residents // 4)
        smpp = _prompts(
            database, folder, "smpp", Settings(data_folder=folder, smpp_host="127.0.0.1", smpp_port=ports[1]), count
        )
        gateway = Settings(
            data_folder=folder, sms_gateway_url=f"http://127.0.0.1:{ports[0]}/", sms_gateway_token=SECRET.decode()
        )
        http = _prompts(database, folder, "http", gateway, count)
        vault = Vault(folder / "vault", bytes(32))
        answers = _answers(database, vault, min(ANSWERS, residents // 10), None, now)
        photos = _answers(database, vault, min(PHOTOS, residents // 10), _photo(), now)
        close_s = _timed("close", lambda: close_due(database, now + timedelta(hours=3)))
        return Figures(
            residents=residents,
            database=database.kind,
            open_s=round(open_s, 2),
            tick_idle_s=round(tick_idle_s, 4),
            close_s=round(close_s, 2),
            prompts_per_s_smpp=round(smpp),
            prompts_per_s_http=round(http),
            answers_per_s=round(answers),
            answers_photo_per_s=round(photos, 1),
        )


def _timed(name: str, work: Callable[[], object]) -> float:
    began = time.perf_counter()
    result = work()
    seconds = time.perf_counter() - began
    click.echo(f"  {name}: {seconds:.3f} s ({result})")
    return seconds


@contextmanager
def _gateways() -> Iterator[tuple[int, int]]:
    arguments = [sys.executable, "-m", "rollcall.benchmarks.gateways"]
    with subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=os.environ) as process:
        assert process.stdout is not None
        first, second = map(int, process.stdout.readline().split())
        try:
            yield first, second
        finally:
            process.kill()


def _prompts(database: Database, folder: Path, name: str, settings: Settings, count: int) -> float:
    """Prompts a second of one worker, until `count` left; the others wait meanwhile."""
    channels: dict[str, Channel] = make_channels(settings, database)
    with database.write() as session:
        session.execute(update(Prompt).where(Prompt.state == PromptState.QUEUED).values(next_attempt_at=None))
        chosen = select(Prompt.id).where(Prompt.state == PromptState.QUEUED).order_by(Prompt.id).limit(count)
        changed(session, update(Prompt).where(Prompt.id.in_(chosen.scalar_subquery())).values(next_attempt_at=utc_now()))
    sender = Sender(database, name, SendingSetUp(channels, SECRET, "https://phones.example", folder / "outbox", budget=24))
    began = time.perf_counter()
    while sender.send_due(utc_now()):
        # As a worker does.
        for channel in channels.values():
            if isinstance(channel, SmppGateway):
                channel.take_in()
    seconds = time.perf_counter() - began
    sender.stop()
    for channel in channels.values():
        channel.close()
    with database.read() as session:
        sent = session.scalar(
            select(func.count()).where(
                Prompt.state.in_((PromptState.SENT, PromptState.DELIVERED)), Prompt.leased_by.startswith(f"{name}-")
            )
        )
    assert sent == count, f"{sent} of {count} were sent"
    click.echo(f"  {name}: {count / seconds:.0f} prompts a second")
    return count / seconds


def _answers(database: Database, vault: Vault, count: int, photo: bytes | None, now: datetime) -> float:
    """Answers for each second of processor time, each through all that the residents' page calls."""
    wanted = [EvidenceLevel.FACE] if photo else [EvidenceLevel.ACKNOWLEDGED]
    with database.write() as session:
        if photo is None and session.scalar(select(Plan.id).where(Plan.evidence.in_(wanted)).limit(1)) is None:
            session.execute(update(Plan).values(evidence=EvidenceLevel.ACKNOWLEDGED))
        elif photo and session.scalar(select(Plan.id).where(Plan.evidence.in_(wanted)).limit(1)) is None:
            session.execute(update(Plan).values(evidence=EvidenceLevel.FACE))
        open_ones = session.execute(
            select(CheckIn.id, CheckIn.nonce)
            .join(Plan, Plan.zone_id == CheckIn.zone_id)
            .where(CheckIn.state.in_((CheckInState.SCHEDULED, CheckInState.PROMPTED)), Plan.evidence.in_(wanted))
            .order_by(CheckIn.id)
            .limit(count)
        ).all()
    tokens = [make_token(SECRET, row.id, row.nonce) for row in open_ones]
    at = now + timedelta(minutes=1)
    began, clock = time.process_time(), time.perf_counter()
    for token in tokens:
        with database.read() as session:
            page = open_page(session, SECRET, token, at)
        take_on_page(database, vault, page, Said(made_at=at, photo=photo), now=at, max_bytes=8 * 2**20)
    spent, lasted = time.process_time() - began, time.perf_counter() - clock
    kind = "with a photo" if photo else "without a photo"
    click.echo(
        f"  {len(tokens)} answers {kind}: {len(tokens) / spent:.0f} per core second, {len(tokens) / lasted:.0f} a second"
    )
    return len(tokens) / spent


def _photo() -> bytes:
    """A picture of 1280×960 of about 200 kB: noise enough that it does not compress to nothing."""
    random = np.random.default_rng(7)
    small = random.integers(0, 255, (60, 80, 3), np.uint8)
    picture = Image.fromarray(small).resize((1280, 960), Image.Resampling.BICUBIC)
    for quality in range(95, 20, -5):
        content = BytesIO()
        picture.save(content, "JPEG", quality=quality)
        if content.tell() <= PHOTO_BYTES:
            break
    return content.getvalue()
