"""What waits for a worker, as the rows themselves say."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, and_, or_, select

from monitor.models.people.faces import EnrolmentPhoto, EnrolmentState, FaceModel
from monitor.models.people.residents import Resident
from monitor.models.rollcalls.answers import Verification, VerificationState
from monitor.models.rollcalls.prompts import Prompt, PromptState
from monitor.people.face_agreement import agreed
from rollcall.prompts.stopping import stopped

PENDING = (EnrolmentState.WAITING, EnrolmentState.LEASED)


def prompts_due(now: datetime) -> ColumnElement[bool]:
    """Prompts that may leave, and those whose worker died."""
    queued = and_(Prompt.state == PromptState.QUEUED, ~stopped())
    return and_(Prompt.next_attempt_at <= now, or_(Prompt.state == PromptState.LEASED, queued))


def verifications_due(now: datetime) -> ColumnElement[bool]:
    """Answers that wait to be looked at, and those whose worker died."""
    return and_(Verification.next_attempt_at <= now, Verification.state != VerificationState.DONE)


def photos_due(now: datetime) -> ColumnElement[bool]:
    """Photos offered for enrolment that wait to be looked at, and those whose worker died; of who has not agreed they wait for that."""
    may = EnrolmentPhoto.resident_id.in_(select(Resident.id).where(agreed()))
    return and_(EnrolmentPhoto.next_attempt_at <= now, EnrolmentPhoto.state.in_(PENDING), may)


def renewals_due() -> ColumnElement[bool]:
    """Models in use that lack templates, or may."""
    return and_(FaceModel.renewed_to < FaceModel.renew_until, FaceModel.used_at.is_not(None))
