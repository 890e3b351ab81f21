"""`quarantine serve`: the parent of web, schedule, work and watch on one machine."""

from __future__ import annotations

import json
import os
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from monitor.clock import utc_now
from monitor.database.database import Database
from monitor.database.revisions import is_empty
from monitor.places.units.loading import load_units
from monitor.problems import BadInput
from monitor.service.context import Context
from monitor.service.heartbeat import Heartbeat
from monitor.service.lookout import Lookout, own_addresses
from monitor.service.parent import Parent, only_one, require_free_port
from monitor.service.process import Process
from monitor.settings import LONGEST_ADDRESS, PREFIX, Settings, environment_of
from monitor.vault.vault import open_vault
from monitor.words import N_, Translate, Words, words

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

START_SECONDS = 90.0


class Display:
    """What the start is doing: moving lines on a terminal, plain ones elsewhere (a service's log, a test)."""

    def __init__(self, translate: Translate) -> None:
        self._translate = translate
        self._progress: Progress | None = None
        self._tasks: dict[str, TaskID] = {}
        self._said: dict[str, str] = {}

    @contextmanager
    def shown(self) -> Iterator[None]:
        """While steps are told."""
        if not sys.stdout.isatty():
            yield
            return
        # Loaded here: every child of the service imports this module and draws nothing.
        from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

        columns = (SpinnerColumn(finished_text="[green]✓"), TextColumn("{task.description}"), TimeElapsedColumn())
        with Progress(*columns) as self._progress:
            yield
        self._progress = None

    def step(self, name: str, template: str, *, done: bool = False, **values: Any) -> None:
        """Say where a step is; `name` tells steps apart."""
        text = Words(template, values).say(self._translate)
        if self._progress is not None:
            if name not in self._tasks:
                self._tasks[name] = self._progress.add_task(text, total=1)
            self._progress.update(self._tasks[name], description=text, completed=1 if done else 0)
        elif self._said.get(name) != text:
            self._said[name] = text
            click.echo(text)

    def say(self, template: str, **values: Any) -> None:
        """Print one line that stays."""
        text = Words(template, values).say(self._translate)
        if self._progress is not None:
            self._progress.console.print(text, markup=False, highlight=False)
        else:
            click.echo(text)


def environment_for_children(settings: Settings, **more: str) -> dict[str, str]:
    """This process's environment with the effective settings in place of those it was given."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(PREFIX) and key != "DATABASE_URL"}
    # glibc gives each thread an arena of its own; with tens of threads that is memory nobody uses.
    return {**kept, **environment_of(settings), "PYTHONUNBUFFERED": "1", "MALLOC_ARENA_MAX": "2", **more}


def start_service(parent: Parent, settings: Settings) -> None:
    """Start the processes of a whole service."""
    parent.add("web-1", "web", "--number", "1")
    parent.add("schedule-1", "schedule", "--number", "1")
    for number in range(1, settings.workers + 1):
        parent.add(f"work-{number}", "work", "--number", str(number))
    for number in range(1, settings.watchers + 1):
        parent.add(f"watch-{number}", "watch", "--number", str(number))


def health(settings: Settings) -> tuple[int, dict[str, Any]]:
    """What the console's /healthz answers: its status (0: no answer) and its parts."""
    address = f"http://{settings.host}:{settings.port}/healthz"
    try:
        with urllib.request.urlopen(address, timeout=3) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        try:
            return error.code, json.load(error)
        except ValueError:
            return error.code, {}
    except (OSError, ValueError):
        return 0, {}


def wait_until_whole(parent: Parent, settings: Settings, display: Display, also: Callable[[], bool] = lambda: True) -> bool:
    """Look after the children until the service says that it is whole; `also` must hold too. False: time ran out, or asked to stop."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        parent.look_after()
        status, parts = health(settings)
        alive = sorted(name for name, part in parts.items() if isinstance(part, dict) and part.get("ok"))
        if status == 200 and also():
            display.step("health", N_("All parts are running: %(parts)s"), done=True, parts=", ".join(alive))
            return True
        display.step("health", N_("Starting the service; running so far: %(parts)s"), parts=", ".join(alive) or "—")
        if parent.stopping.wait(0.3):
            return False
    return False


def long_address(settings: Settings) -> Words | None:
    """What to tell of an address that makes text messages longer than they need be; None where it does not."""
    count = len(settings.residents_address)
    if not settings.residents_url or count <= LONGEST_ADDRESS:
        return None
    return words(
        N_(
            "The address in residents_url has %(count)s characters. With more than %(most)s, text messages with a link take more"
            " parts; `quarantine channels list` says how many."
        ),
        count=count,
        most=LONGEST_ADDRESS,
    )


def require_ports(settings: Settings) -> None:
    """Raise PortTaken before anything is started."""
    require_free_port(settings.host, settings.port, "QUARANTINE_PORT")
    require_free_port(settings.host, settings.residents_port, "QUARANTINE_RESIDENTS_PORT")
    require_free_port(settings.host, settings.public_port, "QUARANTINE_PUBLIC_PORT")


def run_until_stopped(parent: Parent, settings: Settings, display: Display) -> None:
    """Look after the children until Ctrl-C, then stop them; tell an address outside every minute, where one is set."""
    # A connection of its own, made now: before, the database may not have been there.
    database = Database(settings.database, open_vault(settings).column_key())
    parent.pages = Lookout(database, own_addresses(settings), settings.data_folder).start(parent.stopping)
    if settings.heartbeat_url:
        Heartbeat(settings.heartbeat_url, lambda: health(settings)[0] == 200, parent.stopping).start()
    parent.run()
    parent.pages = None
    display.say(N_("Stopping …"))
    parent.stop()
    display.say(N_("Stopped. All data is kept."))


def print_first_address(context: Context) -> None:
    """Where nobody can administer the service yet: print the one address with which setting up begins. A new one at each start."""
    from monitor.accounts.invitations import invite_first
    from monitor.service.user_command import print_first

    with context.ready_database().write() as session:
        handed = invite_first(session, now=utc_now())
    # The children have connections of their own; this process needs none while it looks after them.
    context.ready_database().dispose()
    if handed is not None:
        print_first(context, handed)


@click.command("serve", help=N_("Run the whole service on this machine."))
@click.pass_obj
def serve_command(context: Context) -> None:
    settings = context.settings
    display = Display(context.translate)
    long = long_address(settings)
    if long is not None:
        click.echo(long.say(context.translate))
    with only_one(settings.data_folder):
        require_ports(settings)
        if context.database.is_sqlite or is_empty(context.database):
            # The embedded database belongs to this service alone, and in an empty one nothing can be lost; a shared one that holds
            # something is upgraded when somebody decides so.
            # Loaded here: what migrates is needed once, and every other process of the service imports this module.
            from monitor.database.migrate import upgrade

            upgrade(context.database)
            load_units(context.database, utc_now())
        context.acting_database().dispose()
        parent = Parent(
            environment_for_children(settings),
            settings.data_folder / "logs",
            tell=lambda name: display.say(N_("%(name)s stopped and is being restarted."), name=name),
            patience_s=settings.hang_seconds,
        )
        parent.take_signals()
        try:
            with display.shown():
                start_service(parent, settings)
                whole = wait_until_whole(parent, settings, display)
            if not whole and not parent.stopping.is_set():
                display.say(N_("Not every part is running yet; see %(folder)s for the reason."), folder=str(parent.logs))
            display.say(N_("Console: http://%(host)s:%(port)s/"), host=settings.host, port=settings.port)
            print_first_address(context)
            run_until_stopped(parent, settings, display)
        finally:
            parent.stop()


@click.command(
    "heartbeat",
    help=N_(
        "Tell the address in heartbeat_url every minute whether the service runs, as `quarantine serve` does; until stopped."
    ),
)
@click.option("--number", default=1, show_default=True, help=N_("Number of this process, where several run."))
@click.pass_obj
def heartbeat_command(context: Context, number: int) -> None:
    settings = context.settings
    if not settings.heartbeat_url:
        raise BadInput(N_("No address is set to be told; set heartbeat_url."))
    process = Process("heartbeat", number, None).start()
    Heartbeat(settings.heartbeat_url, lambda: health(settings)[0] == 200, process.stopping).run()
