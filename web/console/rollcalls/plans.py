"""Plans of a zone: the coming seven days, making and replacing one, rehearsing it, asking now."""

from __future__ import annotations

import secrets
from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel import dates
from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from monitor.accounts.access import Permission
from monitor.models.accounts import Account
from monitor.models.people.residents import Resident
from monitor.models.places import Room, Zone
from monitor.models.rollcalls.channels import ChannelName
from monitor.models.rollcalls.plans import Plan, PlanKind
from monitor.models.rollcalls.rounds import RollCall, RollCallState
from monitor.people.orders import quarantined
from monitor.places.quiet_floor import Span, floor_of, in_force
from monitor.problems import BadInput, Conflict
from monitor.trail.actions import Action
from monitor.words import N_, translator
from rollcall.channels.names import channel_names
from rollcall.plans.schedule import coming_rounds, next_round
from rollcall.plans.templates import TEMPLATES, draft_from, template_of
from rollcall.plans.typed_plan import BY_TEXT, CHANNELS, EVIDENCE, STEPS, Remark, remarks
from rollcall.prompts.rehearsal import rehearse
from rollcall.rounds.opening import quiet_of, schedule_of
from rollcall.rounds.plan_changes import agree_to_share, ask_now, end_plan, make_plan
from rollcall.texts.lengths import address_too_long, parts_in_zone
from rollcall.texts.own_words import Texts
from rollcall.texts.style import style_of
from web.console.rollcalls.plan_form import MOST_CHANNELS, Read, draft_of, fields_of, people_of_form, read_form
from web.shared.common import language, now, say
from web.shared.guard import guarded, require_zone, the_reader
from web.shared.parts import parts

DAYS = 7
# Of one plan: in all, for a round each minute; and in a day before they are told as one line.
MOST_ROUNDS, MOST_LISTED = DAYS * 24 * 60, 6


@dataclass(frozen=True)
class Coming:
    """A round to come. span: of one at a random time, for whoever may not know when; of many in a day, from the first to the last."""

    at: datetime
    plan: Plan
    span: str
    rounds: int = 1


@dataclass(frozen=True)
class Listed:
    """A plan with the beginning of its round that is open, and whether its clocks can be read at all."""

    plan: Plan
    open_since: datetime | None
    readable: bool


pages = Blueprint("plans", __name__)


def _available() -> frozenset[ChannelName]:
    return channel_names(parts().settings)


def _zone(session: Session, zone_id: int | None) -> Zone:
    zone = session.get(Zone, zone_id) if zone_id is not None else None
    require_zone(the_reader(), zone.id if zone else None)
    assert zone is not None
    return zone


def _plan(session: Session, plan_id: int) -> tuple[Plan, Zone]:
    row = session.execute(select(Plan, Zone).join(Zone, Zone.id == Plan.zone_id).where(Plan.id == plan_id)).one_or_none()
    require_zone(the_reader(), row[1].id if row else None)
    assert row is not None
    return row[0], row[1]


def _form(
    zone: Zone, session: Session, fields: MultiDict[str, str], plan: Plan | None, found: list[Remark] | None = None
) -> str:
    people = session.execute(
        select(Resident.id, Resident.full_name)
        .where(Resident.zone_id == zone.id, quarantined(now()))
        .order_by(Resident.sort_key, Resident.id)
        .limit(1000)
    ).all()
    rooms = session.execute(select(Room.id, Room.name).where(Room.zone_id == zone.id).order_by(Room.name)).all()
    by_field: dict[str, list[Remark]] = {}
    for each in found or ():
        by_field.setdefault(each.field, []).append(each)
    return render_template(
        "console/rollcalls/plan_form.html",
        zone=zone,
        plan=plan,
        given=fields,
        remarks=by_field,
        wrong=[each for each in found or () if not each.warning],
        people=people,
        rooms=rooms,
        channels=CHANNELS,
        available=_available(),
        steps=STEPS,
        evidence_levels=EVIDENCE,
        by_text=BY_TEXT,
        kinds=list(PlanKind),
        most_channels=MOST_CHANNELS,
        weekdays=_weekdays(),
        templates=TEMPLATES,
    )


def _checked(form: MultiDict[str, str], session: Session, zone: Zone) -> Read:
    read = read_form(form, session, zone.id)
    if not read.remarks:
        floor = floor_of(zone, in_force(session, now()))
        read.remarks = remarks(read.draft, zone.timezone, _available(), now(), floor)
    return read


def _rehearsal(session: Session, zone: Zone, read: Read, plan: Plan | None, fields: MultiDict[str, str] | None) -> str:
    floor = floor_of(zone, in_force(session, now()))
    at = next_round(read.draft.schedule(zone.timezone, floor), now()) or now()
    played = rehearse(
        session,
        zone.id,
        read.draft,
        read.named,
        at,
        available=_available(),
        budget=parts().settings.messages_per_day,
        style=style_of(parts().settings),
        address=parts().settings.residents_address,
    )
    return render_template(
        "console/rollcalls/rehearsal.html",
        zone=zone,
        plan=plan,
        draft=read.draft,
        played=played,
        fields=fields,
        may_know=_may_know(read.draft.kind),
        dear=address_too_long(parts().settings.residents_address, parts().settings.speaker),
    )


@pages.get("/zones/<int:zone_id>/plans")
@guarded(Permission.SEE_OVERVIEW, audit=None)
def plan_list(zone_id: int) -> str:
    with parts().database.read() as session:
        zone = _zone(session, zone_id)
        plans = list(session.scalars(select(Plan).where(Plan.zone_id == zone_id, Plan.active).order_by(Plan.name, Plan.id)))
        open_rounds = dict(
            session.execute(
                select(RollCall.plan_id, RollCall.opens_at).where(
                    RollCall.zone_id == zone_id, RollCall.state == RollCallState.OPEN
                )
            ).all()
        )
        ended = list(
            session.scalars(select(Plan).where(Plan.zone_id == zone_id, ~Plan.active).order_by(Plan.id.desc()).limit(10))
        )
        settings = parts().settings
        texts = Texts(session, [zone_id], plain=settings.sms_without_accents)
        longest = parts_in_zone(texts, zone_id, settings.residents_address, settings.speaker)
        province = in_force(session, now())
        names = {row.id: row.username for row in session.execute(select(Account.id, Account.username))}
    coming, readable = _calendar(zone, plans, province)
    return render_template(
        "console/rollcalls/plans.html",
        zone=zone,
        # One that cannot be read is told on the page; the province's clock stands in for it.
        timezone=zone.timezone if coming else None,
        longest=longest if ChannelName.SMS in _available() else None,
        plans=[Listed(each, open_rounds.get(each.id), each.id in readable) for each in plans],
        ended=ended,
        days=coming,
        may_know=_may_know,
        weekdays=_weekdays(),
        draft_of=draft_of,
        floor=floor_of(zone, province),
        names=names,
    )


@pages.get("/zones/<int:zone_id>/plans/new")
@guarded(Permission.MANAGE_PLANS, audit=None)
def new(zone_id: int) -> str:
    with parts().database.read() as session:
        template = template_of(request.args.get("template", ""))
        begun = draft_from(template, _available(), translator(language())) if template else None
        fields = fields_of(None, None, begun)
        fields["seed"] = secrets.token_hex(16)
        return _form(_zone(session, zone_id), session, fields, None)


@pages.post("/zones/<int:zone_id>/plans")
@guarded(Permission.MANAGE_PLANS, audit=Action.PLAN_MADE)
def make(zone_id: int) -> Response | tuple[str, int] | str:
    return _save(zone_id, None)


@pages.get("/plans/<int:plan_id>/replace")
@guarded(Permission.MANAGE_PLANS, audit=None)
def change(plan_id: int) -> str:
    with parts().database.read() as session:
        plan, zone = _plan(session, plan_id)
        return _form(zone, session, fields_of(plan, people_of_form(session, plan)), plan)


@pages.post("/plans/<int:plan_id>/replace")
@guarded(Permission.MANAGE_PLANS, audit=Action.PLAN_REPLACED)
def replace_plan(plan_id: int) -> Response | tuple[str, int] | str:
    with parts().database.read() as session:
        _found, zone = _plan(session, plan_id)
    return _save(zone.id, plan_id)


def _save(zone_id: int, plan_id: int | None) -> Response | tuple[str, int] | str:
    with parts().database.read() as session:
        zone = _zone(session, zone_id)
        plan = session.get(Plan, plan_id) if plan_id is not None else None
        read = _checked(request.form, session, zone)
        wrong = any(not each.warning for each in read.remarks)
        if wrong or request.form.get("do") == "check":
            return _form(zone, session, request.form, plan, read.remarks), 422 if wrong else 200
        if request.form.get("do") == "rehearse":
            return _rehearsal(session, zone, read, plan, request.form)
    try:
        with parts().database.write() as session:
            zone = _zone(session, zone_id)
            plan = session.get(Plan, plan_id) if plan_id is not None else None
            reader = the_reader()
            made = make_plan(session, zone, read.draft, read.named, replaces=plan, account_id=reader.account_id, now=now())
            waits, share = made.share_wanted, made.share_percent
    except (BadInput, Conflict) as problem:
        with parts().database.read() as session:
            zone = _zone(session, zone_id)
            found = [Remark("name", problem.words)]
            return _form(zone, session, request.form, None, found), problem.status
    flash(_("The schedule is saved. A round that is open is not affected."))
    _tell_of_share(waits, share)
    return redirect(url_for("plans.plan_list", zone_id=zone_id), 303)


@pages.get("/plans/<int:plan_id>/rehearsal")
@guarded(Permission.MANAGE_PLANS, audit=None)
def rehearsal(plan_id: int) -> str:
    with parts().database.read() as session:
        plan, zone = _plan(session, plan_id)
        read = Read(draft_of(plan), people_of_form(session, plan))
        return _rehearsal(session, zone, read, plan, None)


@pages.post("/plans/<int:plan_id>/end")
@guarded(Permission.MANAGE_PLANS, audit=Action.PLAN_ENDED)
def end(plan_id: int) -> Response:
    with parts().database.write() as session:
        plan, zone = _plan(session, plan_id)
        end_plan(session, plan, the_reader().account_id, now())
    flash(_("The schedule has ended. A round that is open goes on until its time is over."))
    return redirect(url_for("plans.plan_list", zone_id=zone.id), 303)


@pages.post("/plans/<int:plan_id>/share")
@guarded(Permission.MANAGE_PLANS, audit=Action.PLAN_REPLACED)
def ask_more(plan_id: int) -> Response:
    share = request.form.get("share", type=int)
    if share is None or not 1 <= share <= 100:
        raise BadInput(N_("The percentage must be from 1 to 100."), field="share")
    with parts().database.write() as session:
        plan, zone = _plan(session, plan_id)
        named = people_of_form(session, plan)
        draft = replace(draft_of(plan), share_percent=share)
        made = make_plan(session, zone, draft, named, replaces=plan, account_id=the_reader().account_id, now=now())
        waits, share = made.share_wanted, made.share_percent
    flash(_("From the next round, %(share)s per cent of people are asked.", share=share))
    _tell_of_share(waits, share)
    return redirect(url_for("plans.plan_list", zone_id=zone.id), 303)


@pages.post("/plans/<int:plan_id>/share/agree")
@guarded(Permission.MANAGE_PLANS, audit=Action.PLAN_SHARE_AGREED)
def agree(plan_id: int) -> Response:
    try:
        with parts().database.write() as session:
            plan, zone = _plan(session, plan_id)
            share = agree_to_share(session, plan, the_reader().account_id, now()).share_percent
    except (BadInput, Conflict) as problem:
        flash(say(problem.words), "problem")
    else:
        flash(_("From the next round, %(share)s per cent of people are asked.", share=share))
    with parts().database.read() as session:
        plan, zone = _plan(session, plan_id)
    return redirect(url_for("plans.plan_list", zone_id=zone.id), 303)


def _tell_of_share(wanted: int | None, share: int) -> None:
    if wanted is not None:
        flash(
            _(
                "%(wanted)s per cent take the agreement of another supervisor, on this page; until then %(share)s per cent are asked.",
                wanted=wanted,
                share=share,
            )
        )


@pages.post("/plans/<int:plan_id>/ask")
@guarded(Permission.MANAGE_PLANS, audit=Action.ASKED_NOW)
def ask(plan_id: int) -> Response:
    try:
        with parts().database.write() as session:
            plan, zone = _plan(session, plan_id)
            ask_now(session, plan, zone, the_reader().account_id, now(), _available() or frozenset())
    except (BadInput, Conflict) as problem:
        flash(say(problem.words), "problem")
    else:
        flash(_("The round is open; messages are being sent."))
    with parts().database.read() as session:
        plan, zone = _plan(session, plan_id)
    return redirect(url_for("plans.plan_list", zone_id=zone.id), 303)


def _may_know(kind: PlanKind) -> bool:
    """Random times are known to whoever makes plans or audits them: staff who knew could tell a resident."""
    reader = the_reader()
    return kind is not PlanKind.RANDOM or reader.may(Permission.MANAGE_PLANS) or reader.may(Permission.SEE_AUDIT)


def _weekdays() -> list[str]:
    names = dates.get_day_names("abbreviated", locale=language())
    return [names[day] for day in range(7)]


def _calendar(zone: Zone, plans: list[Plan], province: Span) -> tuple[list[tuple[date, list[Coming]]], set[int]]:
    """The coming days with their rounds in order; and which plans' clocks can be read."""
    try:
        timezone = ZoneInfo(zone.timezone)
    except (ZoneInfoNotFoundError, ValueError):
        return [], set()
    today = now().astimezone(timezone).date()
    days: dict[date, list[Coming]] = {today + timedelta(days=number): [] for number in range(DAYS)}
    readable = set()
    for plan in plans:
        try:
            schedule = schedule_of(plan, quiet_of(plan, zone, province))
        except ValueError:
            continue
        readable.add(plan.id)
        by_day: dict[date, list[datetime]] = defaultdict(list)
        for at in coming_rounds(schedule, plan.next_round_at, now() + timedelta(days=DAYS), MOST_ROUNDS):
            local = at.astimezone(timezone)
            by_day[local.date()].append(local)
        for day in days.keys() & by_day.keys():
            days[day] += _of_day(plan, by_day[day])
    for rounds in days.values():
        rounds.sort(key=lambda each: each.span if each.span and not _may_know(each.plan.kind) else each.at.strftime("%H:%M"))
    return list(days.items()), readable


def _of_day(plan: Plan, moments: list[datetime]) -> list[Coming]:
    """A plan's rounds of one day, on the wall clock; more than a handful as one line, unless that told random times."""
    if len(moments) > MOST_LISTED and plan.kind is not PlanKind.RANDOM:
        first, last = (each.strftime("%H:%M") for each in (moments[0], moments[-1]))
        return [Coming(moments[0], plan, f"{first}–{last}", len(moments))]
    found = []
    for at in moments:
        clock = at.strftime("%H:%M")
        span = next((f"{start}–{end}" for start, end in plan.spans if start <= clock <= end), "")
        found.append(Coming(at, plan, span))
    return found
