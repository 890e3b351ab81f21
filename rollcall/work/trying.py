"""One test message over one channel, outside any schedule: by command, and from the console within a bounded time."""

from __future__ import annotations

import logging
import secrets
import threading
from datetime import datetime, timedelta

from sqlalchemy import update
from sqlalchemy.orm import Session

from monitor.database.database import Database, insert_new
from monitor.database.statements import changed, inserted
from monitor.models.rollcalls.channels import ChannelName
from monitor.models.service import ChannelTry
from monitor.people.telephone_numbers import read_number
from monitor.problems import Conflict, Problem
from monitor.settings import Settings
from monitor.words import N_, translator
from rollcall.channels.addresses import read_address
from rollcall.channels.channel import ChannelProblem, Message, Outcome, Sent
from rollcall.plans.ladder import BY_TELEPHONE
from rollcall.texts.built_in import TEST
from rollcall.work.channel_set_up import make_channels

log = logging.getLogger(__name__)
# A page waits no longer; each way bounds its calls by itself and ends in the background.
SECONDS = 20.0
PAUSE = timedelta(seconds=20)
# Whoever has such an address types it; a browser is added by its own button, where staff say how they are alerted.
TYPED = tuple(each for each in ChannelName if each is not ChannelName.PUSH)
UNCERTAIN = N_("We do not know whether it was sent: the gateway did not answer.")


def try_channel(settings: Settings, database: Database, name: str, address: str, text: str = "") -> Outcome:
    """Hand one message over, and wait for what comes of it. text: empty for the usual one. Raises SettingsProblem."""
    message = Message(address, text or translator(settings.first_language)(TEST), secrets.token_hex(16), "Test")
    made = make_channels(settings, database)
    try:
        ((_, outcome),) = made[ChannelName(name)].send(iter([message]))
    except ChannelProblem as problem:
        return problem
    finally:
        for each in made.values():
            each.close()
    return outcome


def try_within(settings: Settings, database: Database, name: str, address: str) -> Problem | None:
    """The same within a bounded time; what went wrong, None where the gateway accepted it."""
    found: list[Problem | None] = []

    def run() -> None:
        try:
            outcome: object = try_channel(settings, database, name, address)
        except Problem as problem:
            outcome = problem
        except Exception:
            log.exception("a test over %s failed", name)
            outcome = None
        if isinstance(outcome, Sent):
            found.append(None)
        else:
            found.append(outcome if isinstance(outcome, Problem) else ChannelProblem(UNCERTAIN, permanent=False))

    trying = threading.Thread(target=run, name="trying", daemon=True)
    trying.start()
    trying.join(SECONDS)
    return found[0] if found else ChannelProblem(UNCERTAIN, permanent=False)


def read_own(settings: Settings, name: ChannelName, typed: str) -> str:
    """One's own number or address on a channel, as it is sent to. Raises BadInput."""
    if name in BY_TELEPHONE:
        return read_number(typed, field="address")
    return read_address(name, typed, settings.apprise_schemes.split(), settings.allowed)


def begin_try(session: Session, name: ChannelName, now: datetime) -> None:
    """Note that a test begins, in the caller's write transaction. Raises Conflict where one began a moment ago."""
    rested = (ChannelTry.channel == name.value, ChannelTry.tried_at <= now - PAUSE)
    if changed(session, update(ChannelTry).where(*rested).values(tried_at=now)):
        return
    # The first of this channel, unless somebody else was quicker.
    if not inserted(session, insert_new(session, ChannelTry).values(channel=name.value, tried_at=now)):
        raise Conflict(N_("A test was sent a moment ago. Please wait a little before the next one."))


def end_try(session: Session, name: ChannelName, problem: Problem | None, now: datetime) -> None:
    """Note what came of it."""
    values = {"worked_at": now, "problem": None} if problem is None else {"problem": problem.words.dump()}
    changed(session, update(ChannelTry).where(ChannelTry.channel == name.value).values(**values))
