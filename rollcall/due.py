"""What waits for a worker, as the rows themselves say."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, and_, or_

from monitor.models import Prompt, PromptState, Verification, VerificationState
from rollcall.stopping import stopped


def prompts_due(now: datetime) -> ColumnElement[bool]:
    """Prompts that may leave, and those whose worker died."""
    queued = and_(Prompt.state == PromptState.QUEUED, ~stopped())
    return and_(Prompt.next_attempt_at <= now, or_(Prompt.state == PromptState.LEASED, queued))


def verifications_due(now: datetime) -> ColumnElement[bool]:
    """Answers that wait to be looked at, and those whose worker died."""
    return and_(Verification.next_attempt_at <= now, Verification.state != VerificationState.DONE)
