"""What cannot be right, or was forgotten, about cases and their contacts: a list of sentences that lead to where it can be put right."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from zoneinfo import ZoneInfo

from flask import Blueprint, render_template, request

from monitor.accounts.access import Permission
from monitor.contacts.chain_rows import CaseRow, Chain, cases_of, contacts_of, joined
from monitor.contacts.implausible import CaseFacts, EdgeFacts, Finding, Kind, implausible
from monitor.problems import BadInput
from monitor.words import N_, Words
from web.console.contacts.scope import case_address, read_scope
from web.shared.common import now
from web.shared.guard import guarded
from web.shared.parts import parts

pages = Blueprint("implausible", __name__)
PAGE = 50
"""Cases on a page."""
SENTENCES = {
    Kind.SECOND_BEFORE_FIRST: N_("%(other)s fell ill before %(case)s, who is noted as the source. Days between: %(number)s."),
    Kind.CONTACT_TOO_EARLY: N_("The last meeting with %(other)s was %(number)s days before %(case)s fell ill: more than 14."),
    Kind.ONSET_TOO_LATE: N_("%(other)s fell ill %(number)s days after the last meeting with %(case)s: more than 14."),
    Kind.CONTACT_AFTER_ISOLATION: N_(
        "The meeting with %(other)s began after %(case)s was isolated. Hours between: %(number)s."
    ),
    Kind.FEW_CONTACTS: N_("%(case)s was interviewed, but fewer than five contacts are known: %(number)s."),
    Kind.NOT_INTERVIEWED: N_("%(case)s was not interviewed within 24 hours: %(number)s hours have passed."),
}
LATE = N_("%(case)s was interviewed after %(number)s hours: later than 24.")
NAMES = {
    Kind.SECOND_BEFORE_FIRST: N_("Ill before the source"),
    Kind.CONTACT_TOO_EARLY: N_("Meeting too long before the signs"),
    Kind.ONSET_TOO_LATE: N_("Ill too long after the meeting"),
    Kind.CONTACT_AFTER_ISOLATION: N_("Meeting after isolation"),
    Kind.FEW_CONTACTS: N_("Fewer than five contacts"),
    Kind.NOT_INTERVIEWED: N_("Not interviewed within 24 hours"),
}


@dataclass(frozen=True)
class Told:
    """One finding in words. around: whom the chain shows it from."""

    kind: Kind
    words: Words
    around: str


@dataclass(frozen=True)
class OfCase:
    """What is to be checked about a case."""

    case_id: int
    code: str
    findings: list[Told]


def facts(cases: list[CaseRow], chain: Chain, zone: ZoneInfo) -> tuple[list[CaseFacts], list[EdgeFacts]]:
    """What is judged, of each case and each contact of the first degree. An F2 met an F1, whose own dates are not known here."""
    by_number = {case.id: case for case in cases}
    named: Counter[int] = Counter(row.case_id for row in chain.rows if row.degree == 1)
    edges = []
    for link, row in zip(chain.links, chain.rows, strict=True):
        source = chain.people[link.source]
        # Somebody who is noted as their own contact met nobody.
        if source.case_id is None or link.source == link.target:
            continue
        case = by_number[source.case_id]
        other_id = chain.people[link.target].case_id
        other = by_number[other_id].onset_on if other_id is not None else None
        last = row.last_at.astimezone(zone).date() if row.last_at is not None else None
        edges.append(EdgeFacts(row.id, case.id, case.onset_on, other, case.isolated_at, row.first_at, last))
    return [CaseFacts(case.id, case.entered_at, case.interviewed_at, named[case.id]) for case in cases], edges


@pages.get("/contacts/implausible")
@guarded(Permission.TRACE_CONTACTS, audit=None)
def listed() -> str:
    start = max(0, request.args.get("start", 0, type=int))
    kind = request.args.get("kind", "")
    problem = None
    zone = parts().settings.zone
    with parts().database.read() as session:
        try:
            asked = read_scope(session, request.args)
            cases = cases_of(session, asked.scope)
            chain = joined(cases, contacts_of(session, asked.scope), zone)
        except BadInput as caught:
            asked, cases, chain, problem = read_scope(session, {}), [], Chain({}, (), ()), caught
    found = implausible(*facts(cases, chain, zone), now())
    counts = Counter(each.kind for each in found)
    interviewed = {case.id for case in cases if case.interviewed_at is not None}
    told = list(_by_case([each for each in found if kind in ("", each.kind.value)], chain, interviewed))
    told.sort(key=lambda each: -each.case_id)
    return render_template(
        "console/contacts/implausible.html",
        asked=asked,
        problem=problem,
        rows=told[start : start + PAGE],
        following=start + PAGE if len(told) > start + PAGE else None,
        start=start,
        counts=counts,
        kinds=NAMES,
        kind=kind if kind in list(Kind) else "",
        case_address=case_address,
        cases=len(cases),
    )


def _by_case(found: list[Finding], chain: Chain, interviewed: set[int]) -> Iterator[OfCase]:
    targets = {row.id: link.target for link, row in zip(chain.links, chain.rows, strict=True)}
    for case_id, findings in groupby(found, key=lambda each: each.case):
        code = chain.people[f"c{case_id}"].code
        yield OfCase(case_id, code, [_told(each, code, targets, chain, late=case_id in interviewed) for each in findings])


def _told(finding: Finding, code: str, targets: Mapping[int, str], chain: Chain, *, late: bool) -> Told:
    values: dict[str, str | int] = {"case": code, "number": finding.number}
    around = f"c{finding.case}"
    if finding.edge is not None:
        values["other"] = chain.people[targets[finding.edge]].code
    template = LATE if finding.kind is Kind.NOT_INTERVIEWED and late else SENTENCES[finding.kind]
    return Told(finding.kind, Words(template, values), around)
