"""The bench of contact tracing runs as it is shipped, and its last line has all figures."""

from __future__ import annotations

import json

from click.testing import CliRunner

from web.benchmarks.contacts import bench_contacts


def test_the_bench_measures_matching_logs_and_the_tree() -> None:
    done = CliRunner().invoke(bench_contacts, ["--stays", "3000", "--keys", "5"], catch_exceptions=False)
    figures = json.loads(done.output.splitlines()[-1])
    assert {"match_s", "bluezone_keys_per_s", "tree_s", "vectors"} <= set(figures)
    assert figures["vectors"] >= 40
    assert 0 < figures["tree_s"] < 60
