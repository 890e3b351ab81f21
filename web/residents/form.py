"""Reads an answer out of what a phone sent: fields and a picture in the clear, or sealed on the phone while it had no line."""

from __future__ import annotations

import math
import re
from typing import Any

from flask import request
from werkzeug.datastructures import MultiDict

from monitor.problems import BadInput
from monitor.words import N_
from rollcall.places import Place
from rollcall.sealing import AnswerKey
from web.common import storable

_TEMPERATURE = re.compile(r"\d{2}([.,]\d{1,2})?")
_MISSING = N_("The form sent something that it does not offer. Please load the page again.")


def read_answer(key: AnswerKey, token: str) -> dict[str, Any]:
    """The answer as `accept` takes it. Raises BadInput when it was not said how the resident is, and SealBroken."""
    sealed = request.files.get("sealed")
    if sealed is not None:
        opened = key.open(sealed.read(), token)
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
        raise BadInput(N_("Please say whether you feel well or unwell."), field="unwell")
    return {
        "photo": photo,
        "burst": burst or None,
        "unwell": feels == "yes",
        "symptoms": fields.getlist("symptoms"),
        "help_wanted": fields.getlist("help"),
        "note": storable(fields.get("note", "")),
        "temperature": _temperature(fields.get("temperature", "")),
        "place": _place(fields),
        "place_withheld": fields.get("place_withheld", ""),
        # These two stand beside what is sealed: the stamp is signed, and the age is only known when it is sent.
        "stamp": request.form.get("stamp", ""),
        "age": request.form.get("age", type=float),
    }


def _temperature(typed: str) -> float | None:
    typed = typed.strip()
    if not typed:
        return None
    # What is no number at all is told in the same words as what is too hot.
    return float(typed.replace(",", ".")) if _TEMPERATURE.fullmatch(typed) else math.inf


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
