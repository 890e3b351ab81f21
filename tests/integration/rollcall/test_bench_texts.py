"""`quarantine bench texts`: nothing else is read as well, most that is well is understood, and its last line can be read by a program."""

from __future__ import annotations

import json

from click.testing import CliRunner

from rollcall.benchmarks.texts import FOLDER, bench_texts, sentences_in


def test_no_labelled_sentence_is_read_as_well_that_is_not_and_the_last_line_is_the_figures() -> None:
    run = CliRunner().invoke(bench_texts, ["--seconds", "0.2"], catch_exceptions=False)
    assert run.exit_code == 0, run.output
    figures = json.loads(run.output.splitlines()[-1])
    assert list(figures) == ["sentences", "ill_read_as_well", "well_understood", "per_s"]
    assert figures["sentences"] == len(sentences_in(FOLDER)) >= 300
    assert figures["ill_read_as_well"] == 0, run.output
    assert figures["well_understood"] >= 0.9
    assert figures["per_s"] > 0
