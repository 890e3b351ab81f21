"""What supervisors decided in the province that is measured: decisions, second looks at them, what awaits a second person, words to many."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from monitor.models.incidents import Incident, IncidentState
from monitor.models.legal import LegalDeed, Proposal
from monitor.models.places import Zone
from monitor.models.rollcalls.answers import ReviewDecision, SecondLook
from monitor.models.rollcalls.quiet import EmergencyMessage
from rollcall.followup.queue import Decision
from rollcall.followup.worklists import Task

BATCH = "bench"
"""Of what was decided for many at once."""
DECISIONS, LOOKS, PROPOSALS = 9000, 450, 60
"""Of a whole province."""


def add_decisions(session: Session, share: float, staff: Sequence[int], now: datetime) -> None:
    """Fill a province that has its incidents. share: of a whole province."""
    many = max(20, round(DECISIONS * share))
    closed = session.execute(
        select(Incident.id, Incident.resident_id, Incident.zone_id)
        .where(Incident.state == IncidentState.RESOLVED, Incident.resident_id.is_not(None))
        .order_by(Incident.id)
        .limit(many)
    ).all()
    decisions = [
        {
            "incident_id": each.id,
            "resident_id": each.resident_id,
            "zone_id": each.zone_id,
            "account_id": staff[number % len(staff)],
            "at": now - timedelta(minutes=number % 5000),
            "seconds": 20,
            "task": Task.SILENCE.value,
            "decision": Decision.EXCUSE.value,
            "reason": "Đã gọi được, người này khỏe.",
            "batch": BATCH if number % 3 == 0 else None,
            "drawn": number % 20 == 0,
        }
        for number, each in enumerate(closed)
    ]
    session.execute(insert(ReviewDecision), decisions)
    drawn = session.scalars(select(ReviewDecision).where(ReviewDecision.drawn.is_(True)).order_by(ReviewDecision.id)).all()
    asked_for = {"drawn_at": now - timedelta(days=3)}
    looks = [{"decision_id": each.id, "zone_id": each.zone_id, "first_by": each.account_id, **asked_for} for each in drawn]
    session.execute(insert(SecondLook), looks)
    proposal = {
        "deed": LegalDeed.BREACH,
        "reason": "Rời phòng hai lần",
        "legal_basis": "Nghị định 117/2020/NĐ-CP",
        "proposed_by": staff[0],
        "proposed_at": now - timedelta(hours=1),
        "expires_at": now + timedelta(days=1),
    }
    about = {each.resident_id: each for each in closed[: max(2, round(PROPOSALS * share))]}.values()
    session.execute(
        insert(Proposal), [{"resident_id": each.resident_id, "zone_id": each.zone_id, **proposal} for each in about]
    )
    notice = {
        "text_vi": "Ngày mai phát nước uống lúc 8 giờ.",
        "text_en": "",
        "reason": "Báo lịch phát nước",
        "sent_by": staff[0],
        "sent_at": now,
        "notice": True,
        "people": 0,
        "in_quiet": False,
    }
    zones = session.scalars(select(Zone.id).order_by(Zone.id).limit(3))
    session.execute(insert(EmergencyMessage), [{"zone_id": zone, **notice} for zone in zones])
