"""Commands that this room adds to `quarantine`."""

from __future__ import annotations

import contextlib
import csv
import ctypes
import dataclasses
import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import click

from monitor.problems import BadInput, Problem
from monitor.service.context import Context
from monitor.service.language import Group
from monitor.words import N_

if TYPE_CHECKING:
    from cameras.adding.ask_address import Look
    from cameras.adding.register import Wanted

PASSWORD_VARIABLE = "QUARANTINE_CAMERA_PASSWORD"  # noqa: S105 - the name of a variable
DEMONSTRATION_PASSWORD_VARIABLE = "QUARANTINE_DEMONSTRATION_CAMERA_PASSWORD"  # noqa: S105
M_ARENA_MAX = -8  # malloc.h


def commands() -> list[click.Command]:
    """What the root command loads."""
    return [watch, camera_commands, demonstration_clips, demonstration_cameras]


@click.command("watch", help=N_("Watch the cameras, sharing them with other watchers."))
@click.option("--number", type=int, default=1, help=N_("Number of this watcher, where several run on this machine."))
@click.pass_obj
def watch(context: Context, number: int) -> None:
    import logging

    from cameras.service.feed_address import feed_token
    from cameras.service.watch import Watch
    from monitor.service.process import Process
    from monitor.vision.faces.engines import FaceEngine, ModelMissing, create_engine

    # glibc gives each thread a heap of its own, and few cameras then hold 70 MB that nobody uses. Absent on other C libraries.
    with contextlib.suppress(AttributeError, OSError):
        ctypes.CDLL(None).mallopt(M_ARENA_MAX, 2)
    database = context.ready_database()
    engine: FaceEngine | None = None
    try:
        engine = create_engine(context.settings.face_engine)
    except ModelMissing as problem:
        # Motion, covers and offline cameras are seen without it; the sign of life says that faces are not.
        logging.getLogger(__name__).error("faces are not looked for: %s", problem)
    watching = Watch(database, context.vault(), context.settings, engine)
    watching.serve_feed(context.settings.feed_host, feed_token(context.settings.secret("secret_key")))
    process = Process("watch", number, database, details=watching.details).start()
    watching.run(process)


@click.group("camera", cls=Group, help=N_("Cameras: find, test and add them."))
def camera_commands() -> None: ...


def _login(function: Callable[..., None]) -> Callable[..., None]:
    """The options for a camera's login."""
    says = N_("Without it: the variable QUARANTINE_CAMERA_PASSWORD, else asked for.")
    return click.option("--username", default="", help=N_("Without it: the camera needs no login."))(
        click.option("--password", default=None, help=says)(function)
    )


def _password(context: Context, username: str, given: str | None) -> str:
    if given is not None or not username:
        return given or ""
    known = os.environ.get(PASSWORD_VARIABLE)
    return known if known is not None else str(click.prompt(context.translate(N_("Password")), hide_input=True, err=True))


@camera_commands.command(
    "probe",
    help=N_(
        "Ask cameras for model, video and faults.\n\n"
        "ADDRESSES: one, several separated by commas, a range (192.168.1.10-40), a network (192.168.1.0/28), an rtsp:// "
        "stream, or the address of a JPEG picture."
    ),
)
@click.argument("addresses")
@_login
@click.pass_obj
def probe_camera(context: Context, addresses: str, username: str, password: str | None) -> None:
    from concurrent.futures import ThreadPoolExecutor

    from cameras.adding.ask_address import look_at
    from cameras.ranges import addresses as expanded

    wanted, secret = expanded(addresses), _password(context, username, password)

    def ask(address: str) -> Look | Problem:
        try:
            return look_at(address, username, secret)
        except Problem as problem:
            return problem

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(ask, wanted))
    for address, answer in zip(wanted, answers, strict=True):
        if isinstance(answer, Problem):
            if len(wanted) == 1:
                raise answer
            click.echo(f"{address}: {answer.say(context.translate)}", err=True)
            continue
        if len(wanted) > 1:
            click.echo(f"\n{address}")
        _tell(context, answer)


def _tell(context: Context, look: Look) -> None:
    """What a device offers, and what is wrong with it."""
    from cameras.adding.diagnosis import diagnose
    from cameras.profiles import choose

    probed = look.probed
    if probed.make or probed.model:
        context.say(N_("Camera: %(make)s %(model)s"), make=probed.make, model=probed.model)
        context.say(N_("Firmware: %(firmware)s, serial number: %(serial)s"), firmware=probed.firmware, serial=probed.serial)
        if probed.clock_offset_s:
            context.say(N_("The camera’s clock differs from ours by %(seconds)s s."), seconds=f"{probed.clock_offset_s:+.0f}")
        else:
            context.say(N_("The camera’s clock is right."))
    for each in probed.profiles:
        context.say(
            N_("Video %(name)s: %(codec)s %(width)s×%(height)s, %(fps)s pictures a second"),
            name=each.name,
            codec=each.codec,
            width=each.width,
            height=each.height,
            fps=f"{each.fps:g}",
        )
    sub, main = choose(probed.profiles) or (None, None)
    if sub and main and len(probed.profiles) > 1:
        context.say(N_("Stream %(sub)s is used for motion, stream %(main)s for faces."), sub=sub.name, main=main.name)
    for words in diagnose(probed):
        context.say(words.template, **words.values)


@camera_commands.command("discover", help=N_("Find the cameras in a network."))
@click.option(
    "--interface", default="127.0.0.1", show_default=True, help=N_("An address of this machine; its network is searched.")
)
@click.option("--scope", "scopes", multiple=True, help=N_("Only cameras with this ONVIF scope."))
@click.option("--seconds", type=click.FloatRange(0.5, 60), default=3.0, show_default=True)
@click.option("--json", "as_json", is_flag=True, help=N_("Print one JSON list."))
@click.pass_obj
def discover_cameras(context: Context, interface: str, scopes: tuple[str, ...], seconds: float, as_json: bool) -> None:
    from cameras.onvif.discovery import discover

    found = discover(interface, seconds, scopes)
    if as_json:
        click.echo(json.dumps([dataclasses.asdict(each) for each in found], ensure_ascii=False))
        return
    for each in found:
        context.say(
            N_("%(address)s: %(name)s (%(hardware)s)"),
            address=each.address,
            name=each.name or "?",
            hardware=each.hardware or "?",
        )
    if not found:
        context.say(
            N_("No camera answered on the network of %(interface)s. Switch on ONVIF discovery in the cameras."),
            interface=interface,
        )


@camera_commands.command("add", help=N_("Test a camera and add it; a camera with the same address is updated."))
@click.argument("address")
@click.option("--zone", required=True, help=N_("Name of the zone."))
@click.option("--room", default="", help=N_("Name of the room it sees."))
@click.option("--name", required=True, help=N_("Name that staff use for it."))
@_login
@click.pass_obj
def add(context: Context, address: str, zone: str, room: str, name: str, username: str, password: str | None) -> None:
    from cameras.adding.register import Wanted

    _register(context, [Wanted(address, zone, room, name)], username, password)


@camera_commands.command(
    "import", help=N_("Add many cameras from a CSV table with the columns address, zone, room, name. They share one login.")
)
@click.argument("table", type=click.File(encoding="utf-8-sig"))
@_login
@click.pass_obj
def import_cameras(context: Context, table: TextIO, username: str, password: str | None) -> None:
    from cameras.adding.register import Wanted

    columns = ("address", "zone", "room", "name")
    rows = csv.DictReader(table)
    if not set(columns) <= set(rows.fieldnames or ()):
        raise BadInput(N_("The table needs the columns %(columns)s."), columns=", ".join(columns))
    _register(context, [Wanted(*((row[key] or "").strip() for key in columns)) for row in rows], username, password)


def _register(context: Context, wanted: Sequence[Wanted], username: str, password: str | None) -> None:
    """Take cameras into use and tell of each; exit code 2 when one could not be."""
    from cameras.adding.register import register
    from monitor.clock import utc_now

    database, vault = context.ready_database(), context.vault()
    results = register(database, vault, wanted, username, _password(context, username, password), utc_now())
    for each, result in zip(wanted, results, strict=True):
        if isinstance(result, Problem):
            click.echo(f"{each.name}: {result.say(context.translate)}", err=True)
        else:
            context.say(N_("Camera %(name)s is in use."), name=each.name)
    if any(isinstance(result, Problem) for result in results):
        raise SystemExit(2)


@dataclasses.dataclass(frozen=True)
class _Demonstration:
    """What the demonstration's file says. seconds: for shorter loops."""

    base_port: int
    clips: Path
    location: str
    username: str
    seconds: float | None


def _demonstration(configuration: Path) -> _Demonstration:
    try:
        told = json.loads(configuration.read_text("utf-8"))
        return _Demonstration(
            int(told["base_port"]),
            Path(told["clips"]),
            str(told["location"]),
            str(told.get("username", "quarantine")),
            told.get("seconds"),
        )
    except (ValueError, KeyError, TypeError) as error:
        raise BadInput(N_("The demonstration’s configuration lacks something: %(what)s."), what=str(error)) from None


_configuration = click.option(
    "--configuration",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    required=True,
    help=N_('JSON: {"base_port": 8600, "clips": "folder", "location": "id", "username": "…"}.'),
)


@click.command(
    "demonstration-clips", hidden=True, help=N_("Render missing scenes of the demonstration; prints “done/total” for each.")
)
@_configuration
def demonstration_clips(configuration: Path) -> None:
    from cameras.demonstration.cameras import standard_cameras
    from cameras.demonstration.scenes.preparing import prepare

    wanted = _demonstration(configuration)
    scenes = [each.scene for each in standard_cameras(wanted.base_port, "")]
    prepare(
        wanted.clips,
        scenes,
        seconds=wanted.seconds,
        progress=lambda _scene, done, total: print(f"{done}/{total}", flush=True),
    )


@click.command("demonstration-cameras", hidden=True, help=N_("Run the demonstration’s cameras until stopped."))
@_configuration
def demonstration_cameras(configuration: Path) -> None:
    import asyncio
    import signal

    from cameras.demonstration.cameras import standard_cameras
    from cameras.demonstration.service import run
    from monitor.service.process import Process

    wanted = _demonstration(configuration)
    password = os.environ.get(DEMONSTRATION_PASSWORD_VARIABLE, "")
    if not password:
        raise BadInput(N_("The demonstration’s configuration lacks something: %(what)s."), what=DEMONSTRATION_PASSWORD_VARIABLE)
    # No database: the parent sees by the process that it lives.
    Process("cameras", 1, None).start(signals=False)

    async def serve() -> None:
        task = asyncio.current_task()
        assert task is not None, "asyncio.run makes one"
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, task.cancel)
        cameras = standard_cameras(wanted.base_port, password, wanted.username)
        with contextlib.suppress(asyncio.CancelledError):  # asked to stop
            await run(cameras, wanted.clips, seconds=wanted.seconds, location=wanted.location)

    asyncio.run(serve())
