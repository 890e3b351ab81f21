"""How soon a person must look at somebody: decided by a table of warning signs that doctors read and change. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

from monitor.models.incidents import Urgency
from monitor.people.symptoms import ANY_DANGER, SYMPTOMS
from monitor.words import N_, Words, words

RANK = {Urgency.ROUTINE: 0, Urgency.SOON: 1, Urgency.DANGER: 2}
"""Which of two is the more urgent."""


class Risk(StrEnum):
    """Why somebody's illness may turn worse sooner, or unnoticed."""

    AGE = "age"
    LONG_ILLNESS = "long_illness"
    PREGNANT = "pregnant"
    ALONE = "alone"


# Signs that are measured or counted: their rules have a limit. Every other sign is there or not.
SPO2, TEMPERATURE, SILENT, SILENT_AFTER_ILLNESS = "spo2", "temperature", "silent", "silent_after_illness"
UNWELL, HELP, TEXT_UNCLEAR, ROOM_EMPTY, UNREACHED = "unwell", "help", "text_unclear", "room_empty", "unreached"
NOT_SEEN = "not_seen"
SIGNS = {
    SPO2: N_("Oxygen saturation (SpO₂) under %(limit)s %%"),
    **ANY_DANGER,
    **SYMPTOMS,
    TEMPERATURE: N_("Temperature of %(limit)s °C or more"),
    UNWELL: N_("Feels unwell"),
    HELP: N_("Asks for help without saying what for"),
    SILENT_AFTER_ILLNESS: N_("Ill within three days, then roll-calls without an answer: %(limit)s or more"),
    SILENT: N_("Roll-calls missed in a row: %(limit)s or more"),
    UNREACHED: N_("Not reached by any message"),
    TEXT_UNCLEAR: N_("Wrote a text that was not understood"),
    ROOM_EMPTY: N_("Not in the room"),
    NOT_SEEN: N_("Not seen for long"),
}
"""Every sign that a rule can be about, as the table's page names it; %(limit)s is the rule's limit."""
LIMITED = {SPO2: (50, 100), TEMPERATURE: (34, 43), SILENT: (1, 3), SILENT_AFTER_ILLNESS: (1, 3)}
"""What a rule's limit may be."""


@dataclass(frozen=True)
class Told:
    """What is known of somebody, from their words or without them. signs: keys of SIGNS or symptoms of later versions.

    temperature: degrees Celsius; spo2: per cent. None: not measured.
    """

    signs: frozenset[str] = frozenset()
    temperature: float | None = None
    spo2: int | None = None


@dataclass(frozen=True)
class Silence:
    """missed: newest roll-calls in a row that arrived and were not answered; unanswered: those that did not arrive counted too.

    after_illness: within three days of telling of illness, or while a case about that is open.
    """

    missed: int = 0
    unanswered: int = 0
    after_illness: bool = False


@dataclass(frozen=True)
class Heard:
    """What was heard of somebody, and how long nothing was."""

    told: Told = field(default_factory=Told)
    silence: Silence = field(default_factory=Silence)


@dataclass(frozen=True)
class Rule:
    """One line of the table. limit: for the signs in LIMITED. usual, at_risk: how urgent the sign makes it, for whom."""

    sign: str
    usual: Urgency
    at_risk: Urgency
    limit: float | None = None


@dataclass(frozen=True)
class Table:
    """One version. risks: those that count; old_from: years of age. minutes: until somebody must have looked, usually and at risk.

    source: where the shipped one comes from; why: what whoever changed it wrote.
    """

    version: str
    rules: tuple[Rule, ...]
    risks: frozenset[Risk]
    old_from: int
    minutes: Mapping[Urgency, tuple[int, int]]
    why: str = ""


@dataclass(frozen=True)
class Judgement:
    """How urgent it is, why, until when somebody must have looked, and by which version of the table that was decided."""

    urgency: Urgency
    reasons: tuple[Words, ...]
    within: timedelta
    version: str


def urgency_of(told: Told, risks: frozenset[Risk], silence: Silence, table: Table) -> Judgement:
    """The most urgent of all rules that apply; a sign that the table does not know is for the hour, as is nothing at all.

    The reasons are those of the rules that decided, then the risks that count.
    """
    counted = risks & table.risks
    found = [(rule.at_risk if counted else rule.usual, rule) for rule in table.rules if _applies(rule, told, silence)]
    known = {rule.sign for rule in table.rules}
    found += [(Urgency.SOON, Rule(sign, Urgency.SOON, Urgency.SOON)) for sign in sorted(told.signs - known)]
    urgency = max((each for each, _ in found), key=RANK.__getitem__, default=Urgency.SOON)
    reasons = [_reason(rule, told, silence) for rule in _strictest(rule for each, rule in found if each == urgency)]
    if counted:
        reasons.append(words(N_("At risk: %(what)s"), what=risk_words(counted, table.old_from).dump()))
    usual, first = table.minutes[urgency]
    within = timedelta(minutes=first if counted or silence.after_illness else usual)
    return Judgement(urgency, tuple(reasons), within, table.version)


def _strictest(rules: Iterable[Rule]) -> Iterable[Rule]:
    """One of each sign: of 94 and 96 per cent, 92 tells the first; of one and two roll-calls, three tell the second."""
    by_sign: dict[str, Rule] = {}
    for rule in rules:
        before = by_sign.get(rule.sign)
        stricter = before is None or ((rule.limit or 0) < (before.limit or 0)) == (rule.sign == SPO2)
        if stricter:
            by_sign[rule.sign] = rule
    return by_sign.values()


_MEASURES: dict[str, Callable[[float, Told, Silence], bool]] = {
    SPO2: lambda limit, told, _: told.spo2 is not None and told.spo2 < limit,
    TEMPERATURE: lambda limit, told, _: told.temperature is not None and told.temperature >= limit,
    SILENT: lambda limit, _, silence: silence.missed >= limit,
    SILENT_AFTER_ILLNESS: lambda limit, _, silence: silence.after_illness and silence.unanswered >= limit,
}


def _applies(rule: Rule, told: Told, silence: Silence) -> bool:
    if rule.limit is not None:
        return _MEASURES[rule.sign](rule.limit, told, silence)
    return rule.sign in told.signs


def _reason(rule: Rule, told: Told, silence: Silence) -> Words:
    if rule.sign == SPO2:
        return words(N_("SpO₂ %(percent)s %%"), percent=told.spo2)
    if rule.sign == TEMPERATURE and told.temperature is not None:
        return words(N_("Temperature %(degrees)s °C"), degrees=round(told.temperature, 1))
    if rule.sign == SILENT:
        return words(N_("Roll-calls missed in a row: %(count)s"), count=silence.missed)
    if rule.sign == SILENT_AFTER_ILLNESS:
        return words(N_("Ill before, then roll-calls without an answer: %(count)s"), count=silence.unanswered)
    return Words(SIGNS.get(rule.sign, rule.sign))


_RISKS = {
    Risk.LONG_ILLNESS: N_("long-term illness"),
    Risk.PREGNANT: N_("pregnant"),
    Risk.ALONE: N_("alone"),
}
_OLD = N_("%(years)s years or older")


def risk_words(risks: Iterable[Risk], old_from: int) -> Words:
    """Risks in one sentence, in a fixed order."""
    parts = {
        f"part{number}": (words(_OLD, years=old_from) if risk is Risk.AGE else Words(_RISKS[risk])).dump()
        for number, risk in enumerate(each for each in Risk if each in set(risks))
    }
    return Words(", ".join(f"%({name})s" for name in parts), parts)
