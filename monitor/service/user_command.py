"""`quarantine user`: accounts by command, also where nobody can sign in any more."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from monitor.service.context import Context
from monitor.service.language import Group
from monitor.words import N_

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from monitor.accounts.invitations import Handed
    from monitor.models.accounts import Account

ROLES = click.Choice(["staff", "supervisor", "administrator", "auditor"])
_zones = click.option(
    "--zone", "zones", multiple=True, help=N_("Name of a zone the account covers, can be repeated; none: every zone.")
)
_language = click.option("--language", type=click.Choice(["vi", "en"]), default="vi")


@click.group("user", cls=Group, help=N_("Console accounts."))
def user_commands() -> None: ...


@user_commands.command("add", help=N_("Create an account."))
@click.argument("username")
@click.option("--role", type=ROLES, required=True)
@_zones
@_language
@click.password_option(help=N_("Asked for if not given."))
@click.pass_obj
def add_user(context: Context, username: str, role: str, zones: tuple[str, ...], language: str, password: str) -> None:
    from monitor.accounts.accounts import add_account
    from monitor.clock import utc_now
    from monitor.models.accounts import Role

    with context.ready_database().write() as session:
        ids = _zone_ids(session, zones)
        add_account(session, username, password, Role(role), zones=ids, now=utc_now(), language=language)
    context.say(N_("Account %(name)s was made."), name=username)


@user_commands.command("invite", help=N_("Create an account, and print the link with which its owner chooses the password."))
@click.argument("username")
@click.option("--role", type=ROLES, required=True)
@_zones
@_language
@click.pass_obj
def invite_user(context: Context, username: str, role: str, zones: tuple[str, ...], language: str) -> None:
    from monitor.accounts.invitations import invite
    from monitor.clock import utc_now
    from monitor.models.accounts import Role

    with context.ready_database().write() as session:
        ids = _zone_ids(session, zones)
        handed = invite(session, username, Role(role), zones=ids, language=language, by=None, now=utc_now())
    _print(context, handed)


@user_commands.command(
    "first", help=N_("Print the link with which the first administrator makes an account; none where one exists.")
)
@click.pass_obj
def invite_first_user(context: Context) -> None:
    from monitor.accounts.invitations import invite_first
    from monitor.clock import utc_now
    from monitor.problems import Conflict

    with context.ready_database().write() as session:
        handed = invite_first(session, now=utc_now())
    if handed is None:
        raise Conflict(N_("An administrator exists already. Ask them for an invitation."))
    print_first(context, handed)


@user_commands.command("reset", help=N_("Print a link with which an account’s owner chooses a new password; its sessions end."))
@click.argument("username")
@click.option("--factors", is_flag=True, help=N_("Also remove the second factors (lost phone)"))
@click.pass_obj
def reset_user(context: Context, username: str, factors: bool) -> None:
    from monitor.accounts.invitations import reset
    from monitor.clock import utc_now

    with context.ready_database().write() as session:
        handed = reset(session, _account(session, username), clears_factors=factors, by=None, now=utc_now())
    _print(context, handed)


@user_commands.command("unlock", help=N_("Unlock an account that wrong passwords locked."))
@click.argument("username")
@click.pass_obj
def unlock_user(context: Context, username: str) -> None:
    from monitor.accounts.managing import unlock_account
    from monitor.clock import utc_now

    with context.ready_database().write() as session:
        unlock_account(session, _account(session, username), by=None, now=utc_now())
    context.say(N_("The account is unlocked."))


@user_commands.command("close", help=N_("Close an account: nobody can sign in with it, and its sessions end."))
@click.argument("username")
@click.pass_obj
def close_user(context: Context, username: str) -> None:
    from monitor.accounts.managing import close_account
    from monitor.clock import utc_now

    with context.ready_database().write() as session:
        close_account(session, _account(session, username), by=None, now=utc_now())
    context.say(N_("The account is closed, and its sessions were ended."))


def _zone_ids(session: Session, names: tuple[str, ...]) -> list[int] | None:
    """The zones of these names; None for every zone. Raises BadInput."""
    from sqlalchemy import select

    from monitor.models.places import Zone
    from monitor.problems import BadInput

    found = {zone.name: zone.id for zone in session.scalars(select(Zone))}
    for name in names:
        if name not in found:
            raise BadInput(N_("There is no zone named %(name)s."), name=name)
    return [found[name] for name in names] if names else None


def _account(session: Session, username: str) -> Account:
    """Raises NotFound."""
    from sqlalchemy import select

    from monitor.models.accounts import Account
    from monitor.problems import NotFound

    account = session.scalar(select(Account).where(Account.username == username.strip().lower()))
    if account is None:
        raise NotFound(N_("There is no account named %(name)s."), name=username)
    return account


def print_first(context: Context, handed: Handed) -> None:
    """Print the address with which setting up begins."""
    context.say(N_("Set up the service at this address; good once, until %(until)s:"), until=_until(context, handed))
    click.echo(f"{context.settings.console_address}/start/{handed.code}")


def _print(context: Context, handed: Handed) -> None:
    context.say(N_("Good once, until %(until)s:"), until=_until(context, handed))
    click.echo(f"{context.settings.console_address}/invitation/{handed.code}")


def _until(context: Context, handed: Handed) -> str:
    return handed.expires_at.astimezone(context.settings.zone).strftime("%H:%M %d/%m/%Y")
