"""How far setting up is: facts asked of the database, each by an index and never counted; steps skipped and taken up again."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Select, delete, exists, or_, select
from sqlalchemy.orm import Session

from monitor.models.accounts import Account, Passkey, Role
from monitor.models.cameras.cameras import Camera
from monitor.models.people.residents import Resident
from monitor.models.places import Room, Zone
from monitor.models.rollcalls.channels import ChannelName
from monitor.models.rollcalls.plans import Plan
from monitor.models.rollcalls.prompts import Prompt
from monitor.models.service import ChannelTry, SetUpStep, StepMark
from monitor.setting_up.recovery_sheet import is_confirmed
from monitor.setting_up.stating import load
from monitor.setting_up.steps import SetUpFacts, Step, StepState, judge
from monitor.settings import Settings


def states_of(
    session: Session, settings: Settings, channels: Collection[ChannelName], key: bytes, *, needing: Collection[Role]
) -> list[StepState]:
    """Each step and how far it is. channels: those that are set up; key: the master key; needing: roles that need a second factor."""
    marks = select(SetUpStep.name).where(SetUpStep.mark == StepMark.SKIPPED)
    return judge(gather(session, settings, channels, key, needing=needing), set(session.scalars(marks)))


def gather(
    session: Session, settings: Settings, channels: Collection[ChannelName], key: bytes, *, needing: Collection[Role]
) -> SetUpFacts:
    """What is there."""
    said = load(session)
    phones = [each for each in channels if each is not ChannelName.EMAIL]
    return SetUpFacts(
        language=bool(settings.language or said.language),
        administrator=_any(session, guarded_administrators(needing)),
        authority=bool(settings.authority or said.authority),
        recovery_sheet=is_confirmed(session, key),
        zone=_any(
            session,
            select(Zone.id).where(Zone.closed_at.is_(None), exists().where(Room.zone_id == Zone.id, Room.closed_at.is_(None))),
        ),
        channels=any(carried(session, each) for each in phones),
        mail=ChannelName.EMAIL in channels and carried(session, ChannelName.EMAIL),
        cameras=_any(session, select(Camera.id)),
        people=_any(session, select(Resident.id)),
        plan=_any(session, select(Plan.id).where(Plan.active)),
    )


def administrators() -> Select[int]:
    """The accounts of administrators who can sign in."""
    return select(Account.id).where(Account.role == Role.ADMINISTRATOR, Account.active, Account.password_hash != "")


def guarded_administrators(needing: Collection[Role]) -> Select[int]:
    """Those that have a second factor, or need none."""
    if Role.ADMINISTRATOR not in needing:
        return administrators()
    return administrators().where(or_(Account.totp_secret.is_not(None), exists().where(Passkey.account_id == Account.id)))


def carried(session: Session, channel: ChannelName) -> bool:
    """Whether anything ever left over a channel: a test, or a message to somebody."""
    tried = select(ChannelTry.channel).where(ChannelTry.channel == channel, ChannelTry.worked_at.is_not(None))
    sent = select(Prompt.id).where(Prompt.channel == channel, Prompt.sent_at.is_not(None))
    return _any(session, tried) or _any(session, sent)


def skip(session: Session, step: Step, *, by: int, now: datetime) -> None:
    """Note that somebody leaves a step for later. What was confirmed of it stays."""
    kept = session.get(SetUpStep, step.value)
    if kept is None or kept.mark is StepMark.SKIPPED:
        session.merge(SetUpStep(name=step.value, mark=StepMark.SKIPPED, of="", at=now, account_id=by))


def take_up(session: Session, step: Step) -> None:
    """A step that was skipped is to be done after all."""
    session.execute(delete(SetUpStep).where(SetUpStep.name == step.value, SetUpStep.mark == StepMark.SKIPPED))


def _any(session: Session, query: Select[int] | Select[str]) -> bool:
    return session.scalar(query.limit(1)) is not None
