"""Reads an answer out of what a phone sent: fields and a picture in the clear, or sealed on the phone while it had no line."""

from __future__ import annotations

from datetime import datetime

from flask import request
from werkzeug.datastructures import MultiDict

from monitor.people.oxygen import read_oxygen
from monitor.people.temperature import read_temperature
from monitor.problems import BadInput
from monitor.words import N_
from rollcall.answers.page import AnswerPage
from rollcall.answers.places import Place
from rollcall.answers.said import Said
from rollcall.answers.sealing import AnswerKey, SealBroken, Sealed
from rollcall.answers.stamps import judged_at, read_stamp
from rollcall.people.earlier_links import earlier_token
from web.shared.common import storable

_MISSING = N_("The form is out of date. Please reload the page.")


def read_answer(key: AnswerKey, secret: bytes, token: str, page: AnswerPage, now: datetime) -> Said:
    """What was said. Raises BadInput, with the form's field, when it was not said how the resident is, and SealBroken."""
    sealed = request.files.get("sealed")
    if sealed is not None:
        opened = _open_sealed(key, secret, sealed.read(), token, page)
        fields, photo = MultiDict(opened.fields), opened.photo
        # Behind the picture stand the frames of head movements, where there are some.
        size = fields.get("photo_size", type=int)
        photo, burst = (photo[:size], photo[size:]) if photo and size is not None else (photo, None)
    else:
        file = request.files.get("photo")
        content = file.read() if file is not None else None
        # Browsers send an empty, nameless file where none was chosen.
        fields, photo = request.form, content if content or (file is not None and file.filename) else None
        frames = request.files.get("burst")
        burst = frames.read() if frames is not None else None
    feels = fields.get("unwell")
    if feels not in ("yes", "no"):
        # Nobody is written down as well who did not say so.
        raise BadInput(N_("Please choose “I feel well” or “I feel unwell”."), field="unwell")
    # These two stand beside what is sealed: the stamp is signed, and the age is only known when it is sent.
    stamp = read_stamp(secret, request.form.get("stamp", ""), page.check_in_id, page.nonce)
    return Said(
        made_at=judged_at(stamp, request.form.get("age", type=float), now),
        unwell=feels == "yes",
        symptoms=tuple(fields.getlist("symptoms")),
        help=tuple(fields.getlist("help")),
        note=storable(fields.get("note", "")),
        temperature=read_temperature(fields.get("temperature", "")),
        spo2=read_oxygen(fields.get("spo2", "")),
        place=_place(fields),
        place_withheld=fields.get("place_withheld", ""),
        photo=photo,
        burst=burst or None,
    )


def _open_sealed(key: AnswerKey, secret: bytes, sealed: bytes, token: str, page: AnswerPage) -> Sealed:
    """An answer that is bound to this link, or to the earlier form of it, in which the page may have been opened."""
    try:
        return key.open(sealed, token)
    except SealBroken:
        return key.open(sealed, earlier_token(secret, page.check_in_id, page.nonce))


def _place(fields: MultiDict[str, str]) -> Place | None:
    if not fields.get("latitude"):
        return None
    try:
        latitude, longitude, accuracy = (float(fields[name]) for name in ("latitude", "longitude", "accuracy"))
    except (KeyError, ValueError):
        raise BadInput(_MISSING, field="place") from None
    if not (abs(latitude) <= 90 and abs(longitude) <= 180 and 0 <= accuracy < 1e9):
        raise BadInput(_MISSING, field="place")
    return Place(latitude, longitude, accuracy)
