"""Temperature and oxygen that staff learn outside any roll-call: kept with whoever entered them, and heard like those of an answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from monitor.changes import Topic, announce
from monitor.models.people.measurements import MeasuredHow, Measurement
from monitor.models.people.residents import Resident
from monitor.people.oxygen import check_oxygen, read_oxygen
from monitor.people.temperature import check_temperature, read_temperature
from monitor.problems import BadInput
from monitor.trail import audit
from monitor.trail.actions import Action
from monitor.words import N_
from rollcall.answers.care import OutsideRounds, ask_for_care
from rollcall.answers.said import Said

OLDEST = timedelta(days=7)
"""From notes on paper; what is older belongs into those."""
AHEAD = timedelta(minutes=5)
STILL_TELLS = timedelta(hours=24)
"""What is older than that only completes the curve: how somebody is now, it does not tell."""


@dataclass(frozen=True)
class Measured:
    """What somebody typed. temperature: degrees Celsius; spo2: per cent; at least one is there."""

    measured_at: datetime
    how: MeasuredHow
    temperature: float | None = None
    spo2: int | None = None


def read_measured(temperature: str, spo2: str, how: str, measured_at: datetime | None, now: datetime) -> Measured:
    """What a form sent. measured_at: None where it was left empty, for now. Raises BadInput with the field."""
    degrees, percent = read_temperature(temperature), read_oxygen(spo2)
    if degrees is None and percent is None:
        raise BadInput(N_("Enter a temperature, an oxygen saturation, or both."), field="temperature")
    try:
        known = MeasuredHow(how)
    except ValueError:
        raise BadInput(N_("Choose how this is known."), field="how") from None
    return Measured(measured_at or now, known, degrees, percent)


def note_measured(session: Session, resident: Resident, account_id: int, measured: Measured, now: datetime) -> bool:
    """Keep it in the caller's write transaction, and ask for care where it tells of illness; returns whether it does.

    Raises BadInput for what nobody can have, or for a time that cannot be.
    """
    check_temperature(measured.temperature)
    check_oxygen(measured.spo2)
    if not now - OLDEST <= measured.measured_at <= now + AHEAD:
        raise BadInput(N_("Enter a time within the last %(days)s days."), field="measured_at", days=OLDEST.days)
    session.add(
        Measurement(
            resident_id=resident.id,
            zone_id=resident.zone_id,
            measured_at=min(measured.measured_at, now),
            temperature=measured.temperature,
            spo2=measured.spo2,
            how=measured.how,
            entered_at=now,
            entered_by=account_id,
        )
    )
    said = Said(made_at=measured.measured_at, temperature=measured.temperature, spo2=measured.spo2)
    tells = said.ill and now - measured.measured_at <= STILL_TELLS
    if tells:
        ask_for_care(session, OutsideRounds(resident.id, resident.zone_id, resident.full_name), said, now)
    audit.note(
        session,
        Action.VALUES_ENTERED,
        at=now,
        account_id=account_id,
        zone_id=resident.zone_id,
        resident_id=resident.id,
        # Whoever reads the trail need not know how ill somebody is.
        fields=[name for name in ("temperature", "spo2") if getattr(measured, name) is not None],
    )
    announce(session, resident.zone_id, Topic.INCIDENT, now)
    return tells
