"""Puts what somebody says to staff, at once: illness as a case of care with its urgency, named wishes as an incident of their own."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from sqlalchemy.orm import Session

from monitor.incidents import causes
from monitor.incidents.incidents import open_incident
from monitor.incidents.triage import HELP as HELP_SIGN
from monitor.incidents.triage import UNWELL, Heard, Told
from monitor.models.incidents import IncidentKind
from monitor.people.symptoms import ANY_DANGER, SYMPTOMS
from monitor.people.temperature import is_fever
from monitor.words import N_, Words, words
from rollcall.answers.said import ANY_HELP, HELP, Said

_QUOTED = 200  # characters


class About(Protocol):
    """Whom it is about. check_in_id: None outside of any roll-call."""

    @property
    def resident_id(self) -> int: ...  # noqa: D102
    @property
    def zone_id(self) -> int: ...  # noqa: D102
    @property
    def full_name(self) -> str: ...  # noqa: D102
    @property
    def check_in_id(self) -> int | None: ...  # noqa: D102


def heard_in(said: Said) -> Heard:
    """What the table of warning signs is asked about."""
    signs = set(said.symptoms)
    if said.unwell:
        signs.add(UNWELL)
    if not ANY_HELP.keys().isdisjoint(said.help):
        signs.add(HELP_SIGN)
    return Heard(Told(frozenset(signs), said.temperature, said.spo2))


def ask_for_care(session: Session, about: About, said: Said, now: datetime) -> None:
    """Open what is to be opened in the caller's write transaction. Who asks for help without saying what for may be ill too."""
    wishes = [each for each in said.help if each in HELP]
    if said.ill or len(wishes) < len(said.help):
        name, parts = about.full_name, _of_illness(said)
        if parts:
            reason = words(N_("%(name)s feels unwell or asks for help: %(what)s."), name=name, what=_listed(parts).dump())
        else:
            reason = words(N_("%(name)s feels unwell or asks for help. Please call."), name=name)
        _open(session, about, IncidentKind.UNWELL, causes.unwell(about.resident_id), reason, now, heard_in(said))
    if wishes:
        what = _listed([Words(HELP[each]) for each in wishes])
        reason = words(N_("%(name)s asks for: %(what)s."), name=about.full_name, what=what.dump())
        _open(session, about, IncidentKind.WISH, causes.wish(about.resident_id), reason, now)


def _open(
    session: Session,
    about: About,
    kind: IncidentKind,
    cause: str,
    reason: Words,
    now: datetime,
    heard: Heard | None = None,
) -> None:
    open_incident(
        session,
        kind,
        cause,
        zone_id=about.zone_id,
        resident_id=about.resident_id,
        check_in_id=about.check_in_id,
        reason=reason,
        now=now,
        heard=heard,
    )


def _of_illness(said: Said) -> list[Words]:
    parts = [Words((SYMPTOMS | ANY_DANGER)[each]) for each in said.symptoms]
    if said.spo2 is not None:
        parts.append(words(N_("SpO₂ %(percent)s %%"), percent=said.spo2))
    if said.temperature is not None and is_fever(said.temperature):
        parts.append(words(N_("Temperature %(degrees)s °C"), degrees=round(said.temperature, 1)))
    parts += [Words(ANY_HELP[each]) for each in said.help if each in ANY_HELP]
    note = said.note.strip()
    if not parts and note:
        parts.append(words(N_("“%(text)s”"), text=note[:_QUOTED]))
    return parts


def _listed(parts: Sequence[Words]) -> Words:
    listed = {f"part{number}": each.dump() for number, each in enumerate(parts)}
    return Words(", ".join(f"%({name})s" for name in listed), listed)
