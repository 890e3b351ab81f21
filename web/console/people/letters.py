"""Letters about one person's orders: what is missing for one, made, opened, withdrawn, handed over."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from monitor.accounts.access import Permission
from monitor.folding import folded
from monitor.letters.cases import case_of
from monitor.letters.content import Given, missing_of_case, missing_of_given
from monitor.letters.delivery import mark_delivered
from monitor.letters.given import loaded, read_given, read_kind
from monitor.letters.letters import ask_for, holds, make_at_once, replaced, withdraw
from monitor.models.legal import RecipientKind
from monitor.models.people.letters import Letter, LetterBatch, LetterKind, LetterState
from monitor.models.people.residents import QuarantineOrder, Resident
from monitor.models.places import Zone
from monitor.personal_data.disclosures import LETTER, HandedOut, hand_out
from monitor.problems import BadInput, NotFound
from monitor.trail.actions import Action
from monitor.vault.vault import letters_owner
from monitor.words import N_, Words
from web.shared.common import now
from web.shared.guard import guarded, note_view, require_zone, the_reader
from web.shared.parts import parts

pages = Blueprint("letters", __name__)
Wrong = dict[str, Words]


def typed_before(session: Session, zone_id: int, at: datetime, timezone: str) -> dict[str, str]:
    """What a form begins with: signer, place and head as in the zone's newest letters, and today. Nothing legal is carried over."""
    kept = session.scalar(
        select(LetterBatch.given).where(LetterBatch.zone_id == zone_id).order_by(LetterBatch.id.desc()).limit(1)
    )
    given = loaded(kept) if kept else Given()
    return {
        **{name: getattr(given, name) for name in ("issuer", "parent", "place", "signer_role", "signer_name")},
        "recipients": "\n".join(given.recipients),
        "day": at.astimezone(ZoneInfo(timezone)).date().isoformat(),
    }


def _rows(session: Session, order_id: int) -> tuple[QuarantineOrder, Resident, Zone]:
    """Raises NotFound, also where the reader may not work in the zone."""
    order = session.get(QuarantineOrder, order_id)
    require_zone(the_reader(), order.zone_id if order else None)
    assert order is not None
    return order, session.get_one(Resident, order.resident_id), session.get_one(Zone, order.zone_id)


def _page(session: Session, order_id: int, typed: Mapping[str, str], wrong: Wrong, missing: list[Words]) -> str:
    order, resident, zone = _rows(session, order_id)
    case = case_of(session, order, resident)
    letters = session.execute(
        select(Letter, replaced())
        .where(Letter.order_id == order_id, Letter.state != LetterState.REFUSED)
        .order_by(Letter.id.desc())
    )
    return render_template(
        "console/people/letters.html",
        order=order,
        resident=resident,
        zone=zone,
        given=typed,
        wrong=wrong,
        missing=missing,
        # What the form itself can fill in is not told beforehand.
        lacking=[(kind, missing_of_case(kind, case, Given(issuer="-", basis="-"))) for kind in LetterKind],
        letters=[(letter, holds(letter, is_replaced)) for letter, is_replaced in letters],
        made=LetterState.MADE,
        basis=case.order.legal_basis,
    )


@pages.get("/orders/<int:order_id>/letters")
@guarded(Permission.MANAGE_RESIDENT, audit=None)
def show(order_id: int) -> str:
    with parts().database.read() as session:
        order, _resident, zone = _rows(session, order_id)
        typed = typed_before(session, order.zone_id, now(), zone.timezone)
        typed["issuer"] = typed["issuer"] or order.authority
        typed["kind"] = request.args.get("kind", "")
        return _page(session, order_id, typed, {}, [])


@pages.post("/orders/<int:order_id>/letters")
@guarded(Permission.MANAGE_RESIDENT, audit=Action.LETTERS_ASKED)
def make(order_id: int) -> AnyResponse | tuple[str, int]:
    batch_id = None
    wrong: Wrong = {}
    missing: list[Words] = []
    with parts().database.write() as session:
        order, resident, _zone = _rows(session, order_id)
        try:
            kind, given = read_kind(request.form.get("kind", "")), read_given(request.form)
        except BadInput as problem:
            wrong[problem.field or "kind"] = problem.words
        else:
            missing = missing_of_given(given) + missing_of_case(kind, case_of(session, order, resident), given)
            if not missing:
                batch_id = ask_for(
                    session, [order], kind, given, account_id=the_reader().account_id, now=now(), at_once=True
                ).id
    if batch_id is None:
        with parts().database.read() as session:
            return _page(session, order_id, request.form, wrong, missing), 422
    make_at_once(parts().database, parts().vault, parts().settings.residents_address, batch_id, now())
    with parts().database.read() as session:
        letter = session.scalars(select(Letter).where(Letter.batch_id == batch_id)).one()
    if letter.state is LetterState.REFUSED:
        with parts().database.read() as session:
            return _page(session, order_id, request.form, {}, [Words.load(each) for each in letter.problem]), 503
    flash(_("The letter is made. Open it, print it and have it signed."))
    return redirect(url_for("letters.show", order_id=order_id, _anchor="made-title"), 303)


def _letter(session: Session, letter_id: int) -> Letter:
    """Raises NotFound, also where the reader may not work in the zone."""
    letter = session.get(Letter, letter_id)
    require_zone(the_reader(), letter.zone_id if letter else None)
    assert letter is not None
    return letter


@pages.get("/letters/<int:letter_id>.pdf")
@guarded(Permission.MANAGE_RESIDENT, audit=Action.LETTER_FETCHED)
def pdf(letter_id: int) -> Response:
    with parts().database.read() as session:
        letter = _letter(session, letter_id)
        name = session.get_one(Resident, letter.resident_id).full_name
    if letter.state is not LetterState.MADE:
        raise NotFound(N_("This letter is not made yet. Reload the page in a few seconds."))
    content = parts().vault.get(letters_owner(letter.resident_id), letter.name)
    with parts().database.write() as session:
        note_view(session, zone_id=letter.zone_id, resident_id=letter.resident_id, letter=letter.id)
        write_down(session, letter)
    answer = Response(content, content_type="application/pdf")
    answer.headers["Content-Disposition"] = f'attachment; filename="{file_name(letter, name)}"'
    return answer


def write_down(session: Session, letter: Letter) -> None:
    """Into the register of disclosures, once a letter: whoever saves it hands it to the person."""
    basis, by = session.get_one(QuarantineOrder, letter.order_id).legal_basis, the_reader().account_id
    handed = HandedOut(RecipientKind.PERSON, LETTER, letter.zone_id, by, legal_basis=basis, key=f"letter-{letter.id}")
    hand_out(session, handed, [letter.resident_id], now())


def file_name(letter: Letter, full_name: str) -> str:
    """A letter's name as a file, in plain letters: release-nguyen-thi-an-17.pdf."""
    return f"{letter.kind.value}{'-'.join(['', *folded(full_name).encode('ascii', 'ignore').decode().split()])[:80]}-{letter.id}.pdf"


@pages.post("/letters/<int:letter_id>/withdraw")
@guarded(Permission.MANAGE_RESIDENT, audit=Action.LETTER_WITHDRAWN)
def take_back(letter_id: int) -> AnyResponse:
    with parts().database.write() as session:
        letter = _letter(session, letter_id)
        withdraw(session, letter, request.form.get("why", ""), account_id=the_reader().account_id, now=now())
        order_id = letter.order_id
    flash(_("The letter is withdrawn. Whoever reads its code is told so."))
    return redirect(url_for("letters.show", order_id=order_id, _anchor="made-title"), 303)


@pages.post("/orders/<int:order_id>/delivered")
@guarded(Permission.MANAGE_RESIDENT, audit=Action.ORDER_DELIVERED)
def delivered(order_id: int) -> AnyResponse | tuple[str, int]:
    form: Any = request.form
    wrong: Wrong = {}
    with parts().database.write() as session:
        order, _resident, zone = _rows(session, order_id)
        typed, seen = form.get("delivered_on", ""), form.get("version", "")
        try:
            mark_delivered(
                session,
                order,
                typed,
                zone.timezone,
                seen=int(seen) if seen.isdecimal() else 0,
                account_id=the_reader().account_id,
                now=now(),
            )
        except BadInput as problem:
            wrong["delivered_on"] = problem.words
    if wrong:
        with parts().database.read() as session:
            before = typed_before(session, zone.id, now(), zone.timezone)
            return _page(session, order_id, {**before, "delivered_on": typed}, wrong, []), 422
    flash(_("The day of delivery was saved."))
    return redirect(url_for("letters.show", order_id=order_id, _anchor="delivered-title"), 303)
