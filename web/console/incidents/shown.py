"""All that is shown of one incident, wherever it is decided about."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select

from monitor.accounts.access import Permission, Reader
from monitor.alerts.record import told_of_incident
from monitor.database.together import Reading, asked, at_once, first, known
from monitor.hotline.of_people import tickets_of_asked
from monitor.incidents.causes import ASKED_AFTER, DECLARED_WAITING, declaration_of
from monitor.incidents.risks import risks_asked
from monitor.incidents.triage import risk_words
from monitor.incidents.triage_table import in_force_asked
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
from rollcall.followup.resolving import unanswered_request_asked
from rollcall.followup.unjudged import holding_open_asked
from rollcall.followup.whereabouts import findings
from rollcall.people.guardians import guardian_asked, number_asked
from web.console.incidents.ladder import ladder_of, messages_of
from web.console.incidents.listed import Listed
from web.console.incidents.meanwhile import meanwhile
from web.console.incidents.whereabouts_drawn import whereabouts_asked
from web.console.records.answers import answers_of, disputed
from web.shared.common import now


def shown(reader: Reader, one: Listed) -> Reading[dict[str, Any]]:
    """What the page of an incident says, by the names that it uses."""
    incident, ids = one.incident, [each.id for each in one.parts]
    notes, request_id, told, media, where, since, of_answers, of_silence, of_person = yield from at_once(
        _notes(ids),
        unanswered_request_asked(incident) if incident.state != IncidentState.RESOLVED else known(None),
        at_once(*(told_of_incident(part) for part in ids)),
        asked(select(IncidentMedia).where(IncidentMedia.incident_id.in_(ids)).order_by(IncidentMedia.id)),
        whereabouts_asked(incident.resident_id) if _decided_here(reader, incident) and incident.resident_id else known(None),
        meanwhile(incident, ids) if incident.case_of is not None else known(None),
        _of_answers(reader, one),
        _of_silence(one, ids),
        _of_person(incident.resident_id),
    )
    return {
        "one": one,
        "incident": incident,
        "notes": notes,
        "request_id": request_id,
        "told": [each for of_part in told for each in of_part],
        "media": media,
        "where": where,
        "declaration": declaration_of(incident.cause),
        "declared_waiting": incident.cause.startswith(DECLARED_WAITING),
        "since": since,
        "ways": list(ContactWay),
        "outcomes": list(ContactOutcome),
        **of_answers,
        **of_silence,
        **of_person,
    }


def _decided_here(reader: Reader, incident: Incident) -> bool:
    """Whether the reader decides about it: nobody else needs to see where a phone was."""
    return incident.state != IncidentState.RESOLVED and reader.may(Permission.REVIEW_CHECK_IN, incident.zone_id)


def _of_answers(reader: Reader, one: Listed) -> Reading[dict[str, Any]]:
    incident, unresolved = one.incident, one.incident.state != IncidentState.RESOLVED
    waiting, resident = 0, None
    if unresolved and incident.resident_id is not None:
        waiting, resident = yield from at_once(
            holding_open_asked(incident, one.parts), first(select(Resident).where(Resident.id == incident.resident_id))
        )
    in_dispute = incident.check_in_id if unresolved and incident.kind is IncidentKind.CONTESTED else None
    answers, dispute = yield from at_once(
        answers_of(reader, resident) if resident is not None and (waiting or in_dispute) else known(None),
        disputed(in_dispute) if in_dispute else known(None),
    )
    return {"waiting": waiting, "answers": answers, "dispute": dispute}


def _of_silence(one: Listed, ids: Collection[int]) -> Reading[dict[str, Any]]:
    incident = one.incident
    silence = next((each for each in one.parts if each.kind in ASKED_AFTER and incident.resident_id is not None), None)
    check_in_id = silence.check_in_id if silence else None
    attempts, messages, found = yield from at_once(
        attempts_on(ids),
        messages_of(check_in_id) if check_in_id is not None else known([]),
        findings([(silence, one.timezone)], now()) if silence else known({}),
    )
    reached = attempts and attempts[0].outcome == ContactOutcome.WELL and incident.state != IncidentState.RESOLVED
    return {
        "attempts": attempts,
        "well": attempts[0] if reached else None,
        "ladder": ladder_of(silence, attempts, messages, now()) if silence else None,
        "known": found.get(silence.id) if silence else None,
    }


def _of_person(resident_id: int | None) -> Reading[dict[str, Any]]:
    if resident_id is None:
        return {"risks": None, "phone": "", "guardian": None, "tickets": []}
    risks, phone, guardian, tickets = yield from at_once(
        risks_in_words(resident_id),
        number_asked(resident_id),
        guardian_asked(resident_id),
        tickets_of_asked(resident_id, now()),
    )
    return {"risks": risks, "phone": phone, "guardian": guardian, "tickets": tickets}


def _notes(incident_ids: Collection[int]) -> Reading[list[Row[datetime, str, str]]]:
    return asked(
        select(IncidentNote.at, IncidentNote.text, Account.username)
        .join(Account, Account.id == IncidentNote.account_id)
        .where(IncidentNote.incident_id.in_(incident_ids))
        .order_by(IncidentNote.id)
    )


def risks_in_words(resident_id: int) -> Reading[Words | None]:
    """What speaks for looking after a resident sooner, as it is known now; None for nothing."""
    table = yield from in_force_asked(now())
    risks = (yield from risks_asked([resident_id], now(), table)).get(resident_id)
    return risk_words(risks, table.old_from) if risks else None
