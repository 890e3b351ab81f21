"""The epidemic curve: cases by day of onset, stacked by where they were found, with the share found in quarantine; also as a file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from flask import Blueprint, Response, render_template, request

from monitor.accounts.access import Permission
from monitor.contacts.chain_rows import CaseRow, cases_of
from monitor.contacts.curve import EpidemicCurve, Found, epidemic_curve
from monitor.models.contacts.cases import FoundWhere
from monitor.problems import BadInput
from monitor.sheets import FileKind, written_table
from monitor.words import N_
from web.console.contacts.scope import Asked, read_scope
from web.shared import charts
from web.shared.common import say, translate
from web.shared.guard import guarded
from web.shared.labels import LABELS
from web.shared.parts import parts

pages = Blueprint("contact_curve", __name__)
KINDS = [kind.value for kind in FoundWhere]


def curve_of(cases: Sequence[CaseRow]) -> EpidemicCurve:
    """The curve of these cases. What nobody dated stands at the day on which it was entered."""
    zone = parts().settings.zone
    return epidemic_curve(
        (
            Found(
                case.onset_on,
                case.sampled_on,
                case.result_on or case.entered_at.astimezone(zone).date(),
                case.found_where.value,
                case.found_where is FoundWhere.QUARANTINE,
            )
            for case in cases
        ),
        KINDS,
    )


def drawn(curve: EpidemicCurve) -> charts.Bars:
    """The curve as bars."""
    return charts.stacked([[bar.counts[kind] for kind in curve.kinds] for bar in curve.bars])


@pages.get("/contacts/curve")
@guarded(Permission.TRACE_CONTACTS, audit=None)
def show() -> str:
    problem = None
    with parts().database.read() as session:
        try:
            asked = read_scope(session, request.args)
        except BadInput as caught:
            asked, problem = read_scope(session, {}), caught
        curve = curve_of(cases_of(session, asked.scope))
    return render_template(
        "console/contacts/curve.html",
        asked=asked,
        problem=problem,
        curve=curve,
        bars=drawn(curve),
        charts=charts,
        labels=LABELS[FoundWhere],
    )


@pages.get("/contacts/curve.<any(csv, xlsx):kind>")
@guarded(Permission.TRACE_CONTACTS, audit=None)
def file(kind: str) -> Response:
    with parts().database.read() as session:
        asked = read_scope(session, request.args)
        curve = curve_of(cases_of(session, asked.scope))
    names = [translate(N_("From")), translate(N_("Until"))]
    names += [say(LABELS[FoundWhere][where].words) for where in curve.kinds]
    content = b"".join(written_table([*names, translate(N_("All"))], _lines(curve), FileKind(kind)))
    response = Response(content, content_type=FileKind(kind).content_type)
    response.headers["Content-Disposition"] = f'attachment; filename="epidemic-curve-{_name(asked)}.{kind}"'
    return response


def _name(asked: Asked) -> str:
    if asked.cluster is not None:
        return f"cluster-{asked.cluster.id}"
    return f"{asked.scope.since:%Y%m%d}-{asked.scope.until:%Y%m%d}"


def _lines(curve: EpidemicCurve) -> Iterator[list[str]]:
    for bar in curve.bars:
        counts = [str(bar.counts[where]) for where in curve.kinds]
        yield [bar.first.isoformat(), bar.last.isoformat(), *counts, str(bar.total)]
