"""What a resident's link opens: whose it is, what is asked, and whether anything is asked any more."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import BindParameter, and_, bindparam, select
from sqlalchemy.orm import Session, aliased

from monitor.challenge import Move, challenge_of
from monitor.models.base import UtcDateTime
from monitor.models.people.guardians import Guardian
from monitor.models.people.residents import Resident
from monitor.models.places import Zone
from monitor.models.rollcalls.answers import Answer
from monitor.models.rollcalls.plans import EvidenceLevel, Plan
from monitor.models.rollcalls.rounds import CheckIn, CheckInState, RollCall
from monitor.people.face_agreement import FaceAgreement, agreement
from monitor.people.orders import quarantined
from monitor.problems import Problem
from monitor.words import N_, Words
from rollcall.answers.places import Circle
from rollcall.answers.stamps import GRACE
from rollcall.checkins.checkin import AWAITED, CLOSED
from rollcall.people.guardians import GUARDIAN_NAME, KIN
from rollcall.people.links import read_token
from rollcall.verdicts.without_face import FACES


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
    faces: FaceAgreement
    """What they said about face matching: only where they agreed, a picture is asked for and kept."""
    circle: Circle | None
    closed_at: datetime | None
    received_at: datetime | None
    late: bool
    """Whether the answer that is there came after the window was closed, and has not set its check-in right."""
    in_window: bool
    """Whether it was made before: then it is being checked, and sets its check-in right."""
    under_order: bool
    """Whether an order is in force at the moment that was asked about."""
    guardian: Answering | None
    """Who answers for the resident; None where they do themselves."""
    shares_with: tuple[int, str, datetime | None] | None
    """What the link of a phone is made of which several people answer with, see `make_token`; None for a phone of one's own."""
    links_withdrawn_at: datetime | None = None
    """When the resident's links were last withdrawn."""

    @property
    def without_face(self) -> bool:
        """Whether no photo may be compared."""
        return self.faces is not FaceAgreement.AGREED

    @property
    def asks_for_agreement(self) -> bool:
        """Whether to ask first: the plan is for faces, and nobody has said anything about that yet."""
        return self.faces is FaceAgreement.NOT_ASKED and self.evidence in FACES

    @property
    def open(self) -> bool:
        """Whether an answer is still taken: an awaited one, or one that comes late."""
        return self.under_order and self._unanswered

    @property
    def awaited(self) -> bool:
        """Whether nobody has heard of somebody who is asked."""
        return self.under_order and self.state in AWAITED

    @property
    def needs_nothing(self) -> bool:
        """Whether no answer is needed: they are excused, or no order holds them any more."""
        return self.state == CheckInState.EXCUSED or (self._unanswered and not self.under_order)

    @property
    def _unanswered(self) -> bool:
        return self.received_at is None and (self.state in AWAITED or self.state in CLOSED)

    def over(self, now: datetime) -> bool:
        """Whether the window is so long closed that nobody is asked any more; what a phone kept is taken all the same."""
        return self.open and self.closed_at is not None and now > self.closed_at + GRACE


_AT: BindParameter[datetime] = bindparam("at", type_=UtcDateTime())
_LEAD = aliased(CheckIn)
_LEADER = aliased(Resident)
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
        Resident.agrees_to_faces,
        Resident.refuses_faces,
        Resident.links_withdrawn_at,
        Zone.timezone,
        Zone.latitude,
        Zone.longitude,
        Zone.radius_metres,
        Plan.evidence,
        Plan.evidence_by_text,
        Plan.place_asked,
        Answer.received_at,
        Answer.late,
        Answer.in_window,
        quarantined(_AT, CheckIn.resident_id).label("under_order"),
        _LEAD.id.label("lead_id"),
        _LEAD.nonce.label("lead_nonce"),
        _LEADER.links_withdrawn_at.label("lead_withdrawn_at"),
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
    .outerjoin(_LEADER, _LEADER.id == _LEAD.resident_id)
    .outerjoin(Guardian, and_(Guardian.resident_id == CheckIn.resident_id, Guardian.ended_at.is_(None)))
    .outerjoin(KIN, KIN.id == Guardian.kin_id)
    .where(CheckIn.id == bindparam("asked"))
)


def open_page(session: Session, secret: bytes, token: str, now: datetime) -> AnswerPage:
    """What the link opens; never consumes it. Raises LinkForged, LinkWithdrawn, LinkExpired, RoundClosed.

    One that was answered opens too, and shows what came of it; one whose window is closed takes an answer that comes late.
    """
    page = open_own(session, secret, token, now)
    if page.needs_nothing:
        raise nothing_needed()
    return page


def open_own(session: Session, secret: bytes, token: str, now: datetime) -> AnswerPage:
    """Whose link it is, whether anything is still asked or not. Raises LinkForged, LinkWithdrawn, LinkExpired."""
    content = read_token(secret, token)
    page = page_of(session, content.check_in_id, now)
    content.require(page.nonce, page.links_withdrawn_at)
    return page


def page_of(session: Session, check_in_id: int, now: datetime) -> AnswerPage:
    """The same of a check-in that is known without a link. Raises LinkExpired."""
    row = session.connection().execute(_PAGE, {"asked": check_in_id, "at": now}).first()
    if row is None:
        raise LinkExpired(
            N_("This link belongs to an earlier roll-call that is no longer kept. Please open the link in your newest message.")
        )
    circle = None
    if row.place_asked and None not in (row.latitude, row.longitude, row.radius_metres):
        circle = Circle(row.latitude, row.longitude, row.radius_metres)
    faces = agreement(row.agrees_to_faces, row.refuses_faces)
    compared = faces is FaceAgreement.AGREED
    asks_for_moves = row.evidence == EvidenceLevel.FACE_AND_LIVENESS and compared and not row.holds_still
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
        needs_photo=row.evidence in FACES and compared,
        moves=challenge_of(row.nonce) if asks_for_moves else (),
        evidence=row.evidence,
        evidence_by_text=row.evidence_by_text,
        without_smartphone=row.without_smartphone,
        faces=faces,
        circle=circle,
        closed_at=row.state_since if row.state in CLOSED else None,
        received_at=row.received_at,
        late=bool(row.late) and row.state in CLOSED,
        in_window=bool(row.in_window),
        under_order=row.under_order,
        guardian=(
            Answering(row.guardian_id, row.guardian, row.consented_at is not None) if row.guardian_id is not None else None
        ),
        shares_with=(row.lead_id, row.lead_nonce, row.lead_withdrawn_at) if row.lead_id is not None else None,
        links_withdrawn_at=row.links_withdrawn_at,
    )


def nothing_needed() -> RoundClosed:
    """For somebody who is excused, or whom no order holds any more."""
    return RoundClosed(N_("No answer is needed for this roll-call. If you need anything, call 1022."))


def time_is_over() -> RoundClosed:
    """For a page that nobody is asked to fill in any more."""
    return RoundClosed(
        N_(
            "The time to answer this roll-call is over. Nothing is decided automatically: health staff will call you."
            " Hotline: 1022."
        )
    )
