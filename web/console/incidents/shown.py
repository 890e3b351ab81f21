"""All that is shown of one incident, wherever it is decided about."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from monitor.accounts.access import Reader
from monitor.alerts.record import told_of_incident
from monitor.incidents.causes import ASKED_AFTER, declaration_of
from monitor.incidents.risks import risks_of
from monitor.incidents.triage import risk_words
from monitor.incidents.triage_table import in_force
from monitor.models.accounts import Account
from monitor.models.incidents import (
    ContactOutcome,
    ContactWay,
    Incident,
    IncidentKind,
    IncidentMedia,
    IncidentNote,
    IncidentState,
)
from monitor.models.people.residents import Resident
from monitor.words import Words
from rollcall.followup.attempts import attempts_on
from rollcall.followup.unjudged import holding_open
from rollcall.followup.whereabouts import findings
from rollcall.people.guardians import guardian_of, number_of
from web.console.incidents.ladder import ladder_of
from web.console.incidents.listed import Listed
from web.console.incidents.meanwhile import meanwhile
from web.console.records.answers import answers_of, disputed
from web.shared.common import now


def shown(session: Session, reader: Reader, one: Listed) -> dict[str, Any]:
    """What the page of an incident says, by the names that it uses."""
    incident, ids = one.incident, [each.id for each in one.parts]
    kept = select(IncidentMedia).where(IncidentMedia.incident_id.in_(ids)).order_by(IncidentMedia.id)
    return {
        "one": one,
        "incident": incident,
        "notes": _notes(session, ids),
        "told": [each for part in ids for each in told_of_incident(session, part)],
        "media": list(session.scalars(kept)),
        "declaration": declaration_of(incident.cause),
        "since": meanwhile(session, incident, ids) if incident.case_of is not None else None,
        "ways": list(ContactWay),
        "outcomes": list(ContactOutcome),
        **_of_answers(session, reader, incident),
        **_of_silence(session, one, ids),
        **_of_person(session, incident.resident_id),
    }


def _of_answers(session: Session, reader: Reader, incident: Incident) -> dict[str, Any]:
    unresolved = incident.state != IncidentState.RESOLVED
    waiting = holding_open(session, incident) if unresolved else 0
    in_dispute = incident.check_in_id if unresolved and incident.kind is IncidentKind.CONTESTED else None
    resident = session.get(Resident, incident.resident_id) if waiting or in_dispute else None
    return {
        "waiting": waiting,
        "answers": answers_of(session, reader, resident) if resident is not None else None,
        "dispute": disputed(session, in_dispute) if in_dispute else None,
    }


def _of_silence(session: Session, one: Listed, ids: Collection[int]) -> dict[str, Any]:
    incident, attempts = one.incident, attempts_on(session, ids)
    silence = next((each for each in one.parts if each.kind in ASKED_AFTER and incident.resident_id is not None), None)
    reached = attempts and attempts[0].outcome == ContactOutcome.WELL and incident.state != IncidentState.RESOLVED
    return {
        "attempts": attempts,
        "well": attempts[0] if reached else None,
        "ladder": ladder_of(session, silence, attempts, now()) if silence else None,
        "known": findings(session, [(silence, one.timezone)], now()).get(silence.id) if silence else None,
    }


def _of_person(session: Session, resident_id: int | None) -> dict[str, Any]:
    if resident_id is None:
        return {"risks": None, "phone": "", "guardian": None}
    return {
        "risks": _risks(session, resident_id),
        "phone": number_of(session, resident_id),
        "guardian": guardian_of(session, resident_id),
    }


def _notes(session: Session, incident_ids: Collection[int]) -> list[Row[datetime, str, str]]:
    return list(
        session.execute(
            select(IncidentNote.at, IncidentNote.text, Account.username)
            .join(Account, Account.id == IncidentNote.account_id)
            .where(IncidentNote.incident_id.in_(incident_ids))
            .order_by(IncidentNote.id)
        )
    )


def _risks(session: Session, resident_id: int) -> Words | None:
    """What speaks for looking after a resident sooner, as it is known now; None for nothing."""
    table = in_force(session, now())
    risks = risks_of(session, [resident_id], now(), table).get(resident_id)
    return risk_words(risks, table.old_from) if risks else None
