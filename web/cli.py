"""Commands that this room adds to `quarantine`."""

from __future__ import annotations

import click

from monitor.service.context import Context
from monitor.words import N_


def commands() -> list[click.Command]:
    """What the root command loads."""
    return [web]


@click.command("web", help=N_("Serve the console, the residents’ pages and the public pages until stopped."))
@click.option("--number", default=1, show_default=True, help=N_("Number of this web process, where several run."))
@click.pass_obj
def web(context: Context, number: int) -> None:
    from web.server import serve

    context.ready_database().dispose()
    serve(context.settings, number)
