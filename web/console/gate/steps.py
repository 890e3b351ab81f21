"""What follows for someone who was entered: room, telephone, notice, photos, bracelet. Each step is kept by itself, in any order."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from monitor.accounts.access import Permission
from monitor.database.together import at_once, first, read
from monitor.enrolment.entries import finish_entry, is_unfinished_asked
from monitor.enrolment.rooms_given import give_room, proposals
from monitor.models.people.faces import EnrolmentPhoto
from monitor.models.people.guardians import GuardianRelation
from monitor.models.people.residents import Household, Resident
from monitor.models.people.rights import Consent, ConsentKind
from monitor.models.places import Room, Zone
from monitor.models.rollcalls.channels import ChannelName
from monitor.people.births import birth_of, may_be_younger_than
from monitor.people.cards import number_doubts
from monitor.people.face_agreement import may_compare
from monitor.personal_data.consent import NOTICE, NOTICE_VERSION, newest_asked, record
from monitor.problems import BadInput, NotFound, Problem
from monitor.trail.actions import Action
from monitor.trail.who_looked import opened_lately
from monitor.words import N_, translator, words
from rollcall.channels.names import channel_names
from rollcall.confirming.asking import ask_for_code, confirm_number, newest_code_asked, type_code
from rollcall.confirming.codes import MOST_TRIES, Judgement
from rollcall.faces.face_consent import agree_to_faces, refuse_faces
from rollcall.faces.offering import FEWEST, MOST, photos_asked
from rollcall.people.guardians import Answerer, guardian_asked, set_guardian
from rollcall.prompts.due import PENDING
from rollcall.verdicts.verdict import ADULT_AT
from web.console.people.guardians import near_people
from web.shared.common import now
from web.shared.guard import guarded, note_view, require_zone, the_reader
from web.shared.parts import parts
from web.shared.staff_words import say_to_staff

WAYS_OF_NOTICE = ("aloud", "shown")
_SAID = {
    Judgement.WRONG: N_("This is not the code. Please type the six digits of the newest message again."),
    Judgement.TOO_LATE: N_("This code is no longer good. Send another one."),
    Judgement.TOO_OFTEN: N_("Too many wrong codes. Send another one."),
}

pages = Blueprint("gate_steps", __name__)


STEPS = ("guardian", "room", "phone", "notice", "photos", "bracelet")
"""In the order of the page. The last is done when the person is."""


def resident_here(session: Session, resident_id: int) -> Resident:
    """Raises NotFound, also where the reader may not work in the zone, or where someone's data was deleted."""
    resident = session.get(Resident, resident_id)
    require_zone(the_reader(), resident.zone_id if resident else None)
    assert resident is not None
    if resident.deleted_at is not None:
        raise NotFound(N_("All data about this person was deleted."))
    return resident


@pages.get("/enrol/<int:resident_id>")
@guarded(Permission.ENROL, audit=Action.RECORD_OPENED)
def steps(resident_id: int) -> str:
    with parts().database.read() as session:
        resident = resident_here(session, resident_id)
        # The open page asks again whenever something changes: that is the same look.
        seen = opened_lately(session, Action.RECORD_OPENED, resident_id, the_reader().account_id, now())
    if not seen:
        with parts().database.write() as session:
            note_view(session, zone_id=resident.zone_id, resident_id=resident_id)
    with parts().database.read() as session:
        return _page(session, resident_here(session, resident_id))


def _page(session: Session, resident: Resident) -> str:
    birth, translate = birth_of(resident.birth_date, resident.birth_precision), translator(resident.language)
    place, photos, code, at_gate, guardian, near, said = read(
        session,
        at_once(
            first(
                select(Zone, Room, Household)
                .select_from(Zone)
                .outerjoin(Room, Room.id == resident.room_id)
                .outerjoin(Household, Household.id == resident.household_id)
                .where(Zone.id == resident.zone_id)
            ),
            photos_asked(resident.id),
            newest_code_asked(resident),
            is_unfinished_asked(resident.id),
            guardian_asked(resident.id),
            near_people(resident),
            newest_asked(resident.id),
        ),
    )
    zone, room, household = place
    return render_template(
        "console/gate/steps.html",
        resident=resident,
        zone=zone,
        birth=birth,
        room=room,
        household=household,
        # A zone may have a thousand rooms: judged only where one is still to be chosen.
        proposals=proposals(session, resident, zone) if at_gate or room is None else [],
        at_gate=at_gate,
        guardian=guardian,
        child=_may_be_child(resident),
        near=near,
        relations=list(GuardianRelation),
        code=code,
        tries_left=MOST_TRIES - code.tries if code else 0,
        texts=ChannelName.SMS in channel_names(parts().settings),
        said=said,
        ConsentKind=ConsentKind,
        notice=[words(each, service=parts().settings.speaker.headed(resident.language)).say(translate) for each in NOTICE],
        version=NOTICE_VERSION,
        photos=photos,
        counted=_counted(photos),
        judging=any(each.state in PENDING for each in photos),
        fewest=FEWEST,
        most=MOST,
        open_steps=_open_steps(resident, guardian, said, photos),
        doubts=number_doubts(resident.document_number, resident.sex.value if resident.sex else "", birth),
    )


def _open_steps(
    resident: Resident,
    guardian: Answerer | None,
    said: Mapping[ConsentKind, Consent],
    photos: Sequence[EnrolmentPhoto],
) -> list[str]:
    """Those that are not done, in their order."""
    undone = {
        "guardian": _may_be_child(resident) and guardian is None,
        "room": resident.room_id is None,
        "phone": bool(resident.phone) and resident.phone_confirmed_at is None,
        "notice": ConsentKind.NOTICE not in said,
        "photos": may_compare(resident) and _counted(photos) < FEWEST,
        "bracelet": True,
    }
    return [step for step in STEPS if undone[step]]


def _may_be_child(resident: Resident) -> bool:
    return may_be_younger_than(ADULT_AT, birth_of(resident.birth_date, resident.birth_precision), now().date())


def _counted(photos: Sequence[EnrolmentPhoto]) -> int:
    return sum(each.media_id is not None for each in photos)


def _keep(resident_id: int, step: str, do: Callable[[Session, Resident], str]) -> Response:
    """Do one step in a transaction of its own, and go on to the next; what is wrong is told on the page, which stays at this one.

    do: returns what is told of it; empty: it stays at this step.
    """
    told = ""
    try:
        with parts().database.write() as session:
            told = do(session, resident_here(session, resident_id))
    except NotFound:
        raise
    except Problem as problem:
        flash(say_to_staff(problem.words), "problem")
        return _at(resident_id, step)
    if not told:
        return _at(resident_id, step)
    flash(told)
    return _after(resident_id, step)


def _after(resident_id: int, step: str) -> Response:
    """To the first step after this one that is not done."""
    with parts().database.read() as session:
        resident = resident_here(session, resident_id)
        known = read(session, at_once(guardian_asked(resident_id), newest_asked(resident_id), photos_asked(resident_id)))
    undone = _open_steps(resident, *known)
    return _at(resident_id, next(each for each in STEPS[STEPS.index(step) + 1 :] if each in undone))


def _at(resident_id: int, step: str) -> Response:
    return redirect(url_for("gate_steps.steps", resident_id=resident_id, _anchor=f"step-{step}"), 303)


@pages.post("/enrol/<int:resident_id>/room")
@guarded(Permission.ENROL, audit=Action.ROOM_GIVEN)
def room(resident_id: int) -> Response:
    chosen, crowded = request.form.get("room", type=int), bool(request.form.get("crowded"))

    def give(session: Session, resident: Resident) -> str:
        if chosen is None:
            raise BadInput(N_("Choose a room."), field="room")
        given = give_room(session, resident, chosen, crowded=crowded, account_id=the_reader().account_id, now=now())
        return str(_("Room given: %(room)s.", room=given.name))

    return _keep(resident_id, "room", give)


@pages.post("/enrol/<int:resident_id>/guardian")
@guarded(Permission.ENROL, audit=Action.GUARDIAN_SET)
def guardian(resident_id: int) -> Response:
    form, chosen = request.form, request.form.get("kin", type=int)

    def choose(session: Session, resident: Resident) -> str:
        row = set_guardian(
            session,
            resident,
            kin=resident_here(session, chosen) if chosen is not None else None,
            full_name=form.get("full_name", ""),
            relation=form.get("relation", ""),
            phone=form.get("phone", ""),
            language=resident.language,
            consent=form.get("consent", ""),
            account_id=the_reader().account_id,
            now=now(),
        )
        more: dict[str, Any] = {"guardian": row.id, "kin": row.kin_id, "relation": row.relation.value}
        note_view(session, zone_id=resident.zone_id, resident_id=resident_id, **more)
        return str(_("Saved. From the next message on, this person is asked."))

    return _keep(resident_id, "guardian", choose)


@pages.post("/enrol/<int:resident_id>/code")
@guarded(Permission.ENROL, audit=Action.CODE_SENT)
def send_code(resident_id: int) -> Response:
    def send(session: Session, resident: Resident) -> str:
        there = ChannelName.SMS in channel_names(parts().settings)
        ask_for_code(session, resident, the_reader().account_id, texts_set_up=there, now=now())
        note_view(session, zone_id=resident.zone_id, resident_id=resident_id)
        return ""

    return _keep(resident_id, "phone", send)


@pages.post("/enrol/<int:resident_id>/code/typed")
@guarded(Permission.ENROL, audit=Action.CODE_TYPED)
def code_typed(resident_id: int) -> Response:
    typed = request.form.get("code", "")[:20]

    def judge(session: Session, resident: Resident) -> str:
        judged = type_code(session, resident, typed, parts().settings.secret("secret_key"), now())
        if judged is None:
            raise BadInput(N_("No code was sent to this number yet."), field="code")
        # A wrong one is counted, so this transaction ends well.
        note_view(session, zone_id=resident.zone_id, resident_id=resident_id, right=judged is Judgement.RIGHT)
        if judged is Judgement.RIGHT:
            return str(_("The telephone number is confirmed."))
        flash(_(_SAID[judged]), "problem")
        return ""

    return _keep(resident_id, "phone", judge)


@pages.post("/enrol/<int:resident_id>/rang")
@guarded(Permission.ENROL, audit=Action.PHONE_CONFIRMED)
def rang(resident_id: int) -> Response:
    """Staff called the number, and saw the phone ring."""

    def confirm(session: Session, resident: Resident) -> str:
        confirm_number(session, resident, now())
        note_view(session, zone_id=resident.zone_id, resident_id=resident_id)
        return str(_("The telephone number is confirmed."))

    return _keep(resident_id, "phone", confirm)


@pages.post("/enrol/<int:resident_id>/notice")
@guarded(Permission.ENROL, audit=Action.NOTICE_GIVEN)
def notice(resident_id: int) -> Response:
    """How the notice was given, and what the person says of face matching; neither is ever filled in."""
    way, agrees, at, account_id = request.form.get("way"), request.form.get("agrees"), now(), the_reader().account_id

    def note(session: Session, resident: Resident) -> str:
        if way not in WAYS_OF_NOTICE:
            raise BadInput(N_("Choose how the notice was given."), field="way")
        if agrees not in ("yes", "no"):
            raise BadInput(N_("Choose whether face matching is agreed to."), field="agrees")
        record(
            session,
            resident,
            ConsentKind.NOTICE,
            given=True,
            language=resident.language,
            account_id=account_id,
            given_by=request.form.get("given_by", ""),
            now=at,
        )
        note_view(session, zone_id=resident.zone_id, resident_id=resident_id, told=way, version=NOTICE_VERSION)
        taken.append(resident.language)
        return str(_("Saved."))

    taken: list[str] = []
    answer = _keep(resident_id, "notice", note)
    for language in taken:
        given_by = request.form.get("given_by", "")
        if agrees == "yes":
            agree_to_faces(parts().database, resident_id, language=language, account_id=account_id, given_by=given_by, now=at)
        else:
            refuse_faces(
                parts().database,
                parts().vault,
                resident_id,
                language=language,
                account_id=account_id,
                given_by=given_by,
                now=at,
            )
        answer = _after(resident_id, "notice")
    return answer


@pages.post("/enrol/<int:resident_id>/finish")
@guarded(Permission.ENROL, audit=None)
def finish(resident_id: int) -> Response:
    with parts().database.write() as session:
        finish_entry(session, resident_here(session, resident_id).id, now())
    return redirect(url_for("gate.start"), 303)
