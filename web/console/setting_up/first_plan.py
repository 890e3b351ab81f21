"""A zone's first schedule, from a template, with a dry run in figures: names stay with those who may see residents."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from monitor.models.places import Zone
from monitor.models.rollcalls.plans import Plan
from monitor.problems import BadInput, Conflict
from monitor.setting_up.steps import Step
from monitor.trail.actions import Action
from monitor.words import N_, translator
from rollcall.channels.names import channel_names
from rollcall.plans.schedule import next_round
from rollcall.plans.templates import draft_from, template_of
from rollcall.prompts.rehearsal import Rehearsal, rehearse
from rollcall.rounds.plan_changes import make_plan
from rollcall.texts.style import style_of
from web.console.rollcalls.plan_form import draft_of, people_of_form
from web.console.setting_up.pages import SET_UP, page
from web.shared.common import language, now
from web.shared.guard import guarded, require_zone, the_reader
from web.shared.parts import parts

pages = Blueprint("first_plan", __name__)


@pages.post("/set-up/plan")
@guarded(SET_UP, audit=Action.PLAN_MADE)
def make() -> Response:
    """Only where a zone has none yet: supervisors change schedules."""
    typed = request.form.get("zone", "")
    zone_id = require_zone(the_reader(), int(typed) if typed.isdecimal() and len(typed) < 10 else None)
    template = template_of(request.form.get("template", ""))
    if template is None:
        raise BadInput(N_("Choose one of the options."), field="template")
    draft = draft_from(template, channel_names(parts().settings), translator(language()))
    with parts().database.write() as session:
        zone = session.get(Zone, zone_id, with_for_update=True)
        require_zone(the_reader(), zone.id if zone else None)
        assert zone is not None
        if zone.closed_at is not None:
            raise Conflict(N_("This zone is closed. Choose another one."))
        if session.scalar(select(Plan.id).where(Plan.zone_id == zone_id, Plan.active).limit(1)) is not None:
            raise Conflict(N_("This zone has a schedule already. A supervisor can replace it."))
        plan = make_plan(session, zone, draft, None, replaces=None, account_id=the_reader().account_id, now=now())
        made = plan.id
    flash(_("The schedule is saved. Below is its dry run: nothing was sent."))
    return redirect(url_for("first_plan.rehearsal", plan_id=made), 303)


@pages.get("/set-up/plan/<int:plan_id>")
@guarded(SET_UP, audit=None)
def rehearsal(plan_id: int) -> str:
    with parts().database.read() as session:
        row = session.execute(select(Plan, Zone).join(Zone, Zone.id == Plan.zone_id).where(Plan.id == plan_id)).one_or_none()
        require_zone(the_reader(), row[1].id if row else None)
        assert row is not None
        plan, zone = row
        played = _play(session, plan, zone)
    return page(Step.PLAN, played=played, plan=plan, zone=zone)


def _play(session: Session, plan: Plan, zone: Zone) -> Rehearsal:
    settings, draft = parts().settings, draft_of(plan)
    return rehearse(
        session,
        zone.id,
        draft,
        people_of_form(session, plan),
        next_round(draft.schedule(zone.timezone), now()) or now(),
        available=channel_names(settings),
        budget=settings.messages_per_day,
        style=style_of(settings),
        address=settings.residents_address,
    )
