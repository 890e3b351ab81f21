"""`quarantine bench faces`: error rates of the face engines on a folder of photos, and the thresholds that follow."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import click
import numpy as np

from monitor.benchmarks.photos import Looked, described, groups_in, look_at_all, photos_in
from monitor.clock import utc_now
from monitor.problems import BadInput
from monitor.vision.faces.accuracy import (
    Scores,
    Share,
    area_under_roc,
    compare_all,
    compare_both,
    enough_for,
    fmr_at,
    fnmr_at,
    threshold_for_fmr,
    threshold_for_fnmr,
)
from monitor.vision.faces.engines import FaceEngine, create_engine
from monitor.vision.faces.second_opinion import SURE, agree_all
from monitor.words import N_

# Fewer genuine pairs than this say nothing of how often people would be refused.
LEAST_GENUINE = 30
# How wide the grey zone is at least, on the scale of the scores.
LEAST_GREY = 0.05


@dataclass(frozen=True)
class Measured:
    """One engine's scores and the thresholds that were found."""

    engine: FaceEngine
    scores: Scores
    accept: float
    reject: float


@click.command(
    "faces",
    help=N_(
        "Measure how often faces are confused or not recognised, counted as in ISO/IEC 19795.\n\n"
        "Every photo is compared with every other. Failure to acquire: photos without a face. Intervals contain the true "
        "rate with 95-percent confidence, by resampling people. Photos stay where they are; nothing of them is kept. Last "
        "line: one JSON object."
    ),
)
@click.option(
    "--dataset",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    required=True,
    help=N_("A folder with one folder of photos per person; a file groups.csv in it (person, group) gives the groups."),
)
@click.option(
    "--engine", "names", multiple=True, default=("sface", "dlib"), show_default=True, help=N_("First engine, then second.")
)
@click.option("--fmr", default=1e-3, show_default=True, help=N_("Wanted rate of different people taken for the same."))
@click.option(
    "--fnmr", default=0.01, show_default=True, help=N_("Share of photos of the same person that may fall below the grey zone.")
)
@click.option(
    "--plot", type=click.Path(path_type=Path), help=N_("File name of the plot without extension: .png and .svg are written.")
)
@click.option("--apply", "applied", is_flag=True, help=N_("Save the thresholds in the database, for all workers."))
@click.pass_obj
def bench_faces(
    context: Any, dataset: Path, names: tuple[str, ...], fmr: float, fnmr: float, plot: Path | None, applied: bool
) -> None:
    people, photos = photos_in(dataset)
    engines = [create_engine(name) for name in names]
    looked = look_at_all(photos, engines)
    click.echo(f"{len(people)} people, {len(photos)} photos, {looked.not_acquired} not acquired")
    for step, spent in looked.milliseconds.items():
        click.echo(f"  {step}: {median(spent):.1f} ms of one core at the median")
    measured = [_measure(looked, engine, fmr, fnmr) for engine in engines]
    for each in measured:
        _print_rates(each, fmr)
    if len(engines) > 1:
        _print_both(looked, measured)
    for group, members in groups_in(dataset, people).items():
        _print_group(looked, measured[0], group, members)
    if plot is not None:
        from monitor.benchmarks.faces_plot import draw

        draw([(each.engine.name, each.scores, each.accept, each.reject) for each in measured], plot)
        click.echo(f"  drawn: {plot.with_suffix('.png').name}, {plot.with_suffix('.svg').name}")
    first = measured[0]
    figures = {
        "people": len(people),
        "photos": len(photos),
        "fta": round(looked.not_acquired / len(photos), 5),
        "auc": _number(area_under_roc(first.scores)),
        "fnmr_at_fmr_1e2": _number(fnmr_at(first.scores, threshold_for_fmr(first.scores, 1e-2)).value),
        "fnmr_at_fmr_1e3": _number(fnmr_at(first.scores, threshold_for_fmr(first.scores, 1e-3)).value),
        "accept": round(first.accept, 4),
        "reject": round(first.reject, 4),
        "genuine_pairs": first.scores.genuine_pairs,
        "impostor_pairs": first.scores.impostor_pairs,
        "embed_ms": round(median(looked.milliseconds.get(f"embed {first.engine.name}", [math.nan])), 1),
        "detect_ms": round(median(looked.milliseconds.get("detect", [math.nan])), 1),
    }
    if applied:
        _apply(context, measured, fmr, figures)
    click.echo(json.dumps(figures))


def _measure(looked: Looked, engine: FaceEngine, fmr: float, fnmr: float) -> Measured:
    vectors, people = described(looked, engine.name)
    if len(vectors) < 2:
        raise BadInput(N_("Almost no face was found in these photos, so there is nothing to compare."))
    # People without a usable photo have no number in between.
    _names, numbers = np.unique(people, return_inverse=True)
    scores = compare_all(vectors, numbers.astype(np.int64), engine.thresholds.scale, -1.0 if len(vectors) < 2000 else 0.1)
    accept = max(threshold_for_fmr(scores, fmr), scores.closeness)
    # However well the photos part: what lies just below is for a person.
    reject = min(threshold_for_fnmr(scores, fnmr), accept - LEAST_GREY)
    return Measured(engine, scores, accept, max(reject, scores.closeness))


def _print_rates(each: Measured, fmr: float) -> None:
    scores, own = each.scores, each.engine.thresholds
    click.echo(
        f"{each.engine.name}: {scores.genuine_pairs} genuine and {scores.impostor_pairs} impostor pairs, "
        f"area under the ROC {area_under_roc(scores):.5f}"
    )
    for wanted in (1e-2, 1e-3, 1e-4):
        told = "" if enough_for(scores, wanted) else "  (too few impostor pairs to tell)"
        at = threshold_for_fmr(scores, wanted)
        click.echo(f"  FMR {wanted:g} from {at:.3f} on: FNMR {_share(fnmr_at(scores, at))}{told}")
    for name, at in (("accept", own.accept), ("reject", own.reject)):
        click.echo(f"  shipped {name} {at:.3f}: FMR {_share(fmr_at(scores, at))}, FNMR {_share(fnmr_at(scores, at))}")
    click.echo(f"  to set for FMR {fmr:g}: accept {each.accept:.3f}, reject {each.reject:.3f}")


def _print_both(looked: Looked, measured: Sequence[Measured]) -> None:
    """What asking the second engine near the first one's thresholds gains over each alone, at the thresholds that ship."""
    first, second = (each.engine for each in measured[:2])
    one, people = described(looked, first.name)
    other, _people = described(looked, second.name)
    _names, numbers = np.unique(people, return_inverse=True)
    a, b = first.thresholds, second.thresholds
    pairs = compare_both((one, a.scale), (other, b.scale), numbers.astype(np.int64))
    rows = {
        f"{first.name} alone": pairs.first >= a.accept,
        f"{second.name} alone": pairs.second >= b.accept,
        "both": np.where(
            (pairs.first >= a.reject) & (pairs.first < a.accept + SURE),
            agree_all(pairs.first - a.accept, pairs.second - b.accept),
            pairs.first >= a.accept,
        ),
    }
    click.echo(f"verdicts without a person, of {pairs.genuine.sum()} genuine and {pairs.impostor.sum()} impostor pairs:")
    for name, accepted in rows.items():
        shares = [counts[accepted].sum() / max(counts.sum(), 1) for counts in (pairs.genuine, pairs.impostor)]
        click.echo(f"  {name}: genuine accepted {shares[0]:.4f}, impostors accepted {shares[1]:.2e}")
        if name == "both":
            alone = [1 - fnmr_at(each.scores, threshold_for_fmr(each.scores, shares[1])).value for each in measured[:2]]
            click.echo(
                f"  at so many impostors alone: {first.name} {alone[0]:.4f}, {second.name} {alone[1]:.4f} of the genuine"
            )


def _print_group(looked: Looked, first: Measured, group: str, members: Sequence[int]) -> None:
    vectors, people = described(looked, first.engine.name)
    mine = np.isin(people, members)
    photos = sum(photo.person in set(members) for photo in looked.photos)
    if mine.sum() < 2:
        click.echo(f"group {group}: too few photos")
        return
    _names, numbers = np.unique(people[mine], return_inverse=True)
    scores = compare_all(vectors[mine], numbers.astype(np.int64), first.engine.thresholds.scale, first.scores.closeness)
    click.echo(
        f"group {group}: {len(set(numbers))} people, not acquired {1 - mine.sum() / max(photos, 1):.4f}, "
        f"at accept {first.accept:.3f}: FMR {_share(fmr_at(scores, first.accept))}, FNMR {_share(fnmr_at(scores, first.accept))}"
    )


def _apply(context: Any, measured: Sequence[Measured], fmr: float, figures: dict[str, Any]) -> None:
    from monitor.faces.thresholds import set_thresholds

    for each in measured:
        if not enough_for(each.scores, fmr) or each.scores.genuine_pairs < LEAST_GENUINE:
            raise BadInput(
                N_(
                    "Thresholds were not set: %(genuine)s same-person and %(impostor)s different-person pairs are too few for"
                    " a rate of %(fmr)s. Add people and photos, or choose a higher rate with --fmr."
                ),
                genuine=each.scores.genuine_pairs,
                impostor=each.scores.impostor_pairs,
                fmr=f"{fmr:g}",
            )
    with context.ready_database().write() as session:
        for each in measured:
            set_thresholds(session, each.engine, each.accept, each.reject, figures, now=utc_now())
    click.echo("  the thresholds were set; workers take them with the next answer")


def _share(share: Share) -> str:
    return f"{share.value:.2e} ({share.low:.1e} to {share.high:.1e})"


def _number(value: float) -> float | None:
    return None if math.isnan(value) else round(value, 6)
