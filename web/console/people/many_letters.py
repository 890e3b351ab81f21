"""Letters for many people of a zone at once: chosen, made by a worker with progress, saved as one ZIP."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from monitor.accounts.access import Permission
from monitor.letters.content import missing_of_given
from monitor.letters.given import read_given, read_kind
from monitor.letters.letters import MOST_AT_ONCE
from monitor.models.people.letters import Letter, LetterBatch, LetterState
from monitor.models.people.residents import Resident
from monitor.models.places import Zone
from monitor.problems import BadInput, NotFound
from monitor.trail import audit
from monitor.trail.actions import Action
from monitor.vault.vault import Vault, VaultProblem, letters_owner
from monitor.words import N_, Words
from rollcall.letters.batches import MOST_DAYS, Progress, ask_for_many, count_orders, orders_for, progress_of
from web.console.people.letters import Wrong, file_name, typed_before, write_down
from web.shared.common import now
from web.shared.export_pages import Sink
from web.shared.guard import guarded, require_zone, the_reader
from web.shared.parts import parts

pages = Blueprint("many_letters", __name__)
SHOWN_BATCHES = 10


def read_days(typed: str) -> int | None:
    """Within how many days orders end; None: whenever. Raises BadInput."""
    if not typed.strip():
        return None
    if not (typed.strip().isdecimal() and len(typed.strip()) < 4 and 0 < int(typed) <= MOST_DAYS):
        raise BadInput(N_("Write a number of days from 1 to %(most)s, or nothing for all."), most=MOST_DAYS, field="days")
    return int(typed)


def _zone(session: Session, zone_id: int) -> Zone:
    zone = session.get(Zone, zone_id)
    require_zone(the_reader(), zone.id if zone else None)
    assert zone is not None
    return zone


def _page(session: Session, zone: Zone, typed: Any, wrong: Wrong, missing: Sequence[Words]) -> str:
    batches = session.scalars(
        select(LetterBatch).where(LetterBatch.zone_id == zone.id).order_by(LetterBatch.id.desc()).limit(SHOWN_BATCHES)
    ).all()
    counts = list(count_orders(session, zone.id, now()).items())
    return render_template(
        "console/people/many_letters.html",
        zone=zone,
        given=typed,
        wrong=wrong,
        missing=missing,
        counts=counts,
        most=MOST_AT_ONCE,
        batches=[(each, progress_of(session, each.id)) for each in batches],
    )


@pages.get("/zones/<int:zone_id>/letters")
@guarded(Permission.MANAGE_RESIDENT, audit=None)
def choose(zone_id: int) -> str:
    with parts().database.read() as session:
        zone = _zone(session, zone_id)
        return _page(session, zone, typed_before(session, zone_id, now(), zone.timezone), {}, [])


@pages.post("/zones/<int:zone_id>/letters")
@guarded(Permission.MANAGE_RESIDENT, audit=Action.LETTERS_ASKED)
def make(zone_id: int) -> AnyResponse | tuple[str, int]:
    wrong: Wrong = {}
    missing: list[Words] = []
    batch_id = None
    with parts().database.write() as session:
        zone = _zone(session, zone_id)
        try:
            kind, given = read_kind(request.form.get("kind", "")), read_given(request.form)
            days = read_days(request.form.get("days", ""))
            missing = missing_of_given(given)
            if not missing:
                orders = orders_for(session, zone_id, kind, days, now())
                batch_id = ask_for_many(session, orders, kind, given, account_id=the_reader().account_id, now=now()).id
        except BadInput as problem:
            wrong[problem.field or "kind"] = problem.words
    if batch_id is None:
        with parts().database.read() as session:
            return _page(session, zone, request.form, wrong, missing), 422
    flash(_("The letters are being made. This page shows how far they are."))
    return redirect(url_for("many_letters.batch", batch_id=batch_id), 303)


def _batch(session: Session, batch_id: int) -> LetterBatch:
    """Raises NotFound, also where the reader may not work in the zone."""
    batch = session.get(LetterBatch, batch_id)
    require_zone(the_reader(), batch.zone_id if batch else None)
    assert batch is not None
    return batch


def _of_batch(session: Session, batch_id: int) -> list[tuple[Letter, str]]:
    """A batch's letters with the names of the people, in the order of Vietnamese lists; those of other zones by now are left out."""
    rows = session.execute(
        select(Letter, Resident.full_name)
        .join(Resident, Resident.id == Letter.resident_id)
        .where(Letter.batch_id == batch_id)
        .order_by(Resident.sort_key, Letter.id)
    )
    reader = the_reader()
    return [(letter, name) for letter, name in rows if reader.among({letter.zone_id})]


@pages.get("/letter-batches/<int:batch_id>")
@guarded(Permission.MANAGE_RESIDENT, audit=None)
def batch(batch_id: int) -> str:
    with parts().database.read() as session:
        found = _batch(session, batch_id)
        zone = session.get_one(Zone, found.zone_id)
        rows = _of_batch(session, batch_id)
        progress: Progress = progress_of(session, batch_id)
    return render_template(
        "console/people/letter_batch.html",
        batch=found,
        zone=zone,
        progress=progress,
        made=[(letter, name) for letter, name in rows if letter.state is LetterState.MADE],
        refused=[(letter, name) for letter, name in rows if letter.state is LetterState.REFUSED],
    )


@pages.get("/letter-batches/<int:batch_id>.zip")
@guarded(Permission.MANAGE_RESIDENT, audit=Action.LETTERS_FETCHED)
def archive(batch_id: int) -> Response:
    with parts().database.read() as session:
        found = _batch(session, batch_id)
        rows = [(letter, name) for letter, name in _of_batch(session, batch_id) if letter.state is LetterState.MADE]
    if not rows:
        raise NotFound(N_("No letter of these is made yet."))
    with parts().database.write() as session:
        audit.note(
            session,
            Action.LETTERS_FETCHED,
            at=now(),
            account_id=the_reader().account_id,
            zone_id=found.zone_id,
            about=[letter.resident_id for letter, _name in rows],
            letters=len(rows),
        )
        for letter, _name in rows:
            write_down(session, letter)
    answer = Response(zip_of(parts().vault, rows, now()), content_type="application/zip")
    answer.headers["Content-Disposition"] = f'attachment; filename="letters-{batch_id}.zip"'
    return answer


def zip_of(vault: Vault, rows: Sequence[tuple[Letter, str]], at: datetime) -> Iterator[bytes]:
    """The letters as one ZIP, piece by piece; numbered, so that they print in the order of the list. One in memory at once."""
    sink = Sink()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as packed:
        for number, (letter, name) in enumerate(rows, start=1):
            try:
                content = vault.get(letters_owner(letter.resident_id), letter.name)
            except VaultProblem:
                # Deleted with the person meanwhile.
                continue
            packed.writestr(zipfile.ZipInfo(f"{number:03}-{file_name(letter, name)}", date_time=at.timetuple()[:6]), content)
            yield from sink.full()
    yield sink.take()
