"""How far setting up is: facts asked of the database, each by an index and never counted; steps skipped and taken up again."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Select, delete, exists, or_, select
from sqlalchemy.orm import Session

from monitor.database.together import Reading, asked, at_once, first, known, read
from monitor.models.accounts import Account, Passkey, Role
from monitor.models.cameras.cameras import Camera
from monitor.models.people.residents import Resident
from monitor.models.places import Room, Zone
from monitor.models.rollcalls.channels import ChannelName
from monitor.models.rollcalls.plans import Plan
from monitor.models.rollcalls.prompts import Prompt
from monitor.models.service import ChannelTry, SetUpStep, StepMark
from monitor.setting_up.recovery_sheet import is_confirmed
from monitor.setting_up.stating import load_asked
from monitor.setting_up.steps import SetUpFacts, Step, StepState, judge
from monitor.settings import Settings


def states_of(
    session: Session, settings: Settings, channels: Collection[ChannelName], key: bytes, *, needing: Collection[Role]
) -> list[StepState]:
    """Each step and how far it is. channels: those that are set up; key: the master key; needing: roles that need a second factor."""
    marks = select(SetUpStep.name).where(SetUpStep.mark == StepMark.SKIPPED)
    facts, skipped = read(session, at_once(gather(settings, channels, key, needing=needing), asked(marks)))
    return judge(facts, set(skipped))


def gather(
    settings: Settings, channels: Collection[ChannelName], key: bytes, *, needing: Collection[Role]
) -> Reading[SetUpFacts]:
    """What is there."""
    phones = [each for each in channels if each is not ChannelName.EMAIL]
    with_room = exists().where(Room.zone_id == Zone.id, Room.closed_at.is_(None))
    said, administrator, sheet, zone, by_phone, by_mail, cameras, people, plan = yield from at_once(
        load_asked(),
        _any(guarded_administrators(needing)),
        is_confirmed(key),
        _any(select(Zone.id).where(Zone.closed_at.is_(None), with_room)),
        at_once(*(carried(each) for each in phones)),
        carried(ChannelName.EMAIL) if ChannelName.EMAIL in channels else known(False),
        _any(select(Camera.id)),
        _any(select(Resident.id)),
        _any(select(Plan.id).where(Plan.active)),
    )
    return SetUpFacts(
        language=bool(settings.language or said.language),
        administrator=administrator,
        authority=bool(settings.authority or said.authority),
        recovery_sheet=sheet,
        zone=zone,
        channels=any(by_phone),
        mail=by_mail,
        cameras=cameras,
        people=people,
        plan=plan,
    )


def administrators() -> Select[int]:
    """The accounts of administrators who can sign in."""
    return select(Account.id).where(Account.role == Role.ADMINISTRATOR, Account.active, Account.password_hash != "")


def guarded_administrators(needing: Collection[Role]) -> Select[int]:
    """Those that have a second factor, or need none."""
    if Role.ADMINISTRATOR not in needing:
        return administrators()
    return administrators().where(or_(Account.totp_secret.is_not(None), exists().where(Passkey.account_id == Account.id)))


def carried(channel: ChannelName) -> Reading[bool]:
    """Whether anything ever left over a channel: a test, or a message to somebody."""
    tried = select(ChannelTry.channel).where(ChannelTry.channel == channel, ChannelTry.worked_at.is_not(None))
    sent = select(Prompt.id).where(Prompt.channel == channel, Prompt.sent_at.is_not(None))
    return any((yield from at_once(_any(tried), _any(sent))))


def skip(session: Session, step: Step, *, by: int, now: datetime) -> None:
    """Note that somebody leaves a step for later. What was confirmed of it stays."""
    kept = session.get(SetUpStep, step.value)
    if kept is None or kept.mark is StepMark.SKIPPED:
        session.merge(SetUpStep(name=step.value, mark=StepMark.SKIPPED, of="", at=now, account_id=by))


def take_up(session: Session, step: Step) -> None:
    """A step that was skipped is to be done after all."""
    session.execute(delete(SetUpStep).where(SetUpStep.name == step.value, SetUpStep.mark == StepMark.SKIPPED))


def _any(question: Select[int] | Select[str] | Select[ChannelName]) -> Reading[bool]:
    return (yield from first(question)) is not None
