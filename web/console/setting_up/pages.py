"""Setting up, step by step: each page says what it is for, can be skipped, and is done when facts say so."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from monitor.accounts.access import Permission
from monitor.clock import timezone_names
from monitor.models.cameras.cameras import Camera
from monitor.models.places import Room, Zone
from monitor.models.rollcalls.channels import ChannelName
from monitor.models.service import ChannelTry
from monitor.places.units.search import key_of, unit_of
from monitor.problems import BadInput, Forbidden, NotFound
from monitor.setting_up.progress import skip as skip_step
from monitor.setting_up.progress import take_up
from monitor.setting_up.stating import checked, fixed, load, refresh, state
from monitor.setting_up.steps import Step, StepState, neighbours, next_step
from monitor.stated import hotline
from monitor.trail.actions import Action
from monitor.words import LANGUAGES, N_
from rollcall.channels.names import channel_names
from rollcall.plans.templates import TEMPLATES
from rollcall.work.trying import TYPED, begin_try, end_try, read_own, try_within
from web.console.places.zone_form import Wrong
from web.console.setting_up.sentences import ABOUT, ICONS, PROGRESS
from web.shared.common import now
from web.shared.guard import guarded, note_view, the_reader
from web.shared.parts import parts
from web.shared.setting_up import steps_of
from web.shared.typed_units import TypedUnit, fault_of, typed_unit

pages = Blueprint("set_up", __name__)
SET_UP = Permission.SET_UP
SAID = ("authority", "authority_in_english", "hotline", "timezone")
MOST_ZONES = 200


def require_every_zone() -> None:
    """Raises Forbidden for an administrator of some zones: what is said here holds for all of them."""
    if the_reader().zones is not None:
        raise Forbidden(N_("Only an administrator of all zones can change this."))


def step_of(name: str) -> Step:
    """The step of an address. Raises NotFound."""
    try:
        return Step(name)
    except ValueError:
        raise NotFound(N_("This page does not exist. Check the address, or go back to the start.")) from None


def address_of(step: Step | None) -> str:
    """The page of a step; of all steps for None."""
    if step is None:
        return url_for("set_up_health.show")
    if step is Step.RECOVERY_SHEET:
        return url_for("recovery_sheet.show")
    return url_for("set_up.step", name=step.value)


def around(step: Step, states: list[StepState]) -> dict[str, Any]:
    """What every step's page shows around its own part."""
    before, after = neighbours(step)
    return {
        "step": step,
        "states": states,
        "about": ABOUT,
        "progress_words": PROGRESS,
        "progress_icons": ICONS,
        "address_of": address_of,
        "before": before,
        "after": after,
        "progress": next(each.progress for each in states if each.step is step),
        "may_change": the_reader().zones is None,
    }


def page(step: Step, **more: Any) -> str:
    """A step's page, with what is there for it."""
    with parts().database.read() as session:
        shown = around(step, steps_of(session)) | _of_step(session, step) | more
    return render_template(f"console/setting_up/{step.value}.html", **shown)


@pages.get("/set-up/<name>")
@guarded(SET_UP, audit=None)
def step(name: str) -> str | Response:
    found = step_of(name)
    if found is Step.RECOVERY_SHEET:
        return redirect(address_of(found), 303)
    return page(found)


def _of_step(session: Session, step: Step) -> dict[str, Any]:
    """What a step's own part shows."""
    settings = parts().settings
    if step is Step.LANGUAGE:
        return {"languages": LANGUAGES, "chosen": settings.first_language, "fixed": fixed(settings)}
    if step is Step.AUTHORITY:
        return {"given": _given(session), "wrong": {}, "unit": TypedUnit(), **_choices()}
    if step in (Step.CHANNELS, Step.MAIL):
        mail = step is Step.MAIL
        names = sorted(each for each in channel_names(settings) if (each is ChannelName.EMAIL) is mail)
        tries = {each.channel: each for each in session.scalars(select(ChannelTry))}
        return {"channels": names, "tries": tries, "typed": TYPED, "given": {}, "wrong": {}}
    if step is Step.ZONE:
        return {"zones": _zones(session)}
    if step is Step.CAMERAS:
        return {"zones": _zones(session), "cameras": session.scalar(select(Camera.id).limit(1)) is not None}
    if step is Step.PEOPLE:
        return {"zones": _zones(session)}
    if step is Step.PLAN:
        return {"zones": _zones(session), "templates": TEMPLATES, "played": None, "given": {}}
    return {}


def _zones(session: Session) -> list[tuple[Zone, bool]]:
    """The reader's open zones, and whether each has a room."""
    rooms = select(Room.id).where(Room.zone_id == Zone.id, Room.closed_at.is_(None)).exists()
    mine = [] if the_reader().zones is None else [Zone.id.in_(the_reader().zones or ())]
    found = session.execute(select(Zone, rooms).where(Zone.closed_at.is_(None), *mine).order_by(Zone.name).limit(MOST_ZONES))
    return [(row[0], bool(row[1])) for row in found]


def _choices() -> dict[str, Any]:
    return {"timezones": timezone_names(), "fixed": fixed(parts().settings), "hotline": hotline()}


def _given(session: Session) -> MultiDict[str, str]:
    """What holds now, as the form shows it: of the settings where they say something."""
    said, settings = load(session), parts().settings
    given: MultiDict[str, str] = MultiDict({name: getattr(settings, name) or getattr(said, name) for name in SAID})
    given["timezone"] = str(settings.zone)
    unit = unit_of(session, key_of(said.unit))
    written = unit.written("vi") if unit else ""
    given["unit"], given["unit_key"], given["unit_asked"] = written, said.unit if unit else "", written
    return given


@pages.post("/set-up/language")
@guarded(SET_UP, audit=Action.INSTALLATION_STATED)
def set_language() -> Response:
    require_every_zone()
    chosen = checked("language", request.form.get("language", "") or "-")
    _state({"language": chosen})
    flash(_("Saved."))
    return _lead_on(Step.LANGUAGE)


@pages.post("/set-up/authority")
@guarded(SET_UP, audit=Action.INSTALLATION_STATED)
def set_authority() -> Response | tuple[str, int]:
    require_every_zone()
    wrong: Wrong = {}
    values: dict[str, str] = {}
    for name in SAID:
        try:
            values[name] = checked(name, request.form.get(name, ""))
        except BadInput as problem:
            wrong[name] = problem.words
    with parts().database.read() as session:
        unit = typed_unit(session, request.form)
    if fault := fault_of(unit):
        wrong["unit"] = fault
    if wrong:
        return page(Step.AUTHORITY, given=request.form, wrong=wrong, unit=unit), 422
    _state(values | {"unit": str(unit.key) if unit.key else ""})
    flash(_("Saved. Pages, messages and calls use it from now on."))
    return _lead_on(Step.AUTHORITY)


def _state(values: dict[str, str]) -> None:
    """Store what the settings leave open, and let it hold."""
    open_ones = {name: value for name, value in values.items() if name not in fixed(parts().settings)}
    with parts().database.write() as session:
        state(session, open_ones, by=the_reader().account_id, now=now())
    refresh(parts().database)


@pages.post("/set-up/<name>/skip")
@guarded(SET_UP, audit=Action.SET_UP_STEP_SKIPPED)
def skip(name: str) -> Response:
    require_every_zone()
    skipped = step_of(name)
    with parts().database.write() as session:
        skip_step(session, skipped, by=the_reader().account_id, now=now())
        note_view(session, zone_id=None, step=skipped.value)
    return _lead_on(skipped)


@pages.post("/set-up/<name>/take-up")
@guarded(SET_UP, audit=None)
def resume(name: str) -> Response:
    require_every_zone()
    with parts().database.write() as session:
        take_up(session, step_of(name))
    return redirect(address_of(step_of(name)), 303)


def _lead_on(step: Step) -> Response:
    """To the next step that is to do; to all of them where none is left."""
    with parts().database.read() as session:
        following = next_step(steps_of(session), step)
    return redirect(address_of(following), 303)


@pages.post("/set-up/<name>/test")
@guarded(SET_UP, audit=Action.CHANNEL_TESTED)
def test(name: str) -> Response | tuple[str, int]:
    """One message to one's own phone or address; sent while the page waits, for a bounded time."""
    require_every_zone()
    step, settings = step_of(name), parts().settings
    typed = request.form.get("channel", "")
    if step not in (Step.CHANNELS, Step.MAIL) or typed not in channel_names(settings):
        raise BadInput(N_("This channel is not set up."), field="channel")
    channel = ChannelName(typed)
    try:
        address = read_own(settings, channel, request.form.get("address", "")[:500])
    except BadInput as problem:
        return page(step, given=request.form, wrong={channel.value: problem.words}), 422
    with parts().database.write() as session:
        begin_try(session, channel, now())
        note_view(session, zone_id=None, channel=channel.value)
    failure = try_within(settings, parts().database, channel, address)
    with parts().database.write() as session:
        end_try(session, channel, failure, now())
    if failure is not None:
        return page(step, given=request.form, wrong={channel.value: failure.words}), 502
    flash(_("The gateway accepted the message. Look at your phone or mailbox now."))
    return redirect(address_of(step), 303)
