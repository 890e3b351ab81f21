"""What somebody says in an answer, and the one check that it may be said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from monitor.people.oxygen import check_oxygen, is_low
from monitor.people.symptoms import ANY_DANGER, SYMPTOMS
from monitor.people.temperature import check_temperature, is_fever
from monitor.problems import BadInput
from monitor.words import N_
from rollcall.answers.places import Place

HELP = {
    "food": N_("Food or water"),
    "medicine": N_("Medicine"),
    "money": N_("Money"),
    "talk": N_("Someone to talk to"),
}
# What a text or a key asks for without saying more.
ANY_HELP = {"help": N_("Help")}
LONGEST_NOTE = 1000  # characters that a form takes
LONGEST_TEXT = 1600  # characters, ten parts of a text message


@dataclass(frozen=True)
class Said:
    """An answer as it was given, by whatever way.

    made_at: when, as far as that can be believed, never after it arrived. unwell: ill by their own words. symptoms: keys of SYMPTOMS
    or ANY_DANGER; help: keys of HELP or ANY_HELP. temperature: degrees Celsius; spo2: oxygen saturation in per cent.
    place_withheld: why there is no place, a key of WITHHELD in `places`.
    photo: a picture file as it came; burst: frames of head movements, see `bursts`; kept only where they are asked for.
    """

    made_at: datetime
    unwell: bool = False
    symptoms: tuple[str, ...] = ()
    help: tuple[str, ...] = ()
    note: str = ""
    temperature: float | None = None
    spo2: int | None = None
    place: Place | None = None
    place_withheld: str = ""
    photo: bytes | None = None
    burst: bytes | None = None

    @property
    def ill(self) -> bool:
        """Whether it tells of illness, in whatever way: by saying so, by a symptom, by a fever, by little oxygen."""
        return self.unwell or bool(self.symptoms) or is_fever(self.temperature) or is_low(self.spo2)


def check_said(said: Said, longest_note: int) -> None:
    """Raise BadInput, with the form's field, for what nobody offers or nobody can have."""
    _check_codes(said.symptoms, SYMPTOMS | ANY_DANGER, "symptoms")
    _check_codes(said.help, HELP | ANY_HELP, "help")
    if len(said.note) > longest_note:
        raise BadInput(N_("Please write at most %(length)s characters."), field="note", length=longest_note)
    check_temperature(said.temperature)
    check_oxygen(said.spo2)


def _check_codes(given: tuple[str, ...], known: Mapping[str, str], field: str) -> None:
    if any(each not in known for each in given):
        raise BadInput(N_("The form is out of date. Please reload the page."), field=field)
