"""The chain of infection: drawn, as a table, with names where somebody asks for them, and as a file for other programs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from flask import Blueprint, Response, render_template, request
from sqlalchemy.orm import Session

from monitor.accounts.access import Permission
from monitor.contacts.chain import Forest, forest
from monitor.contacts.chain_files import ContactLine, PersonLine, contacts_csv, graphml
from monitor.contacts.chain_names import names_of
from monitor.contacts.chain_rows import Chain, cases_of, contacts_of, joined
from monitor.contacts.chain_view import MOST_SHAPES, view_of
from monitor.models.legal import RecipientKind
from monitor.personal_data.disclosures import LIST, HandedOut, also_about, hand_out
from monitor.personal_data.holds import require_reason
from monitor.problems import BadInput, Forbidden, NotFound
from monitor.trail.actions import Action
from monitor.words import N_
from web.console.contacts.chain_drawn import Drawing, drawn
from web.console.contacts.scope import Asked, case_address, read_scope
from web.shared.common import now, translate
from web.shared.guard import guarded, note_view, the_reader
from web.shared.parts import parts

pages = Blueprint("contact_chain", __name__)
_PIECE = 2000


@pages.get("/contacts/chain")
@guarded(Permission.TRACE_CONTACTS, audit=None)
def show() -> str:
    problem = None
    with parts().database.read() as session:
        try:
            asked = read_scope(session, request.args)
            chain = _chain(session, asked)
        except BadInput as caught:
            asked, chain, problem = read_scope(session, {}), Chain({}, (), ()), caught
    return _page(asked, chain, request.args, problem=problem)


@pages.post("/contacts/chain/names")
@guarded(Permission.TRACE_CONTACTS, audit=Action.CHAIN_NAMES_SEEN)
def with_names() -> str | tuple[str, int]:
    """The same with names, for a reason; who is named can read that somebody looked."""
    with parts().database.write() as session:
        asked = read_scope(session, request.form)
        chain = _chain(session, asked)
        try:
            reason = require_reason(request.form.get("reason", ""))
        except BadInput as problem:
            return _page(asked, chain, request.form, unnamed=problem), 422
        people = [row.person for row in _drawing(chain, request.form)[1].rows]
        names = names_of(session, people)
        about = sorted({each.resident_id for each in people if each.resident_id is not None})
        zone_id = asked.cluster.zone_id if asked.cluster else None
        note_view(session, zone_id=zone_id, about=about, people=len(people), reason=reason)
    return _page(asked, chain, request.form, names=names)


def _chain(session: Session, asked: Asked) -> Chain:
    return joined(cases_of(session, asked.scope), contacts_of(session, asked.scope), asked.scope.zone)


def _made(chain: Chain) -> Forest:
    return forest(chain.people.values(), chain.links)


def _drawing(chain: Chain, given: Mapping[str, str]) -> tuple[Forest, Drawing, Any]:
    made = _made(chain)
    around = given.get("around") or None
    if around is not None and around not in made.nodes:
        raise NotFound(N_("This person is in no chain of these days. Choose more days, or go back to all chains."))
    start = given.get("start", "")
    view = view_of(made, around, int(start) if start.isdecimal() and len(start) < 9 else 0)
    return made, drawn(chain, made, view), view


def _page(
    asked: Asked,
    chain: Chain,
    given: Mapping[str, str],
    *,
    names: Mapping[str, str] | None = None,
    problem: BadInput | None = None,
    unnamed: BadInput | None = None,
) -> str:
    """problem: with the days; unnamed: why no names are shown though they were asked for."""
    made, drawing, view = _drawing(chain, {} if problem is not None else given)
    person = chain.people[view.around] if view.around is not None else None
    before = made.parents[view.around] if view.around is not None else None
    return render_template(
        "console/contacts/chain.html",
        asked=asked,
        problem=problem,
        drawing=drawing,
        view=view,
        person=person,
        before=chain.people[before] if before is not None else None,
        cases=sum(each.case_id is not None for each in chain.people.values()),
        people=len(chain.people),
        chains=len(made.roots),
        longest=max(made.depth.values(), default=0),
        names=names,
        unnamed=unnamed,
        case_address=case_address,
        most=MOST_SHAPES,
        may_name=the_reader().may(Permission.EXPORT_PEOPLE),
    )


@pages.post("/contacts/chain.<any(csv, graphml):kind>")
@guarded(Permission.TRACE_CONTACTS, audit=Action.CHAIN_EXPORTED)
def file(kind: str) -> Response:
    """All people of these days, or those after one; names only for who may take lists of people along, with a reason and in the register."""
    named = request.form.get("names") == "yes"
    if named and not the_reader().may(Permission.EXPORT_PEOPLE):
        raise Forbidden(N_("Your account is not allowed to do this. Ask an administrator."))
    reason = require_reason(request.form.get("reason", "")) if named else ""
    with parts().database.write() as session:
        asked = read_scope(session, request.form)
        chain = _chain(session, asked)
        made = _made(chain)
        keys = _wanted(made, request.form.get("around") or None)
        names = names_of(session, [chain.people[key] for key in keys]) if named else {}
        note_view(session, zone_id=None, kind=kind, people=len(keys), names=named, reason=reason)
        if named:
            _write_down(session, asked, chain, keys)
    people = {key: _person(chain, made, key, names.get(key)) for key in keys}
    lines = list(_lines(chain, made, people))
    text = (
        graphml(people.values(), lines)
        if kind == "graphml"
        else contacts_csv(_columns(named=named), lines, _said(), named=named)
    )
    content = "".join(text).encode()
    mimetype = "application/xml" if kind == "graphml" else "text/csv"
    response = Response(content, content_type=f"{mimetype}; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="contacts-{now():%Y-%m-%d}.{kind}"'
    return response


def _wanted(made: Forest, around: str | None) -> list[str]:
    """Somebody and all after them, or everybody."""
    if around is None:
        return list(made.nodes)
    if around not in made.nodes:
        raise NotFound(N_("This person is in no chain of these days. Choose more days, or go back to all chains."))
    found = [around]
    for key in found:
        found += made.below(key)
    return found


def _write_down(session: Session, asked: Asked, chain: Chain, keys: list[str]) -> None:
    """Into the register of disclosures, with everybody in the file."""
    given = request.form
    handed = HandedOut(
        RecipientKind.FILE,
        LIST,
        asked.cluster.zone_id if asked.cluster else None,
        the_reader().account_id,
        given.get("recipient", "").strip(),
        given.get("legal_basis", "").strip(),
    )
    number = hand_out(session, handed, [], now()) or 0
    residents = sorted({each for key in keys if (each := chain.people[key].resident_id) is not None})
    for begin in range(0, len(residents), _PIECE):
        also_about(session, number, residents[begin : begin + _PIECE])


def _person(chain: Chain, made: Forest, key: str, name: str | None) -> PersonLine:
    person = chain.people[key]
    return PersonLine(key, person.code, person.case_id is not None, person.day, made.depth[key], name)


def _lines(chain: Chain, made: Forest, people: Mapping[str, PersonLine]) -> Iterator[ContactLine]:
    zone = parts().settings.zone
    for link, row in zip(chain.links, chain.rows, strict=True):
        source, target = people.get(link.source), people.get(link.target)
        # Of someone's contacts outside of what was asked for, nothing is told.
        if source is None or target is None or link.source == link.target:
            continue
        first: date | None = row.first_at.astimezone(zone).date() if row.first_at is not None else None
        yield ContactLine(source, target, first, link.last, link.certain, made.parents[link.target] == link.source)


def _columns(*, named: bool) -> list[str]:
    person = [N_("Number"), N_("Case"), N_("Day"), N_("Generation"), *([N_("Name")] if named else [])]
    source, contact = translate(N_("Source")), translate(N_("Contact"))
    return [
        *(f"{source}: {translate(each)}" for each in person),
        *(f"{contact}: {translate(each)}" for each in person),
        *map(translate, (N_("First contact"), N_("Last contact"), N_("Certain"), N_("Drawn as the way of infection"))),
    ]


def _said() -> dict[bool, str]:
    return {False: translate(N_("no")), True: translate(N_("yes"))}
