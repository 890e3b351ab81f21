"""Contact rules on the console: those that hold, with their sources and what of them is unsure; a province's own added and withdrawn."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from monitor.accounts.access import Permission
from monitor.contacts.rules import Rule, Until, in_force, overlapping, shipped
from monitor.contacts.stored_rules import OWN, add_rule, own_rule, withdraw_rule
from monitor.models.accounts import Account
from monitor.models.contacts.cases import ContactRule
from monitor.models.contacts.contacts import Proximity
from monitor.problems import BadInput, Forbidden, NotFound, Problem
from monitor.trail.actions import Action
from monitor.words import N_
from web.console.contacts.sight import DISEASES, disease_words
from web.console.contacts.typed import read_rule
from web.shared.common import now, storable, translate
from web.shared.guard import guarded, the_reader
from web.shared.parts import parts

MOST_RULES = 300
UNTIL = {
    Until.ISOLATION: N_("until the isolation"),
    Until.ENDED: N_("until the test by which the person infects nobody"),
}
UNSURE = {
    "metres": N_("distance"),
    "before_onset_days": N_("days before the first signs"),
    "before_sample_days": N_("days before the sample of someone without signs"),
    "minutes": N_("minutes together"),
    "order_days": N_("days of the order"),
    "test_days": N_("days of the tests"),
}

pages = Blueprint("contact_rules", __name__)


@pages.get("/contact-rules")
@guarded(Permission.TRACE_CONTACTS, audit=None)
def listed() -> Response:
    return _page({})


@pages.post("/contact-rules")
@guarded(Permission.MANAGE_CONTACT_RULES, audit=Action.CONTACT_RULE_ADDED)
def add() -> Response:
    given = {name: storable(value)[:400] for name, value in request.form.items()}
    _require_province()
    try:
        with parts().database.write() as session:
            add_rule(session, read_rule(given), the_reader().account_id, now())
    except Problem as problem:
        return _page(given, problem)
    flash(translate(N_("The rule was added. It counts for meetings from its first day on.")))
    return redirect(url_for("contact_rules.listed"), 303)


@pages.post("/contact-rules/<int:rule_id>/withdraw")
@guarded(Permission.MANAGE_CONTACT_RULES, audit=Action.CONTACT_RULE_WITHDRAWN)
def withdraw(rule_id: int) -> Response:
    _require_province()
    with parts().database.read() as session:
        if session.get(ContactRule, rule_id) is None:
            raise NotFound(N_("This page does not exist. Check the address, or go back to the start."))
    try:
        with parts().database.write() as session:
            withdraw_rule(session, rule_id, storable(request.form.get("reason", "")), the_reader().account_id, now())
    except Problem as problem:
        return _page({}, problem)
    flash(translate(N_("The rule was withdrawn. What it judged keeps it as it read.")))
    return redirect(url_for("contact_rules.listed"), 303)


def _require_province() -> None:
    if the_reader().zones is not None:
        raise Forbidden(N_("This holds for the whole province, and your account has certain zones only."))


def _page(given: Mapping[str, str], problem: Problem | None = None) -> Response:
    today = now().astimezone(parts().settings.zone).date()
    with parts().database.read() as session:
        rows = session.execute(
            select(ContactRule, Account.username)
            .join(Account, Account.id == ContactRule.made_by)
            .order_by(ContactRule.id.desc())
            .limit(MOST_RULES)
        ).all()
    own: dict[str, tuple[ContactRule, str]] = {f"{OWN}{row.id}": (row, by) for row, by in rows}
    counting: list[Rule] = [*shipped(), *(own_rule(row) for row, _by in rows if row.withdrawn_at is None)]
    diseases = list(dict.fromkeys([*DISEASES, *(each.disease for each in counting)]))
    now_in_force = {found.key for disease in diseases if (found := in_force(counting, disease, today)) is not None}
    field = problem.field if isinstance(problem, BadInput) else None
    html = render_template(
        "console/contacts/rules.html",
        rules=sorted(counting, key=lambda each: (each.disease, each.starts_on, each.own), reverse=True),
        beside={
            each.key: [other for other in overlapping(each, counting) if other is not each] for each in counting if each.own
        },
        own=own,
        withdrawn=[(own_rule(row), row) for row, _by in rows if row.withdrawn_at is not None],
        in_force=now_in_force,
        diseases=diseases,
        disease_words=disease_words,
        until={key: translate(said) for key, said in UNTIL.items()},
        unsure={key: translate(said) for key, said in UNSURE.items()},
        proximities=[each for each in Proximity if each is not Proximity.UNKNOWN],
        may_change=the_reader().may(Permission.MANAGE_CONTACT_RULES) and the_reader().zones is None,
        given=given,
        problem=problem.words if problem else None,
        wrong={field: problem.words} if problem and field else {},
        timezone=str(parts().settings.zone),
    )
    return make_response(html, problem.status if problem else 200)
