"""All figures of the province's report: what each counts, in which words, and which list it opens. One table, and what is derived from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from monitor.models.daily_report import ListKind
from monitor.reports.content import Measure
from monitor.reports.places import Setting
from monitor.words import N_

ALL = "all"
"""The column that adds up the settings."""


class Stock(StrEnum):
    """What is counted of each setting."""

    EVER = "ever"
    NOW = "now"
    NEW = "new"
    ENDED = "ended"
    MOVED_IN = "moved_in"
    MOVED_OUT = "moved_out"
    CORRECTED_IN = "corrected_in"
    CORRECTED_OUT = "corrected_out"


@dataclass(frozen=True)
class Figure:
    """One figure. lists: what the numbers of its list are; None: nothing stands behind it. note: how it is counted.

    alone: the words where it stands by itself, as over a list; empty: the same.
    parts: of a sum, the figures that it adds up, whose lists together are its own. share: of a share, the figures part and whole.
    """

    key: str
    words: str
    lists: ListKind | None = None
    note: str = ""
    parts: tuple[str, ...] = ()
    share: tuple[str, str] | None = None
    alone: str = ""

    @property
    def named(self) -> str:
        """What it is called where the lines around it do not say."""
        return self.alone or self.words

    @property
    def measure(self) -> Measure:
        """A count or a share."""
        return Measure.COUNT if self.share is None else Measure.SHARE


@dataclass(frozen=True)
class Group:
    """Figures that stand together. columns: what stands over each column; empty: one column. lines: keys, one for each column; "" is empty."""

    key: str
    title: str
    columns: tuple[str, ...]
    lines: tuple[tuple[str, ...], ...]


STOCK_WORDS: Mapping[Stock, str] = {
    Stock.EVER: N_("People ever in quarantine"),
    Stock.NOW: N_("In quarantine now"),
    Stock.NEW: N_("New since the last report"),
    Stock.ENDED: N_("Ended since the last report"),
    Stock.MOVED_IN: N_("Came from another unit or kind of quarantine"),
    Stock.MOVED_OUT: N_("Went to another unit or kind of quarantine"),
    Stock.CORRECTED_IN: N_("Corrections: people added"),
    Stock.CORRECTED_OUT: N_("Corrections: people taken out"),
}
SETTING_WORDS: Mapping[str, str] = {
    Setting.CENTRAL: N_("Central quarantine"),
    Setting.HOME: N_("Home quarantine"),
    Setting.MEDICAL: N_("Medical facilities"),
    ALL: N_("Total"),
}
_SUMMED = (Stock.NOW, Stock.NEW, Stock.ENDED)
_NOTES = {
    Stock.NOW: N_(
        "People whose order was in force at the cut-off; those in hospital count as in a medical facility until their order ends."
    ),
    Stock.MOVED_IN: N_("In the whole province as many people go as come; of each unit they are counted."),
    Stock.CORRECTED_IN: N_("Differences to the last report that staff checked and accepted."),
}


def stock_key(setting: str, stock: Stock) -> str:
    """The key of a figure of one setting."""
    return f"{setting}.{stock}"


def _stocks() -> tuple[Figure, ...]:
    people = ListKind.RESIDENT
    single = [
        Figure(stock_key(setting, stock), words, people, _NOTES.get(stock, ""))
        for setting in Setting
        for stock, words in STOCK_WORDS.items()
    ]
    sums = [
        Figure(stock_key(ALL, stock), STOCK_WORDS[stock], people, parts=tuple(stock_key(each, stock) for each in Setting))
        for stock in _SUMMED
    ]
    return (*single, *sums)


_TESTS = (
    Figure(
        "tests.awaiting",
        N_("People awaiting a test"),
        ListKind.RESIDENT,
        N_("A test of theirs was due by the day of the report and not taken."),
    ),
    Figure("samples.taken", N_("Samples taken"), ListKind.TEST, N_("Since the last report.")),
    Figure("samples.positive", N_("Results: positive"), ListKind.TEST),
    Figure("samples.negative", N_("Results: negative"), ListKind.TEST),
    Figure("samples.invalid", N_("Results: nothing can be said"), ListKind.TEST),
    Figure("samples.waiting", N_("Samples waiting for a result"), ListKind.TEST),
)
_CASES = (
    Figure(
        "cases.central", N_("Found in central quarantine"), ListKind.RESIDENT, N_("By where people were at the last report.")
    ),
    Figure("cases.home", N_("Found in home quarantine"), ListKind.RESIDENT),
    Figure("cases.medical", N_("Found in medical facilities"), ListKind.RESIDENT),
    Figure("cases.outside", N_("Found outside quarantine"), ListKind.RESIDENT),
    Figure(
        "cases.all", N_("New cases"), ListKind.RESIDENT, parts=("cases.central", "cases.home", "cases.medical", "cases.outside")
    ),
    Figure("cases.unnoted", N_("Positive PCR results of people not noted as F0"), ListKind.RESIDENT),
)
_CHECKS = (
    Figure(
        "checks.done",
        N_("People checked"),
        ListKind.RESIDENT,
        N_(
            "Of people in quarantine at the cut-off: who answered a roll-call since the last report, was seen by a camera, or was reached by staff."
        ),
    ),
    Figure("checks.missing", N_("People not checked"), ListKind.RESIDENT),
    Figure("checks.share", N_("Share of people checked"), share=("checks.done", "all.now")),
    Figure(
        "misses.all",
        N_("Roll-calls without an answer in time"),
        ListKind.CHECK_IN,
        parts=("misses.reached", "misses.later", "misses.open"),
    ),
    Figure(
        "misses.reached",
        N_("… staff reached the person since"),
        ListKind.CHECK_IN,
        alone=N_("Roll-calls without an answer in time: reached by staff since"),
    ),
    Figure(
        "misses.later",
        N_("… the person answered since"),
        ListKind.CHECK_IN,
        alone=N_("Roll-calls without an answer in time: answered since"),
    ),
    Figure("misses.open", N_("… still open"), ListKind.CHECK_IN, alone=N_("Roll-calls without an answer in time: still open")),
    Figure("unreached.all", N_("Roll-calls whose message reached nobody"), ListKind.CHECK_IN),
    Figure("excused.faults", N_("Roll-calls excused by our own faults"), ListKind.CHECK_IN),
)
_HOTLINE = (
    Figure(
        "hotline.came",
        N_("Tickets of 1022"),
        ListKind.TICKET,
        N_("First contact since the last report."),
        parts=("hotline.in_time", "hotline.late", "hotline.waiting"),
    ),
    Figure(
        "hotline.in_time",
        N_("… answered within five hours"),
        ListKind.TICKET,
        alone=N_("Tickets of 1022 answered within five hours"),
    ),
    Figure(
        "hotline.late",
        N_("… answered later, or still not"),
        ListKind.TICKET,
        alone=N_("Tickets of 1022 answered later, or still not"),
    ),
    Figure(
        "hotline.waiting",
        N_("… waiting, and still in time"),
        ListKind.TICKET,
        alone=N_("Tickets of 1022 that wait, and are still in time"),
    ),
    Figure("hotline.decided", N_("Tickets decided"), ListKind.TICKET, parts=("hotline.in_time", "hotline.late")),
    Figure("hotline.share", N_("Share answered within five hours"), share=("hotline.in_time", "hotline.decided")),
)
_COVERAGE = (
    Figure(
        "coverage.users",
        N_("Smartphone users"),
        note=N_("As communes entered them; communes without a number are left out of the share."),
    ),
    Figure("coverage.declared", N_("People with a health declaration in force"), ListKind.DECLARANT),
    Figure("coverage.covered", N_("… in communes whose smartphone users are known")),
    Figure(
        "coverage.share",
        N_("Share of smartphone users reached"),
        share=("coverage.covered", "coverage.users"),
        note=N_("Wanted: 90 %."),
    ),
    Figure("coverage.places_known", N_("Places known")),
    Figure("coverage.places", N_("Control points registered")),
    Figure("coverage.places_share", N_("Share of known places registered"), share=("coverage.places", "coverage.places_known")),
    Figure("coverage.crossed", N_("People seen passing at control points")),
    Figure("coverage.scanned", N_("… who were scanned")),
    Figure("coverage.capture", N_("Capture rate at control points"), share=("coverage.scanned", "coverage.crossed")),
    Figure("coverage.cameras_planned", N_("Cameras wanted in quarantine zones")),
    Figure("coverage.cameras_working", N_("… working")),
    Figure("coverage.cameras_believed", N_("… believed")),
)
FIGURES: Mapping[str, Figure] = {each.key: each for each in (*_stocks(), *_TESTS, *_CASES, *_CHECKS, *_HOTLINE, *_COVERAGE)}
"""By key. Keys are stored: none may ever be spelt otherwise."""

_COLUMNS = (*Setting, ALL)
GROUPS: tuple[Group, ...] = (
    Group(
        "stocks",
        N_("People in quarantine"),
        tuple(SETTING_WORDS[each] for each in _COLUMNS),
        tuple(tuple(key if (key := stock_key(setting, stock)) in FIGURES else "" for setting in _COLUMNS) for stock in Stock),
    ),
    Group("tests", N_("Tests"), (), tuple((each.key,) for each in _TESTS)),
    Group("cases", N_("Cases, by where they were found"), (), tuple((each.key,) for each in _CASES)),
    Group("checks", N_("Checked today"), (), tuple((each.key,) for each in _CHECKS)),
    Group("hotline", N_("Hotline 1022"), (), tuple((each.key,) for each in _HOTLINE if each.key != "hotline.decided")),
    Group("coverage", N_("Coverage"), (), tuple((each.key,) for each in _COVERAGE)),
)
BY_UNIT = (
    *("all.now", "all.new", "all.ended", "tests.awaiting", "samples.positive", "cases.all"),
    *("checks.share", "misses.open", "hotline.late", "coverage.share"),
)
"""What the table of units shows, in this order."""
CHARTED = ("all.now", "all.new", "all.ended", "cases.all", "checks.share", "coverage.share")
"""What is drawn over 14 days."""


def stored(figure: Figure) -> bool:
    """Whether a figure is counted by itself; the others follow from those that are."""
    return not figure.parts and figure.share is None
