"""Claims prompts that are due: gathered, judged and written, all in one transaction."""

from __future__ import annotations

import logging
import time
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from monitor.changes import Topic, announce
from monitor.damage.looking import tell_of_numbers
from monitor.database.locks import Lock, only_one
from monitor.database.many_rows import one_of
from monitor.database.statements import changed, changed_values
from monitor.models.rollcalls.prompts import REPLIES, Prompt, PromptKind, PromptState
from monitor.models.rollcalls.rounds import CheckIn
from monitor.words import N_, words
from rollcall.checkins.checkin import AWAITED
from rollcall.checkins.excusing import excuse_gone, in_groups
from rollcall.prompts.budget import messages_used
from rollcall.prompts.dead_workers import settle_dead
from rollcall.prompts.due import prompts_due
from rollcall.prompts.due_prompts import DuePrompt, read_due_prompts
from rollcall.prompts.may_leave import Hold, Leave, Refuse, judge_in_turn
from rollcall.prompts.outcomes import NOT_REPEATED, note_prompt, note_uncertain
from rollcall.prompts.pace import reserve, rooms
from rollcall.prompts.sending_set_up import SendingSetUp
from rollcall.rounds.ladder_steps import asking, bring_forward
from rollcall.texts.writing import Wording, Written

log = logging.getLogger(__name__)
BATCH = 400
OUR_ERROR = N_("The message could not be written because of an error in this service.")


@dataclass(frozen=True)
class Outgoing:
    """A claimed prompt as it leaves. attempt: from 1. not_before: when its turn comes, on a channel that has a limit.

    left_before: when it may have left already, at an earlier attempt.
    """

    prompt_id: int
    zone_id: int
    attempt: int
    written: Written
    not_before: datetime | None = None
    left_before: datetime | None = None


@dataclass(frozen=True)
class Claim:
    """How many prompts were due and are dealt with, and those of them that leave now, by channel."""

    prompts: int = 0
    leaving: Mapping[str, Sequence[Outgoing]] = field(default_factory=dict)


def claim(
    session: Session,
    set_up: SendingSetUp,
    worker: str,
    now: datetime,
    monotonic_now: float,
    busy: Collection[str] = (),
) -> Claim:
    """Deal with what is due, in the caller's write transaction.

    1. Wait until nobody else claims: two that count a person's messages at once could both find room for one more.
    2. Settle what workers had claimed that died since.
    3. Choose what is due, of slow channels no more than can leave soon.
    4. Excuse those who need not answer any more.
    5. Gather: read each prompt, frozen, and how many messages its person had.
    6. Judge each: it leaves now, is held until the night is over, or never leaves.
    7. Apply: those that leave are written and leased, the others held or refused, each only while it is still queued.
    8. Where a refused one was to be followed by another channel, that follows at once.

    monotonic_now: what `time.monotonic` said at `now`; moments that went by in waiting for a lock are nobody's to leave at.
    busy: channels that take no more now, whose prompts stay where they are.
    """
    only_one(session, Lock.CLAIMING)
    settle_dead(session, set_up.channels, set_up.outbox, now)
    ids = _due_ids(session, set_up, now, busy)
    if not ids:
        return Claim()
    excuse_gone(session, list(session.scalars(select(Prompt.check_in_id).where(one_of(Prompt.id, ids)))), now)

    due = read_due_prompts(session, ids, set_up.channels.keys(), now)
    _set_aside(session, set(ids) - {prompt.id for prompt in due}, now)
    tell_of_numbers(session, {each.candidate.resident_id for each in due if each.candidate.unreadable}, now)
    used = messages_used(session, {prompt.candidate.resident_id for prompt in due}, now)

    judgements = judge_in_turn([prompt.candidate for prompt in due], used, now, set_up.budget)

    judged = list(zip(due, judgements, strict=True))
    _refuse(session, [(prompt, judgement) for prompt, judgement in judged if isinstance(judgement, Refuse)], now)
    _hold(session, [(prompt, judgement) for prompt, judgement in judged if isinstance(judgement, Hold)])
    written = _written(session, [prompt for prompt, judgement in judged if isinstance(judgement, Leave)], set_up, now)
    leased = _lease(session, written, worker, now, now + set_up.lease)
    from_now = now + timedelta(seconds=time.monotonic() - monotonic_now)
    return Claim(len(ids), _in_turn(session, [pair for pair in written if pair[0].id in leased], set_up, from_now))


def _due_ids(session: Session, set_up: SendingSetUp, now: datetime, busy: Collection[str]) -> list[int]:
    due = (
        select(Prompt.id)
        .where(prompts_due(now), Prompt.state == PromptState.QUEUED, Prompt.channel.not_in(busy))
        .order_by(Prompt.next_attempt_at)
        .with_for_update(skip_locked=True)
    )
    slow = rooms(session, set_up.rates, set_up.channels.keys(), now)
    if not slow:
        return list(session.scalars(due.limit(BATCH)))
    ids = list(session.scalars(due.where(Prompt.channel.not_in(slow)).limit(BATCH)))
    for channel, room in slow.items():
        if room:
            ids += session.scalars(due.where(Prompt.channel == channel).limit(min(room, BATCH)))
    return ids


def _set_aside(session: Session, ids: Collection[int], now: datetime) -> None:
    """Messages that could not even be read: they never leave, and hold up none of the others."""
    for prompt_id in ids:
        note_prompt(session, prompt_id, state=PromptState.FAILED, next_attempt_at=None, problem=words(OUR_ERROR).dump())
    bring_forward(session, asking(session, ids), now)


def _refuse(session: Session, refused: Sequence[tuple[DuePrompt, Refuse]], now: datetime) -> None:
    """Note why prompts never leave; staff who look on are told, and the ladder goes on."""
    # What a dead worker may have handed over has perhaps arrived, and the answer that makes it needless is the sign of it.
    lost = [prompt.id for prompt, _ in refused if prompt.left_before is not None]
    note_uncertain(session, lost, now, NOT_REPEATED)
    for prompt, refusal in refused:
        if prompt.left_before is None:
            note_prompt(session, prompt.id, state=PromptState.FAILED, next_attempt_at=None, problem=refusal.reason.dump())
        announce(session, prompt.occasion.zone_id, Topic.ROLL_CALL, now)
    bring_forward(session, [prompt.check_in_id for prompt, _ in refused if prompt.candidate.asks], now)


def _hold(session: Session, held: Sequence[tuple[DuePrompt, Hold]]) -> None:
    """Keep prompts until the quiet hours end. Who got no message yet keeps the whole window for the morning."""
    mornings: dict[datetime, list[int]] = defaultdict(list)
    windows: dict[datetime, list[int]] = defaultdict(list)
    for prompt, hold in held:
        mornings[hold.until].append(prompt.id)
        if prompt.candidate.asks:
            windows[hold.until + prompt.window].append(prompt.check_in_id)
    for until, prompt_ids in mornings.items():
        changed(
            session,
            update(Prompt)
            .where(one_of(Prompt.id, prompt_ids), Prompt.state == PromptState.QUEUED)
            .values(next_attempt_at=until, attempts=0),
        )
    delivered = select(Prompt.id).where(
        Prompt.check_in_id == func.coalesce(CheckIn.lead_id, CheckIn.id),
        Prompt.delivered_at.is_not(None),
        Prompt.kind.not_in(REPLIES),
    )
    for due_at, check_in_ids in windows.items():
        changed(
            session,
            update(CheckIn)
            .where(in_groups(check_in_ids), CheckIn.state.in_(AWAITED), CheckIn.due_at < due_at, ~delivered.exists())
            .values(due_at=due_at),
        )


def _written(
    session: Session, leaving: Sequence[DuePrompt], set_up: SendingSetUp, now: datetime
) -> list[tuple[DuePrompt, Written]]:
    zones = {prompt.occasion.zone_id for prompt in leaving}
    texts_before = {prompt.occasion.text_id for prompt in leaving if prompt.occasion.written_before}
    wording = Wording(session, zones, set_up.style, {text_id for text_id in texts_before if text_id is not None})
    written, unwritten = [], []
    for prompt in leaving:
        try:
            written.append((prompt, _write(prompt, wording, set_up)))
        except Exception:
            # Whatever is wrong with what is known of one person, the others are written to.
            log.exception("message %s could not be written", prompt.id)
            unwritten.append((prompt, Refuse(words(OUR_ERROR))))
    _refuse(session, unwritten, now)
    return written


def _write(prompt: DuePrompt, wording: Wording, set_up: SendingSetUp) -> Written:
    occasion = prompt.occasion
    if occasion.kind is PromptKind.REQUEST_ANSWERED:
        # One person's own business, whoever else answers with the phone.
        link = set_up.link(prompt.check_in_id, occasion.nonce, prompt.links_withdrawn_at, shared=False) + "/data"
    else:
        link = set_up.link(prompt.check_in_id, occasion.nonce, prompt.links_withdrawn_at, shared=occasion.shared)
    return wording.write(occasion, prompt.candidate.address, prompt.reference, link)


def _lease(
    session: Session, written: Sequence[tuple[DuePrompt, Written]], worker: str, now: datetime, until: datetime
) -> set[int]:
    """Make prompts this worker's, and note whose words they leave in; returns those that were still to be had."""
    # Few words, lengths and prices differ among those that leave together.
    alike: dict[tuple[int | None, int, int], list[int]] = defaultdict(list)
    for prompt, message in written:
        alike[message.text_id, message.parts, message.cost].append(prompt.id)
    leased: set[int] = set()
    for (text_id, parts, cost), ids in alike.items():
        leased.update(
            changed_values(
                session,
                update(Prompt)
                .where(one_of(Prompt.id, ids), Prompt.state == PromptState.QUEUED)
                .values(
                    state=PromptState.LEASED,
                    leased_by=worker,
                    next_attempt_at=until,
                    handed_at=now,
                    attempts=Prompt.attempts + 1,
                    text_id=text_id,
                    parts=parts,
                    cost=cost,
                )
                .returning(Prompt.id),
            )
        )
    return leased


def _in_turn(
    session: Session, written: Sequence[tuple[DuePrompt, Written]], set_up: SendingSetUp, now: datetime
) -> dict[str, list[Outgoing]]:
    """By channel; on a slow one each has a moment of its own, behind those of other workers."""
    by_channel: dict[str, list[tuple[DuePrompt, Written]]] = defaultdict(list)
    for prompt, message in written:
        by_channel[prompt.candidate.channel].append((prompt, message))
    leaving: dict[str, list[Outgoing]] = {}
    for channel, batch in by_channel.items():
        moments: Sequence[datetime | None] = [None] * len(batch)
        if channel in set_up.rates:
            moments = reserve(session, channel, set_up.rates[channel], [message.parts for _, message in batch], now)
        leaving[channel] = [
            Outgoing(prompt.id, prompt.occasion.zone_id, prompt.attempt, message, moment, prompt.left_before)
            for (prompt, message), moment in zip(batch, moments, strict=True)
        ]
    return leaving
