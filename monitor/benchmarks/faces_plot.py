"""Draws what `quarantine bench faces` measured: how scores lie, and what each threshold costs. As PNG and as SVG."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from monitor.problems import Problem
from monitor.vision.faces.accuracy import STEPS, Scores, curve, edges
from monitor.words import N_

# Steps drawn as one bar.
TOGETHER = STEPS // 100


class PlotImpossible(Problem):
    """The library that draws is not installed."""


def draw(engines: Sequence[tuple[str, Scores, float, float]], place: Path) -> None:
    """Draw name, scores, accept and reject of each engine into `place`.png and `place`.svg. Raises PlotImpossible."""
    try:
        import matplotlib as mpl

        mpl.use("Agg")
        from matplotlib import pyplot
    except ImportError as error:
        raise PlotImpossible(N_("A plot needs matplotlib: run make setup, or leave --plot out.")) from error
    figure, axes = pyplot.subplots(len(engines) + 1, 1, figsize=(8, 3.2 * (len(engines) + 1)), layout="constrained")
    middles = (edges()[:-1] + edges()[1:]) / 2
    middles = middles.reshape(-1, TOGETHER).mean(axis=1)
    for axis, (name, scores, accept, reject) in zip(axes, engines, strict=False):
        for counts, label, colour, hatch in (
            (scores.impostor, "different people", "#b45309", "//"),
            (scores.genuine, "same person", "#1d4ed8", ""),
        ):
            shares = counts.reshape(-1, TOGETHER).sum(axis=1) / max(counts.sum(), 1)
            axis.bar(middles, shares, 2 / len(middles), label=label, color=colour, alpha=0.6, hatch=hatch, edgecolor="white")
        for at, label, style in ((accept, "accept", "-"), (reject, "reject", "--")):
            axis.axvline(at, color="black", linestyle=style, label=f"{label} {at:.2f}")
        axis.set(title=f"{name}: likeness", ylabel="share of pairs")
        axis.legend()
    last = axes[-1]
    for (name, scores, _accept, _reject), style in zip(engines, ("-", "--", ":", "-."), strict=False):
        fmr, fnmr = curve(scores)
        seen = fmr > 0
        last.plot(fmr[seen], fnmr[seen], style, label=name)
    last.set(
        xscale="log",
        xlabel="FMR: different people taken for the same",
        ylabel="FNMR: the same person not recognised",
        ylim=(
            0,
            max(0.05, float(np.quantile([curve(each[1])[1][np.argmax(curve(each[1])[0] <= 1e-3)] for each in engines], 1))),
        ),
    )
    last.grid(alpha=0.3)
    last.legend()
    for ending in (".png", ".svg"):
        figure.savefig(place.with_suffix(ending), dpi=120)
    pyplot.close(figure)
