"""What a resident's link opens: whose it is, what is asked, and whether anything is asked any more."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, bindparam, exists, select
from sqlalchemy.orm import Session, aliased

from monitor.challenge import Move, challenge_of
from monitor.models import (
    Answer,
    CheckIn,
    CheckInState,
    EvidenceLevel,
    Guardian,
    OrderState,
    Plan,
    QuarantineOrder,
    Resident,
    RollCall,
    Zone,
)
from monitor.problems import Problem
from monitor.words import N_, Words
from rollcall.checkin import AWAITED, CLOSED
from rollcall.guardians import GUARDIAN_NAME, KIN
from rollcall.links import LinkForged, read_token
from rollcall.other_way import FACES
from rollcall.places import Circle
from rollcall.stamps import GRACE


class LinkExpired(Problem):
    """The link is of an order, a person or a round that is no longer there."""

    status = 410


class RoundClosed(Problem):
    """The time to answer is over, or no answer is needed any more."""

    status = 410


@dataclass(frozen=True)
class Answering:
    """Who answers for a resident, as their page names them. agreed: whether they have consented."""

    guardian_id: int
    full_name: str
    agreed: bool


@dataclass(frozen=True)
class AnswerPage:
    """What a resident's page shows. due_at: None once nothing is awaited; closed_at: when the window closed unanswered, else None.

    received_at: when the answer arrived, None while there is none. circle: where the zone is, where the plan asks for the place.
    """

    check_in_id: int
    resident_id: int
    zone_id: int
    nonce: str
    full_name: str
    language: str
    opened_at: datetime
    due_at: datetime | None
    timezone: str
    state: CheckInState
    reasons: list[Words]
    needs_photo: bool
    moves: tuple[Move, ...]
    """Head movements to be made while the selfie is taken; empty where none are asked for."""
    evidence: EvidenceLevel
    evidence_by_text: EvidenceLevel
    without_smartphone: bool
    refuses_faces: bool
    """Does not agree to face matching: no picture is asked for, and none is kept."""
    circle: Circle | None
    closed_at: datetime | None
    received_at: datetime | None
    late: bool
    """Whether the answer that is there came after the window was closed."""
    under_order: bool
    guardian: Answering | None
    """Who answers for the resident; None where they do themselves."""
    shares_with: tuple[int, str] | None
    """Check-in and nonce that the link of a phone is made of which several people answer with; None for a phone of one's own."""

    @property
    def open(self) -> bool:
        """Whether an answer is still taken: an awaited one, or one that comes late."""
        return self.received_at is None and (self.state in AWAITED or self.state in CLOSED)

    def over(self, now: datetime) -> bool:
        """Whether the window is so long closed that nobody is asked any more; what a phone kept is taken all the same."""
        return self.open and self.closed_at is not None and now > self.closed_at + GRACE


_UNDER_ORDER = exists(QuarantineOrder.id).where(
    QuarantineOrder.resident_id == CheckIn.resident_id, QuarantineOrder.state == OrderState.ACTIVE
)
_LEAD = aliased(CheckIn)
_PAGE = (
    select(
        CheckIn.id,
        CheckIn.resident_id,
        CheckIn.zone_id,
        CheckIn.nonce,
        CheckIn.state,
        CheckIn.state_since,
        CheckIn.opened_at,
        CheckIn.due_at,
        CheckIn.reasons,
        Resident.full_name,
        Resident.language,
        Resident.without_smartphone,
        Resident.holds_still,
        Resident.refuses_faces,
        Zone.timezone,
        Zone.latitude,
        Zone.longitude,
        Zone.radius_metres,
        Plan.evidence,
        Plan.evidence_by_text,
        Plan.place_asked,
        Answer.received_at,
        Answer.late,
        _UNDER_ORDER.label("under_order"),
        _LEAD.id.label("lead_id"),
        _LEAD.nonce.label("lead_nonce"),
        Guardian.id.label("guardian_id"),
        Guardian.consented_at,
        GUARDIAN_NAME.label("guardian"),
    )
    .join(Resident, Resident.id == CheckIn.resident_id)
    .join(Zone, Zone.id == CheckIn.zone_id)
    .join(RollCall, RollCall.id == CheckIn.roll_call_id)
    .join(Plan, Plan.id == RollCall.plan_id)
    .outerjoin(Answer, Answer.check_in_id == CheckIn.id)
    .outerjoin(_LEAD, _LEAD.id == CheckIn.lead_id)
    .outerjoin(Guardian, and_(Guardian.resident_id == CheckIn.resident_id, Guardian.ended_at.is_(None)))
    .outerjoin(KIN, KIN.id == Guardian.kin_id)
    .where(CheckIn.id == bindparam("asked"))
)


def open_page(session: Session, secret: bytes, token: str) -> AnswerPage:
    """What the link opens; never consumes it. Raises LinkForged, LinkExpired, RoundClosed.

    One that was answered opens too, and shows what came of it; one whose window is closed takes an answer that comes late.
    """
    page = open_own(session, secret, token)
    if page.state == CheckInState.EXCUSED or (page.open and not page.under_order):
        raise RoundClosed(N_("No answer is needed for this roll-call. If you need anything, call 1022."))
    return page


def open_own(session: Session, secret: bytes, token: str) -> AnswerPage:
    """Whose link it is, whether anything is still asked or not. Raises LinkForged, LinkExpired."""
    content = read_token(secret, token)
    page = page_of(session, content.check_in_id)
    if page.nonce != content.nonce:
        raise LinkForged(N_("This link is not complete or not ours. Please open it again from the message, or call 1022."))
    return page


def page_of(session: Session, check_in_id: int) -> AnswerPage:
    """The same of a check-in that is known without a link. Raises LinkExpired."""
    row = session.connection().execute(_PAGE, {"asked": check_in_id}).first()
    if row is None:
        raise LinkExpired(N_("This link is from an earlier roll-call that is no longer kept."))
    circle = None
    if row.place_asked and None not in (row.latitude, row.longitude, row.radius_metres):
        circle = Circle(row.latitude, row.longitude, row.radius_metres)
    asks_for_moves = row.evidence == EvidenceLevel.FACE_AND_LIVENESS and not (row.holds_still or row.refuses_faces)
    return AnswerPage(
        check_in_id=row.id,
        resident_id=row.resident_id,
        zone_id=row.zone_id,
        nonce=row.nonce,
        full_name=row.full_name,
        language=row.language,
        opened_at=row.opened_at,
        due_at=row.due_at,
        timezone=row.timezone,
        state=row.state,
        reasons=[Words.load(each) for each in row.reasons],
        needs_photo=row.evidence in FACES and not row.refuses_faces,
        moves=challenge_of(row.nonce) if asks_for_moves else (),
        evidence=row.evidence,
        evidence_by_text=row.evidence_by_text,
        without_smartphone=row.without_smartphone,
        refuses_faces=row.refuses_faces,
        circle=circle,
        closed_at=row.state_since if row.state in CLOSED else None,
        received_at=row.received_at,
        late=bool(row.late),
        under_order=row.under_order,
        guardian=(
            Answering(row.guardian_id, row.guardian, row.consented_at is not None) if row.guardian_id is not None else None
        ),
        shares_with=(row.lead_id, row.lead_nonce) if row.lead_id is not None else None,
    )


def time_is_over() -> RoundClosed:
    """For a page that nobody is asked to fill in any more."""
    return RoundClosed(
        N_("The time to answer this roll-call is over. Nothing happens by itself: a person will call you. Hotline: 1022.")
    )
