"""The command that runs the demonstration telephone."""

from __future__ import annotations

from pathlib import Path

import click

from monitor.service.context import Context
from monitor.service.process import Process
from monitor.words import N_


@click.command(
    "demonstration-telephone",
    hidden=True,
    help=N_("Run the demonstration’s message gateway, its page, and the phones that answer automatically."),
)
@click.option("--configuration", "path", type=click.Path(path_type=Path), required=True, help=N_("JSON file: port and people."))
@click.option("--number", default=1, help=N_("Number that tells processes of one kind apart."))
@click.pass_obj
def telephone_command(context: Context, path: Path, number: int) -> None:
    from rollcall.demonstration.configuration import read_configuration
    from rollcall.demonstration.running import Telephone

    # No database: a gateway is somebody else's machine.
    process = Process("telephone", number, None).start()
    telephone = Telephone(read_configuration(path), context.settings, context.settings.data_folder / "telephone.jsonl").start()
    while process.wait(60):
        pass
    telephone.stop()
