"""`quarantine papers`: privacy's papers, written into a folder."""

from __future__ import annotations

from pathlib import Path

import click

from monitor.service.context import Context
from monitor.service.language import Group
from monitor.words import N_


def commands() -> list[click.Command]:
    """What the root command loads."""
    return [paper_commands]


@click.group("papers", cls=Group, help=N_("Papers that the law on personal data wants, as templates to fill."))
def paper_commands() -> None: ...


@paper_commands.command(
    "write", help=N_("Write them into a folder, in both languages; what is there stays unless --again is given.")
)
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option("--again", is_flag=True, help=N_("Replace papers that are there; what was filled in is lost."))
@click.pass_obj
def write_command(context: Context, folder: Path, again: bool) -> None:
    from monitor.clock import utc_now
    from monitor.papers.facts import facts_of
    from monitor.papers.papers import IN_BOTH, Paper, write_paper
    from monitor.words import LANGUAGES

    with context.ready_database().read() as session:
        facts = facts_of(session, context.settings, utc_now())
    folder.mkdir(parents=True, exist_ok=True)
    for paper in Paper:
        for language in LANGUAGES[:1] if paper in IN_BOTH else LANGUAGES:
            path = folder / (f"{paper}.html" if paper in IN_BOTH else f"{paper}.{language}.html")
            if path.exists() and not again:
                context.say(N_("Kept as it is: %(path)s"), path=str(path))
                continue
            path.write_text(write_paper(paper, language, facts), "utf-8")
            context.say(N_("Written: %(path)s"), path=str(path))
