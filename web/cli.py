"""Commands that this room adds to `quarantine`."""

from __future__ import annotations

from typing import Any

import click


def commands() -> list[click.Command]:
    """What the root command loads."""
    return [web]


@click.command("web")
@click.option("--number", default=1, show_default=True, help="Which of several web processes this is.")
@click.pass_obj
def web(context: Any, number: int) -> None:
    """Serve the console and the residents' page until stopped."""
    # context: monitor.cli.Context, not named as a type: the command line's root reaches image libraries, and web must not.
    from web.server import serve

    context.ready_database().dispose()
    serve(context.settings, number)
