"""The clock of the service: what is ticked how often; every tick is safe to run twice, on one leader for many machines."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from monitor import changes
from monitor.alerts.escalation import Rules
from monitor.clock import utc_now
from monitor.contacts.bluezone.matching import match_waiting
from monitor.control_points.settling import settle
from monitor.control_points.workers import count_lists
from monitor.damage.looking import DamageWatch
from monitor.database.database import Database
from monitor.database.job_tables import have_jobs
from monitor.database.leader import Leader
from monitor.database.tallies import fold
from monitor.hotline.calls import take_missed
from monitor.incidents.incidents import escalate_overdue
from monitor.models.rollcalls.channels import ChannelName
from monitor.models.service import ClockJump, OutagePart, ProcessBeat
from monitor.page_looks import in_doubt, read_look
from monitor.personal_data.purge import Purge
from monitor.presence.camera_accuracy import record_truth
from monitor.presence.keeper import PresenceKeeper
from monitor.service.lookout import UP, Address, Lookout
from monitor.service.process import PARENT_VARIABLE, Process
from monitor.settings import Settings
from monitor.timekeeping.confirming import deletion_doubt, note_gap
from monitor.vault.vault import Vault
from monitor.words import N_, Words, translator
from rollcall.alerting.notes import forget_notes
from rollcall.alerting.raising import tick_alerts
from rollcall.alerting.watching import watch_duty, watch_telling
from rollcall.channels.names import channel_names
from rollcall.confirming.crowded import tell_crowded
from rollcall.followup.proposals import expire_due
from rollcall.followup.second_looks import draw
from rollcall.followup.taking_back import forget_changes
from rollcall.followup.unjudged import ask_about_unjudged
from rollcall.hotline.alarms import DeskRules, tick_hotline
from rollcall.hotline.mail_intake import mail_intake
from rollcall.inbound import keeping
from rollcall.inbound.matters import kind_of
from rollcall.orders.many_undo import forget_done
from rollcall.orders.planned import run_planned
from rollcall.prompts.kept_rules import keep_records
from rollcall.prompts.receipts import forget_parked, take_crossed
from rollcall.reporting.counting import count_figures
from rollcall.reporting.daily import tick_reports
from rollcall.reporting.documents import begin_documents
from rollcall.reporting.mail_alarms import tell_unsent
from rollcall.reporting.mailing import sending_of
from rollcall.reporting.reminding import Ways, tick_collecting
from rollcall.rights.data_requests import open_overdue
from rollcall.rights.deletion_notice import announce_deletions
from rollcall.rounds.closing import close_due
from rollcall.rounds.ladder_steps import climb_due
from rollcall.rounds.opening import OUTAGE_AFTER, TICK, open_due_rounds, record_outage
from rollcall.work.clock_tick import tick_clock
from rollcall.work.ticking import Ticker

log = logging.getLogger(__name__)
STANDBY_SECONDS = 3.0
SILENT = N_("%(count)s urgent incidents were told to nobody. Please open %(address)s now, and check the service.")
JUMPED = N_(
    "The clock of %(host)s jumped. The service goes on by the time before, and nothing is deleted until someone confirms which time is"
    " right. Please open %(address)s."
)


def tick_rounds(database: Database, now: datetime, available: Collection[str] | None = None) -> None:
    """One second's work on rounds. A tick that fails is told in the log and keeps no other from its turn.

    available: the channels that are set up; None for all.
    """
    # The outage first, and nothing without it: a round that closes in this very tick is excused by it.
    record_outage(database, now)
    ticks = (
        partial(open_due_rounds, available=available),
        partial(climb_due, available=available),
        # Before windows are closed: an arrival that is known counts.
        partial(take_crossed),
        partial(_close_where_known),
    )
    for tick in ticks:
        try:
            tick(database, now)
        except Exception:
            log.exception("the tick %s failed and is repeated", tick.func.__name__)


def _close_where_known(database: Database, now: datetime) -> int:
    """Close what is due, unless the residents' page may be out of reach since some seconds: then it is known in some more."""
    with database.read() as session:
        if in_doubt(read_look(session), now):
            return 0
    return close_due(database, now)


def take_over(database: Database, leader: Leader, now: datetime) -> bool:
    """Where somebody leads and has not ticked for long, end its lead; returns whether it was ended. The next tick may be ours."""
    try:
        if database.is_sqlite or leader.leads():
            return False
        with database.read() as session:
            ticked_at = session.scalar(select(ProcessBeat.beat_at).where(ProcessBeat.name == TICK))
        if ticked_at is None or now - ticked_at <= OUTAGE_AFTER / 2:
            return False
        log.warning("whoever leads has not ticked since %s; ending its lead", ticked_at)
        return leader.depose()
    except SQLAlchemyError:
        log.exception("the lead could not be looked at")
        return False


def _ticks_of_jobs(database: Database) -> list[tuple[Callable[[], None], float]]:
    # Loaded here: on SQLite there are no jobs.
    from rollcall.work.job_keeper import forget_failed, retry_stalled, sweep

    def sweep_jobs() -> None:
        sweep(database, utc_now())

    def stalled_jobs() -> None:
        retry_stalled(database)

    def failed_jobs() -> None:
        if may_delete(database):
            forget_failed(database)

    return [(sweep_jobs, 2), (stalled_jobs, 5), (failed_jobs, 3600)]


def rules_of(settings: Settings) -> Rules:
    """When alerts go on to the next person, as the settings say."""
    return Rules(
        wait=timedelta(seconds=settings.alert_wait_seconds),
        soon=timedelta(minutes=settings.alert_soon_minutes),
        group=timedelta(minutes=settings.alert_group_minutes),
    )


def _tell_of_silence(settings: Settings, count: int) -> None:
    """Tell the operator's addresses, past the queue of alerts, that urgent ones reach nobody."""
    _tell_operator(settings, Words(SILENT, {"count": count, "address": settings.console_address}))


def _tell_of_jump(settings: Settings, jump: ClockJump) -> None:
    _tell_operator(settings, Words(JUMPED, {"host": jump.host, "address": settings.console_address}))


def _tell_operator(settings: Settings, sentence: Words) -> None:
    """In a thread: no service of others holds up the clock."""
    if not settings.staff_alert_urls.split():
        return
    say = translator(settings.first_language)
    text = sentence.say(say)

    def tell() -> None:
        # Loaded here: most services have no such address.
        from rollcall.channels.apprise_addresses import tell_staff

        tell_staff(settings.staff_alert_urls, say(N_("Quarantine watch")), text)

    threading.Thread(target=tell, name="operator", daemon=True).start()


def may_delete(database: Database) -> bool:
    """Whether it is as late as it seems, so that what was kept for its time may be deleted; a gap is put to a person."""
    now = utc_now()
    with database.read() as session:
        doubt = deletion_doubt(session, now)
    if doubt is None:
        return True
    log.warning("nothing is deleted: %s", doubt.say(translator("en")))
    with database.write() as session:
        note_gap(session, now)
    return False


def run(process: Process, database: Database, vault: Vault, settings: Settings) -> None:
    """Tick until the process is to stop."""
    leader = Leader(database)
    present_for = timedelta(minutes=settings.present_for_minutes)
    # Without any channel messages wait and say so; with some, steps over others are left out.
    available = channel_names(settings) or None
    keeper = PresenceKeeper(database, present_for=present_for)
    cleaner = Purge(database, vault, settings)
    watch = DamageWatch(database, vault)

    def rounds() -> None:
        tick_rounds(database, utc_now(), available)

    def presence() -> None:
        keeper.refresh(utc_now())

    def truth() -> None:
        record_truth(database, utc_now(), present_for=present_for)

    def overdue() -> None:
        open_overdue(database, utc_now())
        expire_due(database, utc_now())
        escalate_overdue(database, utc_now())

    def unjudged() -> None:
        ask_about_unjudged(database, utc_now())
        draw(database, utc_now())

    def standby() -> None:
        take_over(database, leader, utc_now())

    rules = rules_of(settings)

    def alerts() -> None:
        tick_alerts(database, utc_now(), rules, settings.zone)

    desk = DeskRules(settings.zone, settings.holidays)

    def hotline() -> None:
        tick_hotline(database, utc_now(), desk)

    def duty() -> None:
        watch_duty(database, utc_now())

    def telling() -> None:
        watch_telling(database, utc_now(), partial(_tell_of_silence, settings))

    def texts() -> None:
        # Whoever took a text reads it at once; this is for those whose process died in between.
        keeping.take_waiting(database, utc_now(), settings.sms_answer_number)

    intake = mail_intake(database, settings, kind_of)

    def missed_calls() -> None:
        take_missed(database, utc_now())

    def mail() -> None:
        if intake is not None:
            intake.look(utc_now())

    def clock() -> None:
        tick_clock(database, tell=partial(_tell_of_jump, settings))

    def damage() -> None:
        watch.look(utc_now())

    def figures() -> None:
        count_figures(database, utc_now())

    reporters = Ways(settings.zone, channel_names(settings))

    def collecting() -> None:
        tick_collecting(database, utc_now(), reporters)

    def reports() -> None:
        tick_reports(database, utc_now(), settings.zone)

    sending = sending_of(settings)

    def mails() -> None:
        begin_documents(database, utc_now(), sending)
        tell_unsent(database, utc_now(), settings.zone)

    def stays() -> None:
        settle(database, utc_now(), settings.zone)

    def crowded() -> None:
        tell_crowded(database, utc_now(), texts_set_up=ChannelName.SMS in channel_names(settings))

    def contact_logs() -> None:
        match_waiting(database, vault, utc_now())

    def lists() -> None:
        count_lists(database, utc_now())

    def planned() -> None:
        run_planned(database, utc_now())

    def purge() -> None:
        if may_delete(database):
            cleaner.run(utc_now())
            announce_deletions(database, settings, utc_now())

    def records() -> None:
        keep_records(database, utc_now())

    def sums() -> None:
        with database.write() as session:
            fold(session)

    def tidy() -> None:
        with database.write() as session:
            # What lives for minutes, and is about nobody.
            changes.forget(session, utc_now())
            forget_notes(session, utc_now())
            forget_changes(session, utc_now())
            forget_done(session, utc_now())
        if may_delete(database):
            keeping.tidy(database, utc_now())
            with database.write() as session:
                forget_parked(session, utc_now())

    def led(tick: Callable[[], None]) -> Callable[[], None]:
        def run_led() -> None:
            try:
                if leader.leads():
                    tick()
            except SQLAlchemyError:
                log.exception("a tick met the database's refusal and is repeated")
            finally:
                if tick is rounds:
                    process.worked()

        return run_led

    ticker = Ticker()
    ticks: list[tuple[Callable[[], None], float]] = [
        (clock, 1),
        (rounds, 1),
        (alerts, 1),
        (hotline, 1),
        (telling, 15),
        (duty, 60),
        (presence, 3),
        (truth, 30),
        (overdue, 30),
        (unjudged, 300),
        (damage, 60),
        (figures, 60),
        (collecting, 10),
        (reports, 2),
        (mails, 2),
        (planned, 5),
        (stays, 2),
        (crowded, 15),
        (contact_logs, 30),
        (lists, 900),
        (texts, 2),
        (missed_calls, 5),
        (mail, 10),
        (records, 900),
        (tidy, 60),
        (purge, 3600),
    ]
    if not database.is_sqlite:
        ticks.append((sums, 2))
    if have_jobs(database.engine):
        ticks += _ticks_of_jobs(database)
    for tick, seconds in ticks:
        ticker.start(led(tick), seconds, tick.__name__)
    ticker.start(standby, STANDBY_SECONDS, "standby")
    over = threading.Event()
    if PARENT_VARIABLE not in os.environ:
        # No parent looks at the pages and the other processes: on several machines whoever leads does.
        address = Address(OutagePart.PAGE, settings.residents_address + UP)
        Lookout(database, [address], settings.data_folder, active=leader.leads, beats=True).start(over)
    while process.wait(3600):
        pass
    over.set()
    ticker.stop()
    if intake is not None:
        intake.close()
