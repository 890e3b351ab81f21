"""One channel's claimed messages on their way, in a thread of their own, so that no channel waits for another."""

from __future__ import annotations

import logging
import threading
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from monitor.changes import Topic, announce
from monitor.clock import utc_now
from monitor.database.database import Database
from monitor.database.many_rows import one_of
from monitor.database.statements import changed
from monitor.models.people.addresses import ContactAddress
from monitor.models.rollcalls.channels import ChannelName
from monitor.models.rollcalls.prompts import Prompt, PromptState
from monitor.models.service import OutagePart
from monitor.outages import note_end, note_outage
from rollcall.channels.at_once import failed_here
from rollcall.channels.channel import Channel, ChannelProblem, Outcome, Sent, Uncertain, as_kept
from rollcall.prompts.claiming import Outgoing
from rollcall.prompts.handing_over import HandingOver
from rollcall.prompts.journal import Journal
from rollcall.prompts.outcomes import HandedOver, held_by, note_prompt, note_sent, note_uncertain
from rollcall.prompts.pace import hold_back
from rollcall.prompts.tries import GiveUp, LeaveAlone, TryAgain, after_problem, pause_when_unreachable
from rollcall.rounds.ladder_steps import asking, bring_forward

log = logging.getLogger(__name__)

# Their messages go to servers of many. When all of a batch are handed over the next one may begin, whoever is still to answer.
MANY_SERVERS = frozenset({ChannelName.PUSH, ChannelName.APPRISE})
NOTED_AT_ONCE, NOTED_WITHIN = 400, timedelta(seconds=1)


@dataclass(frozen=True)
class _Noted:
    """What came of a message, and when."""

    outgoing: Outgoing
    outcome: Outcome
    at: datetime


class Departure:
    """Hands a batch over and notes what came of it while it goes. error: why it ended before its end, once it is done."""

    def __init__(
        self,
        database: Database,
        channel: Channel,
        worker: str,
        journal: Journal,
        lease: timedelta,
        batch: Sequence[Outgoing],
    ) -> None:
        """worker: the name that the batch's leases are known by."""
        self._database = database
        self._channel = channel
        self._worker = worker
        self._journal = journal
        self._batch = batch
        self._handing = HandingOver(database, self._journal, worker, lease, batch)
        self._noted: list[_Noted] = []
        self._told: set[str] = set()
        self._unreachable: ChannelProblem | None = None
        self._took = False
        self.error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name=f"sending {channel.name}", daemon=True)
        self._thread.start()

    @property
    def done(self) -> bool:
        """Whether all came back, and is noted."""
        return not self._thread.is_alive()

    @property
    def all_handed_over(self) -> bool:
        """Whether it only waits for answers."""
        return self._handing.exhausted

    def wait(self, seconds: float | None) -> None:
        """Until it is done, or for so long."""
        self._thread.join(seconds)

    def stop(self) -> None:
        """Hand over no more of it."""
        self._handing.stop()

    def _run(self) -> None:
        try:
            self._hand_over()
        except BaseException as error:
            self.error = error

    def _hand_over(self) -> None:
        while True:
            try:
                self._send()
            except SQLAlchemyError:
                raise
            except ChannelProblem as problem:
                log.warning("%s", problem)
                self._unreachable = problem
            except Exception:
                # A channel promises not to; where it does all the same, the rest of the batch is not to wait for its lease's end.
                log.exception("channel %s failed", self._channel.name)
                if self._give_up_unanswered():
                    continue
                self._unreachable = failed_here()
            finally:
                self._note()
            break
        self._put_back()

    def _send(self) -> None:
        for message, outcome in self._channel.send(iter(self._handing)):
            self._take(self._handing.handed[message.reference], outcome)
            if isinstance(outcome, ChannelProblem) and outcome.wait:
                # The rest of the batch waits too.
                self._handing.held_back = self._unreachable = outcome
            if len(self._noted) >= NOTED_AT_ONCE or self._noted[-1].at - self._noted[0].at >= NOTED_WITHIN:
                self._note()

    def _take(self, outgoing: Outgoing, outcome: Outcome) -> None:
        if isinstance(outcome, Sent):
            outcome = Sent(as_kept(outcome.gateway_reference))
            self._journal.answered(outgoing.prompt_id, outcome.gateway_reference)
        self._told.add(outgoing.written.message.reference)
        self._noted.append(_Noted(outgoing, outcome, utc_now()))

    def _give_up_unanswered(self) -> int:
        """What a channel had taken when it failed; returns how many that were. Where a gateway knows a reference again, none is uncertain."""
        unanswered = [one for reference, one in self._handing.handed.items() if reference not in self._told]
        for each in unanswered:
            self._take(each, failed_here() if self._channel.idempotent else Uncertain())
        return len(unanswered)

    def _put_back(self) -> None:
        """What was never handed over waits again: the gateway's fault, or a stop, is no attempt of the message."""
        left_behind: dict[datetime | None, list[int]] = defaultdict(list)
        for one in self._batch:
            if one.written.message.reference not in self._handing.handed:
                left_behind[one.left_before].append(one.prompt_id)
        if not left_behind:
            return
        values: dict[str, object] = {"next_attempt_at": utc_now()}
        if self._unreachable is not None:
            values["next_attempt_at"] = utc_now() + pause_when_unreachable(self._unreachable)
            values["problem"] = self._unreachable.words.dump()
        with self._database.write() as session:
            if self._unreachable is not None and not self._took and self._channel.name not in MANY_SERVERS:
                self._note_refusal(session, utc_now(), utc_now())
            for left_before, prompt_ids in left_behind.items():
                changed(
                    session,
                    update(Prompt)
                    .where(one_of(Prompt.id, prompt_ids), held_by(self._worker))
                    .values(state=PromptState.QUEUED, attempts=Prompt.attempts - 1, handed_at=left_before, **values),
                )

    def _note(self) -> None:
        """Write what came of messages: first the problems of single ones, then what many have in common."""
        noted, self._noted = self._noted, []
        if not noted:
            return
        sent, uncertain, failed = [], [], []
        with self._database.write() as session:
            for one in noted:
                outcome = one.outcome
                if isinstance(outcome, Sent):
                    sent.append(HandedOver(one.outgoing.prompt_id, outcome.gateway_reference, one.at))
                elif isinstance(outcome, Uncertain):
                    uncertain.append(one.outgoing.prompt_id)
                elif self._note_problem(session, one.outgoing, outcome, one.at):
                    failed.append(one.outgoing.prompt_id)
            bring_forward(session, asking(session, failed), utc_now())
            note_sent(session, sent, self._worker)
            note_uncertain(session, uncertain, utc_now())
            self._note_gateway(session, noted)

    def _note_gateway(self, session: Session, noted: Sequence[_Noted]) -> None:
        """Whether the gateway takes messages at all: while it refuses, nobody misses anything. One that took one works."""
        taken = [one.at for one in noted if isinstance(one.outcome, Sent)]
        refused = [one.at for one in noted if isinstance(one.outcome, ChannelProblem) and not one.outcome.permanent]
        if taken:
            self._took = True
            note_end(session, OutagePart.GATEWAY, subject=self._channel.name, now=max(taken))
        elif refused and self._channel.name not in MANY_SERVERS:
            self._note_refusal(session, min(refused), max(refused))

    def _note_refusal(self, session: Session, since: datetime, now: datetime) -> None:
        # It is asked again only where there is a message: it refuses until it takes one.
        note_outage(
            session,
            OutagePart.GATEWAY,
            started_at=since,
            now=now,
            cause="refused",
            subject=self._channel.name,
            looked_at_always=False,
        )

    def _note_problem(self, session: Session, outgoing: Outgoing, problem: ChannelProblem, at: datetime) -> bool:
        """Write what follows a problem of one message; returns whether it is given up."""
        following = after_problem(problem, outgoing.attempt, at)
        values: dict[str, object] = {"problem": problem.words.dump()}
        if not problem.left:
            values["handed_at"] = outgoing.left_before
        if isinstance(following, LeaveAlone):
            hold_back(session, self._channel.name, following.until)
            values |= {"state": PromptState.QUEUED, "attempts": Prompt.attempts - 1, "next_attempt_at": following.until}
        elif isinstance(following, TryAgain):
            values |= {"state": PromptState.QUEUED, "next_attempt_at": following.at}
        else:
            # Of one that may have left at some attempt nobody can say that it did not.
            lost = problem.left or outgoing.left_before is not None
            values |= {"state": PromptState.UNCERTAIN if lost else PromptState.FAILED, "next_attempt_at": None}
            if following.address_gone:
                session.execute(delete(ContactAddress).where(ContactAddress.address == outgoing.written.message.to))
        note_prompt(session, outgoing.prompt_id, worker=self._worker, **values)
        announce(session, outgoing.zone_id, Topic.ROLL_CALL, at)
        return isinstance(following, GiveUp)
