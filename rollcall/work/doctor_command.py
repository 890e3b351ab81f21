"""`quarantine doctor`: what is there, what is missing, what is wrong and what to do, in words and as an exit code."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from monitor.service.context import Context
from monitor.words import N_, Translate, Words

if TYPE_CHECKING:
    from monitor.database.database import Database
    from monitor.health.checks import Check
    from monitor.settings import Settings

CONNECT_SECONDS = 5


@click.command(
    "doctor",
    help=N_(
        "Check the installation: what is there, what is missing, what is wrong and what to do."
        " Exit code 0: all is right; 1: something is wrong; 3: something is missing."
    ),
)
@click.option("--offline", is_flag=True, help=N_("Call no public address to see its certificate."))
@click.pass_obj
def doctor_command(context: Context, offline: bool) -> None:
    from monitor.accounts.factors import needing
    from monitor.clock import utc_now
    from monitor.health.checks import exit_code, judge
    from monitor.health.gathering import gather
    from monitor.vault.master_keys import master_keys
    from rollcall.channels.names import channel_names

    settings = context.settings
    database = _open(context)
    key = None if isinstance(database, Words) else master_keys(settings).current()
    facts = gather(
        settings,
        database,
        now=utc_now(),
        channels=channel_names(settings),
        key=key,
        needing=needing(settings.second_factor_roles),
        ask_addresses=not offline,
    )
    checks = judge(facts)
    for each in checks:
        for line in lines_of(each, context.translate):
            click.echo(line)
    code = exit_code(checks)
    context.say(
        {
            0: N_("All is right."),
            1: N_("Something is wrong."),
            3: N_("Nothing is wrong; something is missing."),
        }[code]
    )
    sys.exit(code)


def lines_of(check: Check, translate: Translate) -> list[str]:
    """A finding as lines of text."""
    from monitor.health.checks import TITLES, VERDICTS

    head = f"[{translate(VERDICTS[check.verdict])}] {translate(TITLES[check.part])}: {check.says.say(translate)}"
    return [head] if check.to_do is None else [head, f"    → {check.to_do.say(translate)}"]


def _open(context: Context) -> Database | Words:
    """The database, opened and not asked yet; or why it cannot be. Nothing is made that was not there."""
    from monitor.database.database import Database
    from monitor.health.gathering import not_there
    from monitor.problems import Problem

    missing = not_there(context.settings)
    if missing is not None:
        return missing
    try:
        return Database(_soon(context.settings), context.vault().column_key())
    except Problem as problem:
        return problem.words


def _soon(settings: Settings) -> str:
    """The database's address, with a bound for connecting: who asks what is wrong does not wait minutes for a machine that is off."""
    from sqlalchemy.engine import make_url

    url = make_url(settings.database)
    if url.get_backend_name() == "postgresql" and "connect_timeout" not in url.query:
        url = url.update_query_dict({"connect_timeout": str(CONNECT_SECONDS)})
    return url.render_as_string(hide_password=False)
