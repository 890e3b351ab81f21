"""`quarantine bench texts`: how texts that people labelled are read, and how fast."""

from __future__ import annotations

import json
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import click

from monitor.models.rollcalls.inbound import InboundMeaning
from monitor.words import N_
from rollcall.inbound.reading import Reading, Writers, read

FOLDER = Path(__file__).parent / "sentences"
LABELS = ("well", "ill", "help", "stop", "doubtful")


@dataclass(frozen=True)
class Sentence:
    """A text and what it says. label: one of LABELS; name: of the one person who answers with the number, "" where it is not known."""

    language: str
    label: str
    name: str
    text: str

    def read(self) -> Reading:
        """As it would be read if it came in."""
        return read(self.text, Writers(names=(self.name,) if self.name else ()))


def sentences_in(folder: Path) -> list[Sentence]:
    """All labelled sentences of a folder, of each file in its order. A line: language, label, name and text, with tabs between."""
    lines = [line for path in sorted(folder.glob("*.tsv")) for line in path.read_text("utf-8").splitlines() if line]
    found = [Sentence(*line.split("\t")) for line in lines]
    for each in found:
        if each.label not in LABELS:
            raise click.ClickException(f"{each.label}: {each.text}")
    return found


@click.command(
    "texts",
    help=N_(
        "Read labelled sentences and count how many are understood as they were meant. Last line: one JSON object.\n\n"
        "`ill_read_as_well` counts texts that do not plainly say “well” and were read as well; there may be none. "
        "`well_understood` is the share of plainly well texts that were read as well; a person reads the rest."
    ),
)
@click.option(
    "--folder",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    default=FOLDER,
    help=N_(
        "A folder with your own sentences in *.tsv files; each line holds language, label, name and text, separated by tabs."
    ),
)
@click.option(
    "--seconds", default=2.0, show_default=True, help=N_("How long to measure the speed, in seconds of processor time.")
)
def bench_texts(folder: Path, seconds: float) -> None:
    sentences = sentences_in(folder)
    # The tables are made with the first text.
    meanings = [each.read().meaning for each in sentences]
    wrong = [
        each
        for each, meaning in zip(sentences, meanings, strict=True)
        if meaning is InboundMeaning.WELL and each.label != "well"
    ]
    for each in wrong:
        click.echo(f"read as well, but {each.label}: {each.text}")
    counted = Counter((each.language, each.label, meaning) for each, meaning in zip(sentences, meanings, strict=True))
    for (language, label, meaning), many in sorted(counted.items()):
        click.echo(f"{language}  {label:10} read as {meaning.value:10} {many:5}")
    well = [meaning for each, meaning in zip(sentences, meanings, strict=True) if each.label == "well"]
    figures = {
        "sentences": len(sentences),
        "ill_read_as_well": len(wrong),
        "well_understood": round(well.count(InboundMeaning.WELL) / max(1, len(well)), 4),
        "per_s": round(_speed(sentences, seconds)),
    }
    click.echo(json.dumps(figures))


def _speed(sentences: list[Sentence], seconds: float) -> float:
    """Texts a second of one core."""
    many, began = 0, time.process_time()
    while (spent := time.process_time() - began) < seconds:
        for each in sentences:
            each.read()
        many += len(sentences)
    return many / spent
