"""A report's values and sentences as they are printed in one language, for all of its forms. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from monitor import written
from monitor.models.daily_report import ReportState
from monitor.reports.content import Cell, Measure, ReportContent, Series
from monitor.typesetting.glyphs import written as settable
from monitor.words import N_, Translate, Words, translator

NOTHING = "–"
"""Stands where nothing can be said; never a 0, which is a number."""
CHANGED = "*"
SIGN = "BC"
"""Of reports, by Decree 30/2020/NĐ-CP, annex III."""
TITLE = N_("Report on quarantine and control of the epidemic")


@dataclass(frozen=True)
class Recipient:
    """Of the list at the end (Nơi nhận). copy: for information."""

    name: str
    copy: bool = False


@dataclass(frozen=True)
class Letterhead:
    """What stands around the figures. parent: the body above who reports; signer_role, signer: under which a signature stands."""

    parent: str = ""
    signer_role: str = ""
    signer: str = ""
    recipients: Sequence[Recipient] = field(default_factory=tuple)


@dataclass(frozen=True)
class Spoken:
    """Words, moments and numbers in one language. zone: the province's wall clock."""

    language: str
    zone: ZoneInfo

    @property
    def say(self) -> Translate:
        """The language's words."""
        return translator(self.language)

    def words(self, of: Words) -> str:
        """A sentence, with nothing in it that cannot be set."""
        return settable(of.say(self.say))

    def one(self, template: str, **values: object) -> str:
        """A sentence of ours."""
        return self.words(Words(template, values))

    def moment(self, at: datetime) -> str:
        """On the province's wall clock."""
        return written.moment(at.astimezone(self.zone), self.language)

    def value(self, cell: Cell) -> str:
        """A cell as printed, without its mark."""
        return self.number_of(cell.value, cell.measure)

    def before(self, cell: Cell) -> str:
        """What stood in the report that this one replaces; empty where nothing changed."""
        return self.number_of(cell.replaced, cell.measure) if cell.changed else ""

    def yesterday(self, cell: Cell) -> str:
        """What the report before it had."""
        return self.number_of(cell.yesterday, cell.measure)

    def number_of(self, value: float | None, measure: Measure) -> str:
        """A count or a share; NOTHING where nothing can be said."""
        if value is None:
            return NOTHING
        return written.share(value, self.language) if measure is Measure.SHARE else written.amount(round(value), self.language)

    def unit(self, name: str, name_en: str) -> str:
        """A unit's name."""
        return settable((self.language == "en" and name_en) or name)

    def series(self, of: Series) -> list[tuple[str, str]]:
        """Each day and its value."""
        return [(written.short_day(day, self.language), self.number_of(value, of.measure)) for day, value in of.days]


@dataclass(frozen=True)
class Said(Spoken):
    """One report in one language."""

    content: ReportContent

    @property
    def authority(self) -> str:
        """Who reports."""
        in_english = self.language == "en" and self.content.authority_in_english
        return settable(in_english or self.content.authority or self.say(N_("The health service")))

    @property
    def day(self) -> str:
        """The day that it is about."""
        return written.day(self.content.day, self.language)

    @property
    def number(self) -> str:
        """Number and sign: 12/BC; of a draft what says that there is none yet."""
        return f"{self.content.number}/{SIGN}" if self.content.number is not None else f"…/{SIGN}"

    @property
    def provisional(self) -> str:
        """Stands on each page of a report that no person released; empty of a final one."""
        if self.content.state is ReportState.FINAL:
            return ""
        if self.content.state is ReportState.DRAFT:
            return self.say(N_("DRAFT: not released"))
        return self.say(N_("PROVISIONAL: no person has released this report"))

    @property
    def title(self) -> str:
        """As document and mail are called."""
        return f"{self.say(TITLE)}, {self.day}"

    @property
    def subject(self) -> str:
        """What stands under the heading, which says already that it is a report."""
        return self.one(N_("On quarantine and control of the epidemic, %(day)s"), day=self.day)

    @property
    def status(self) -> list[str]:
        """What a reader must know before the figures, in sentences."""
        content = self.content
        lines = [self.one(N_("Figures as of %(moment)s."), moment=self.moment(content.cut_off))]
        if content.since is not None:
            lines.append(self.one(N_("New and ended are counted since %(moment)s."), moment=self.moment(content.since)))
        if content.replaces is not None:
            lines.append(self.one(N_("This report replaces no. %(number)s of the same day."), number=content.replaces))
            many = len(content.changed)
            lines.append(
                self.one(
                    N_("Figures that differ from it: %(count)s, each marked with * and with what stood there."), count=many
                )
                if many
                else self.one(N_("No figure differs from it."))
            )
        if content.released_by and content.released_at is not None:
            lines.append(
                self.one(
                    N_("Released by %(name)s at %(moment)s."),
                    name=content.released_by,
                    moment=self.moment(content.released_at),
                )
            )
        if content.fast:
            lines.append(self.one(N_("Demonstration: invented people, and a clock that runs faster than days do.")))
        if self.nobody:
            lines.append(self.one(N_("No one is in quarantine, and nothing was counted that day.")))
        return lines

    @property
    def nobody(self) -> bool:
        """Whether every count of it is nought."""
        cells = [cell for section in self.content.sections for line in section.lines for cell in line.cells]
        return bool(cells) and not any(cell.value for cell in cells)
