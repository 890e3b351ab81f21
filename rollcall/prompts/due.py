"""What waits for a worker, as the rows themselves say."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, and_, or_

from monitor.models import (
    EnrolmentPhoto,
    EnrolmentState,
    FaceModel,
    Prompt,
    PromptState,
    Verification,
    VerificationState,
)
from rollcall.stopping import stopped

PENDING = (EnrolmentState.WAITING, EnrolmentState.LEASED)


def prompts_due(now: datetime) -> ColumnElement[bool]:
    """Prompts that may leave, and those whose worker died."""
    queued = and_(Prompt.state == PromptState.QUEUED, ~stopped())
    return and_(Prompt.next_attempt_at <= now, or_(Prompt.state == PromptState.LEASED, queued))


def verifications_due(now: datetime) -> ColumnElement[bool]:
    """Answers that wait to be looked at, and those whose worker died."""
    return and_(Verification.next_attempt_at <= now, Verification.state != VerificationState.DONE)


def photos_due(now: datetime) -> ColumnElement[bool]:
    """Photos offered for enrolment that wait to be looked at, and those whose worker died."""
    return and_(EnrolmentPhoto.next_attempt_at <= now, EnrolmentPhoto.state.in_(PENDING))


def renewals_due() -> ColumnElement[bool]:
    """Models in use that lack templates, or may."""
    return and_(FaceModel.renewed_to < FaceModel.renew_until, FaceModel.used_at.is_not(None))
