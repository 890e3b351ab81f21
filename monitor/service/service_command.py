"""`quarantine service`: the files that systemd, nginx and Caddy want, written for this machine."""

from __future__ import annotations

import dataclasses
import os
import re
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from monitor.problems import BadInput, Conflict
from monitor.service.context import Context
from monitor.service.language import Group
from monitor.service.units import KINDS, TARGET, Machine, instances_of, units_of
from monitor.settings import FILE_VARIABLE, Settings
from monitor.words import N_

if TYPE_CHECKING:
    from monitor.service.proxies import Front

_FOLDER = click.Path(path_type=Path, file_okay=False)
_FILE = click.Path(path_type=Path, dir_okay=False)
_NAME = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)(\.(?!-)[a-z0-9-]{1,63}(?<!-))*")
_only_print = click.option("--print", "only_print", is_flag=True, help=N_("Show the files and write nothing."))


@click.group("service", cls=Group, help=N_("Files for systemd, nginx and Caddy on this machine."))
def service_commands() -> None: ...


@service_commands.command("install", help=N_("Write systemd units for the processes that run on this machine."))
@click.option("--user", default="quarantine", show_default=True, help=N_("System user that the processes run as."))
@click.option(
    "--folder", type=_FOLDER, default="/etc/systemd/system", show_default=True, help=N_("Where the units are written to.")
)
@click.option(
    "--secrets", type=_FOLDER, help=N_("Folder of files named after secret settings; empty: beside the settings file.")
)
@click.option(
    "--only", multiple=True, type=click.Choice(KINDS), help=N_("A kind of process to run here, can be repeated; none: all.")
)
@click.option("--work", type=click.IntRange(0, 64), help=N_("How many work processes; empty: the setting workers."))
@click.option("--watch", type=click.IntRange(0, 64), help=N_("How many watch processes; empty: the setting watchers."))
@click.option(
    "--first-number",
    default=1,
    show_default=True,
    type=click.IntRange(1, 10_000),
    help=N_("Number of the first process of each kind; another one on each machine, for example 11."),
)
@_only_print
@click.pass_obj
def install_command(
    context: Context,
    user: str,
    folder: Path,
    secrets: Path | None,
    only: tuple[str, ...],
    work: int | None,
    watch: int | None,
    first_number: int,
    only_print: bool,
) -> None:
    settings = context.settings
    file = os.environ.get(FILE_VARIABLE)
    path = Path(file).resolve() if file else None
    counts = {
        "web": 1,
        "schedule": 1,
        "work": settings.workers if work is None else work,
        "watch": settings.watchers if watch is None else watch,
        "heartbeat": 1 if settings.heartbeat_url else 0,
    }
    machine = Machine(
        program=program(),
        user=user,
        data=settings.data_folder.resolve(),
        counts={kind: count for kind, count in counts.items() if not only or kind in only},
        settings=path,
        secrets=secrets_in(secrets or (path.parent / "secrets" if path else None)),
        first=first_number,
    )
    units = units_of(machine)
    if not only_print:
        _remove_former(folder, units)
    for name, text in units.items():
        write(context, folder / name, text, only_print=only_print)
    if only_print:
        return
    context.say(N_("What runs here: %(names)s."), names=", ".join(instances_of(machine)))
    _next(context, "systemctl daemon-reload", f"systemctl enable --now {TARGET}", "systemctl status 'quarantine*'")


def _remove_former(folder: Path, units: Mapping[str, str]) -> None:
    """Units of kinds that run here no more; only what this command wrote."""
    for kind in KINDS:
        path = folder / f"quarantine-{kind}@.service"
        if path.name not in units and path.is_file() and "quarantine service install" in path.read_text()[:200]:
            path.unlink()


_HTTPS = click.IntRange(1, 65535)


def _proxy_options(command: Callable[..., None]) -> Callable[..., None]:
    """The options that nginx and Caddy share."""
    options = (
        click.option("--name", required=True, help=N_("The console’s name, for example quanly.example.gov.vn.")),
        click.option("--residents-name", required=True, help=N_("The name of the residents’ pages; a short one.")),
        click.option("--port", type=_HTTPS, default=443, show_default=True, help=N_("HTTPS port of the console.")),
        click.option(
            "--residents-port", type=_HTTPS, default=443, show_default=True, help=N_("HTTPS port of the residents’ pages.")
        ),
        click.option(
            "--public-name", default="", help=N_("The name of the public pages; empty: they are not offered outside.")
        ),
        click.option("--public-port", type=_HTTPS, default=443, show_default=True, help=N_("HTTPS port of the public pages.")),
        click.option("--plain-port", type=_HTTPS, default=80, show_default=True, help=N_("Port that leads on to HTTPS.")),
        _only_print,
        click.pass_obj,
    )
    for each in reversed(options):
        command = each(command)
    return command


@service_commands.command("nginx", help=N_("Write the file for nginx: HTTPS before the console and the residents’ pages."))
@click.option("--certificate", help=N_("File of the certificate with its chain; empty: where certbot puts it."))
@click.option("--key", help=N_("File of its key."))
@click.option(
    "--to", type=_FILE, default="/etc/nginx/conf.d/quarantine.conf", show_default=True, help=N_("Where it is written to.")
)
@_proxy_options
def nginx_command(context: Context, to: Path, only_print: bool, **given: str | int | None) -> None:
    from monitor.service.proxies import nginx_of

    front = _front(context.settings, given)
    if not front.certificate:
        folder = f"/etc/letsencrypt/live/{front.console.name}"
        front = dataclasses.replace(front, certificate=f"{folder}/fullchain.pem", key=f"{folder}/privkey.pem")
    write(context, to, nginx_of(front), only_print=only_print)
    if not only_print:
        _tell_settings(context, front)
        _next(context, "nginx -t", "systemctl reload nginx")


@service_commands.command("caddy", help=N_("Write the file for Caddy: HTTPS before the console and the residents’ pages."))
@click.option("--certificate", help=N_("File of the certificate with its chain; empty: Caddy gets one by itself."))
@click.option("--key", help=N_("File of its key."))
@click.option("--to", type=_FILE, default="/etc/caddy/Caddyfile", show_default=True, help=N_("Where it is written to."))
@_proxy_options
def caddy_command(context: Context, to: Path, only_print: bool, **given: str | int | None) -> None:
    from monitor.service.proxies import caddy_of

    front = _front(context.settings, given)
    write(context, to, caddy_of(front), only_print=only_print)
    if not only_print:
        _tell_settings(context, front)
        _next(context, f"caddy validate --adapter caddyfile --config {to}", "systemctl reload caddy")


def program() -> Path:
    """The command as it is installed: beside the Python that runs it."""
    return Path(sys.executable).parent / "quarantine"


def secrets_in(folder: Path | None) -> dict[str, Path]:
    """Secret settings that have a file in a folder. Raises BadInput for a file that is named after none."""
    if folder is None or not folder.is_dir():
        return {}
    known = {each.name for each in dataclasses.fields(Settings) if each.metadata["secret"]}
    found = {each.name: each.resolve() for each in sorted(folder.iterdir()) if each.is_file() and not each.name.startswith(".")}
    unknown = next((name for name in found if name not in known), None)
    if unknown is not None:
        raise BadInput(
            N_("%(path)s is named after no secret setting. Secret are: %(names)s."),
            path=str(found[unknown]),
            names=", ".join(sorted(known)),
        )
    return found


def write(context: Context, path: Path, text: str, *, only_print: bool) -> None:
    """Write a file whole or not at all, and say so; or print it. Raises Conflict where it cannot be written."""
    if only_print:
        click.echo(f"# {path}\n{text}")
        return
    fresh = path.with_name(f".{path.name}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh.write_text(text, "utf-8")
        fresh.chmod(0o644)
        fresh.replace(path)
    except OSError as error:
        raise Conflict(
            N_("%(path)s cannot be written: %(why)s. Run this as root, or choose another place."),
            path=str(path),
            why=error.strerror,
        ) from None
    context.say(N_("Written: %(path)s"), path=str(path))


def _front(settings: Settings, given: Mapping[str, str | int | None]) -> Front:
    from monitor.service.proxies import Door, Front

    for option in ("name", "residents_name", *(["public_name"] if given["public_name"] else [])):
        if not _NAME.fullmatch(str(given[option])):
            raise BadInput(
                N_("%(value)s is not a server’s name; an example is quanly.example.gov.vn."), value=repr(given[option])
            )
    for option in ("certificate", "key"):
        if re.search(r"[\s;{}$\"']", str(given[option] or "")):
            raise BadInput(N_("%(value)s cannot be the path of a certificate or key."), value=repr(given[option]))
    if bool(given["certificate"]) != bool(given["key"]):
        raise BadInput(N_("A certificate and its key belong together: give both --certificate and --key."))
    console = Door(str(given["name"]), int(given["port"] or 0), f"{_inside(settings.host)}:{settings.port}")
    residents = Door(
        str(given["residents_name"]), int(given["residents_port"] or 0), f"{_inside(settings.host)}:{settings.residents_port}"
    )
    public = None
    if given["public_name"]:
        inside = f"{_inside(settings.host)}:{settings.public_port}"
        public = Door(str(given["public_name"]), int(given["public_port"] or 0), inside)
    doors = [each.address for each in (console, residents, public) if each is not None]
    if len(set(doors)) < len(doors):
        raise BadInput(N_("The console, the residents’ pages and the public pages need names of their own, or other ports."))
    return Front(
        console,
        residents,
        settings.upload_megabytes,
        str(given["certificate"] or ""),
        str(given["key"] or ""),
        int(given["plain_port"] or 0),
        public,
    )


def _inside(host: str) -> str:
    """Where a proxy on the same machine reaches what listens on `host`."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - compared, not listened on
    return f"[{host}]" if ":" in host else host


def _tell_settings(context: Context, front: Front) -> None:
    """What the service must be told to stand behind the proxy, where it is not yet."""
    settings = context.settings
    wanted = {
        "console_url": (settings.console_address, front.console.address),
        "residents_url": (settings.residents_address, front.residents.address),
    }
    if front.public is not None:
        wanted["public_url"] = (settings.public_address, front.public.address)
    lines = [f'{name} = "{address}"' for name, (is_set, address) in wanted.items() if is_set != address]
    if not settings.secure_cookies:
        lines.append("secure_cookies = true")
    if not settings.proxies:
        lines.append('trusted_proxies = "127.0.0.1 ::1"')
    if lines:
        context.say(N_("These settings belong to it; the service needs a restart when they change:"))
        click.echo("\n".join(f"  {line}" for line in lines))


def _next(context: Context, *commands: str) -> None:
    context.say(N_("Next:"))
    click.echo("\n".join(f"  {command}" for command in commands))
