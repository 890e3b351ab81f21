"""Figures over any span: who answered and how soon, why not, messages, decisions, alerts and cameras; as charts and tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import Blueprint, render_template, request

from monitor.accounts.access import Permission
from monitor.models.incidents import Urgency
from monitor.models.rollcalls.rounds import CheckInState
from monitor.problems import BadInput
from monitor.reports.figures import ANSWERED_WITHIN, DECIDED_WITHIN, LATER, NEVER, TAKEN_WITHIN, Subject, median_bound, share
from monitor.words import N_, Words
from rollcall.reporting.causes import Cause
from web.console.records.figures_read import Part, by_zone, parts_of, read_span, whole, zones_counted
from web.console.zones_of_reader import zones_of
from web.shared import charts
from web.shared.common import now
from web.shared.guard import guarded, the_reader
from web.shared.labels import LABELS, channel_words
from web.shared.parts import parts

CAUSES = {
    Cause.NO_ANSWER: N_("Message arrived, no answer"),
    Cause.NOT_CONFIRMED: N_("Phone did not confirm the message"),
    Cause.NOT_KNOWN: N_("Not known whether a message arrived"),
    Cause.OUR_SERVICE: N_("Our fault: service down"),
    Cause.OUR_PAGE: N_("Our fault: page could not be opened"),
    Cause.OUR_MESSAGES: N_("Our fault: messages could not be sent"),
    Cause.OUR_LINE: N_("Our fault: network down"),
    Cause.STOPPED: N_("Messages were stopped"),
    Cause.AWAY: N_("Away with permission"),
    Cause.SEEN: N_("Seen by a camera"),
    Cause.ORDER_OVER: N_("Order over or paused"),
    Cause.DECIDED: N_("Excused by staff"),
}
ARRIVAL = {"arrived": N_("arrived"), "unsure": N_("not confirmed"), "failed": N_("failed")}
TRUTH = {
    "agreed": N_("Agreed with roll-calls"),
    "false_absent": N_("Did not see someone who was there"),
    "false_present": N_("Saw someone who was not there"),
    "unknown": N_("Could not tell"),
}
# Zones on a page, and days in a file: a workbook of all zones over a year takes a minute.
PAGE, MOST_IN_FILE = 50, 93
SUMS = {
    "asked": N_("Times asked"),
    "answered": N_("Answered"),
    "missed": N_("No answer"),
    "unreached": N_("Could not be reached"),
    "excused": N_("Excused"),
}


@dataclass(frozen=True)
class Bar:
    """One line of a chart: what, how many, and which share of all."""

    words: Words
    number: int
    share: float


def bars(counted: Mapping[str, int], names: Mapping[str, str | Words]) -> list[Bar]:
    """In the order of the names; what was not counted at all is left out."""
    total = sum(counted.values())
    return [
        Bar(words if isinstance(words, Words) else Words(words), counted[part], counted[part] / total)
        for part, words in names.items()
        if counted.get(part)
    ]


def within(bounds: Sequence[int]) -> dict[str, Words]:
    """What each bound in minutes is called."""
    named = {}
    for bound in bounds:
        hours = bound >= 60 and bound % 60 == 0
        template = N_("within %(count)s h") if hours else N_("within %(count)s min")
        named[str(bound)] = Words(template, {"count": bound // 60 if hours else bound})
    return named | {LATER: Words(N_("later")), NEVER: Words(N_("never"))}


def named(kind: type[Any], members: Sequence[Any]) -> dict[str, Words]:
    return {each.value: LABELS[kind][each].words for each in members}


@dataclass(frozen=True)
class Channel:
    """How messages over one channel fared."""

    words: Words
    arrived: int
    unsure: int
    failed: int

    @property
    def share(self) -> float | None:
        """That arrived for certain."""
        return share(self.arrived, self.arrived + self.unsure + self.failed)


def channels(counted: Mapping[str, int]) -> list[Channel]:
    """By channel, the most used first."""
    names = sorted({part.rpartition(":")[0] for part in counted})
    found = [Channel(channel_words(name), *(counted.get(f"{name}:{part}", 0) for part in ARRIVAL)) for name in names]
    return sorted(found, key=lambda each: -(each.arrived + each.unsure + each.failed))


def charts_of(total: Part) -> dict[str, Any]:
    """What the page shows of the whole span besides its curves."""
    counts = {subject: total.counts.get(subject, {}) for subject in Subject}
    reviewed = (CheckInState.ACCEPTED, CheckInState.REJECTED, CheckInState.EXCUSED)
    return {
        "answered_within": bars(counts[Subject.ANSWERED_WITHIN], within(ANSWERED_WITHIN)),
        "half_within": median_bound(counts[Subject.ANSWERED_WITHIN], ANSWERED_WITHIN),
        "causes": bars(counts[Subject.CAUSES], {cause.value: words for cause, words in CAUSES.items()}),
        "channels": channels(counts[Subject.MESSAGES]),
        "reviews": bars(counts[Subject.REVIEWS], named(CheckInState, reviewed)),
        "decided_within": bars(counts[Subject.DECIDED_WITHIN], within(DECIDED_WITHIN)),
        "alerts": bars(counts[Subject.ALERTS], named(Urgency, list(Urgency))),
        "taken_within": bars(counts[Subject.TAKEN_WITHIN], within(TAKEN_WITHIN)),
        "truth": bars({part: counts[Subject.CAMERAS].get(part, 0) for part in TRUTH}, TRUTH),
    }


pages = Blueprint("figures", __name__)


def today_here() -> date:
    return now().astimezone(parts().settings.zone).date()


@pages.get("/figures")
@guarded(Permission.SEE_OVERVIEW, audit=None)
def show() -> str:
    reader, today = the_reader(), today_here()
    problem = None
    try:
        span = read_span(request.args, today)
    except BadInput as caught:
        span, problem = read_span({}, today), caught
    start = request.args.get("start", 0, type=int)
    with parts().database.read() as session:
        zones = zones_of(session, reader)
        shown = parts_of(session, zones_counted(reader, span), span)
        ranked = by_zone(session, reader, span) if span.zone is None else []
    total = whole(shown, span)
    return render_template(
        "console/records/figures.html",
        span=span,
        problem=problem,
        zones=zones,
        parts=shown,
        total=total,
        answers=charts.curve([part.sums.rate for part in shown]),
        watched=charts.curve([part.watched for part in shown]),
        charts=charts,
        ranked=ranked[start : start + PAGE],
        following=start + PAGE if len(ranked) > start + PAGE else None,
        start=start,
        most_in_file=MOST_IN_FILE,
        weekly=len(shown) < span.days,
        **charts_of(total),
    )
