"""The worker: sends prompts and verifies answers, by jobs on PostgreSQL; the engines are loaded when the first answer needs them."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from functools import lru_cache

import cv2
from sqlalchemy.exc import SQLAlchemyError

from monitor.clock import utc_now
from monitor.database.database import Database
from monitor.database.job_tables import have_jobs
from monitor.letters.letters import make_letters
from monitor.service.process import Process
from monitor.settings import Settings
from monitor.vault.vault import Vault
from monitor.vision.faces.engines import FaceEngine, create_engine, model_of
from monitor.words import translator
from rollcall.alerting.sending import AlertSender, AlertSetUp
from rollcall.channels.smpp import SmppGateway
from rollcall.confirming.sending import CodeSender
from rollcall.faces.enrolment import judge_enrolments
from rollcall.faces.new_neighbours import compare_due
from rollcall.faces.renewal import begin_to_use, is_due, renew
from rollcall.faces.verification import verify_due
from rollcall.hotline.sending import HotlineSender
from rollcall.hotline.watching import STALLED, TITLE, AlarmWatch
from rollcall.imports import ImportWork
from rollcall.prompts.left_behind import free_claims_of_the_dead, worker_name
from rollcall.prompts.sending import Sender
from rollcall.prompts.sending_set_up import SendingSetUp
from rollcall.reporting.mailing import ReportMailer, mail_set_up
from rollcall.reporting.makers import makers_of
from rollcall.texts.style import style_of
from rollcall.work.channel_set_up import alert_channels, code_channel, hotline_channels, make_channels, rates

log = logging.getLogger(__name__)
IDLE_SECONDS = 0.4
LOOK_FOR_DEAD_SECONDS = 2.0
# Then a worker turns to what else it has to do, while slow channels go on by themselves.
SEND_PATIENCE_SECONDS = 2.0
TELLING_ENDS_WITHIN = 3.0


class Work:
    """The parts of a worker's work, each done when something is due for it."""

    def __init__(
        self, name: str, database: Database, vault: Vault, settings: Settings, worked: Callable[[], None] = lambda: None
    ) -> None:
        """worked: called between two pieces of work that each may take seconds."""
        self._worked = worked
        self._looked_for_dead_at = 0.0
        self._worker = worker_name(name)
        self._database = database
        self._vault = vault
        self._residents_address = settings.residents_address
        self._channels = make_channels(settings, database)
        # What sends and what takes in use the channels one after the other.
        self._using_channels = threading.Lock()
        self._sender = Sender(
            database,
            self._worker,
            SendingSetUp(
                channels=self._channels,
                secret=settings.secret("secret_key"),
                address=settings.residents_address,
                outbox=settings.data_folder / "outbox",
                budget=settings.messages_per_day,
                style=style_of(settings),
                rates=rates(settings),
            ),
        )

        @lru_cache
        def first() -> FaceEngine:
            return create_engine(settings.face_engine)

        @lru_cache
        def second() -> FaceEngine | None:
            return None if settings.second_face_engine == "none" else create_engine(settings.second_face_engine)

        self._first, self._second = first, second
        self._imports = ImportWork(database, vault, self._worker)
        names = [settings.face_engine, settings.second_face_engine]
        self._models = [model_of(name) for name in names if name != "none"]
        begin_to_use(database, self._models, utc_now())
        # Templates can only be lacking from the moment on in which somebody begins to use their model.
        self._renewed = False

    def send(self) -> int:
        """Send the prompts that are due, and take in what gateways said meanwhile; returns how many were claimed."""
        with self._using_channels:
            claimed = self._sender.send_due(utc_now(), SEND_PATIENCE_SECONDS)
            if claimed:
                self._take_in()
            return claimed

    def take_in(self) -> int:
        """Take in the receipts and texts that gateways sent by themselves; returns how many."""
        self.free_claims_of_the_dead()
        with self._using_channels:
            return self._take_in()

    def _take_in(self) -> int:
        # One that is still sending takes in meanwhile by itself.
        at_rest = [each for name, each in self._channels.items() if name not in self._sender.busy()]
        return sum(each.take_in() for each in at_rest if isinstance(each, SmppGateway))

    def verify(self) -> int:
        """Judge the answers that wait; returns how many."""
        return verify_due(
            self._database,
            self._vault,
            self._first,
            self._second,
            worker=self._worker,
            now=utc_now(),
            between=self._worked,
        )

    def enrol(self) -> int:
        """Look at the photos that are offered for enrolment; returns how many."""
        return judge_enrolments(self._database, self._vault, self._first, self._second, worker=self._worker, now=utc_now())

    def take_in_people(self) -> int:
        """Do a piece of the files of people that wait; returns whether there was any."""
        return self._imports.step(utc_now())

    def renew(self) -> int:
        """Make some of the templates that the models lack; returns how many photos were done with."""
        if self._renewed:
            return 0
        done = 0
        for (engine, model), load in zip(self._models, (self._first, self._second), strict=False):
            if is_due(self._database, engine, model):
                loaded = load()
                done += renew(self._database, self._vault, self._first(), loaded, now=utc_now()) if loaded is not None else 0
        self._renewed = not done and not have_jobs(self._database.engine)
        return done

    def free_claims_of_the_dead(self) -> None:
        """Look every few seconds whether a worker of this machine died; what it had claimed waits no longer than that."""
        if time.monotonic() - self._looked_for_dead_at >= LOOK_FOR_DEAD_SECONDS:
            self._looked_for_dead_at = time.monotonic()
            free_claims_of_the_dead(self._database, utc_now())

    def compare(self) -> int:
        """Compare the faces of people who moved with those of whom they live with now; returns how many people."""
        return compare_due(self._database, self._vault, self._first, now=utc_now())

    def write_letters(self) -> int:
        """Make some of the letters that were asked for; returns how many."""
        return make_letters(self._database, self._vault, self._residents_address, utc_now())

    def stop(self) -> None:
        """Give back what was claimed, and hang up."""
        self._sender.stop()
        for channel in self._channels.values():
            channel.close()


def run(process: Process, database: Database, vault: Vault, settings: Settings) -> None:
    """Work until the process is to stop."""
    cv2.setNumThreads(1)
    work = Work(process.name, database, vault, settings, process.worked)
    waited_for = [
        _start_telling(process, database, settings),
        _start_watching_the_hotline(process, database, settings),
        *_start_sending_codes(process, database, settings),
        *_start_hotline(process, database, settings),
        _start_mailing_reports(process, database, vault, settings),
    ]
    if have_jobs(database.engine):
        from rollcall.work.job_worker import run_jobs

        run_jobs(process, database, work)
    else:
        _look_again_and_again(process, work)
    work.stop()
    process.stopping.set()
    for each in waited_for:
        each.join(TELLING_ENDS_WITHIN)


def _start_telling(process: Process, database: Database, settings: Settings) -> threading.Thread:
    """Alerts to staff leave by a thread and channels of their own: neither photos to be judged nor a slow gateway hold them up."""
    worker = worker_name(process.name)
    channels = alert_channels(settings, database)
    sender = AlertSender(database, worker, AlertSetUp(channels, settings.console_address, settings.sms_without_accents))
    telling = threading.Thread(target=sender.run, args=(process.stopping,), name="alerts", daemon=True)
    telling.start()
    return telling


def _start_watching_the_hotline(process: Process, database: Database, settings: Settings) -> threading.Thread:
    """Whether the alarms of the hotline run, which the scheduler lets run: so another process looks."""

    def tell() -> None:
        if settings.staff_alert_urls:
            # Loaded here: most services have no such address.
            from rollcall.channels.apprise_addresses import tell_staff

            say = translator(settings.first_language)
            tell_staff(settings.staff_alert_urls, say(TITLE), STALLED.say(say))

    watching = threading.Thread(target=AlarmWatch(database, tell).run, args=(process.stopping,), name="hotline", daemon=True)
    watching.start()
    return watching


def _start_sending_codes(process: Process, database: Database, settings: Settings) -> list[threading.Thread]:
    """Codes that confirm telephone numbers: somebody at the gate waits for each, so no round of messages is to stand before them."""
    channel = code_channel(settings, database)
    if channel is None:
        return []
    sender = CodeSender(database, worker_name(process.name), channel, settings.secret("secret_key"), style_of(settings))
    sending = threading.Thread(target=sender.run, args=(process.stopping,), name="codes", daemon=True)
    sending.start()
    return [sending]


def _start_hotline(process: Process, database: Database, settings: Settings) -> list[threading.Thread]:
    """What the hotline says to callers and units."""
    channels = hotline_channels(settings, database)
    sender = HotlineSender(database, worker_name(process.name), channels, plain=settings.sms_without_accents)
    sending = threading.Thread(target=sender.run, args=(process.stopping,), name="hotline", daemon=True)
    sending.start()
    return [sending]


def _start_mailing_reports(process: Process, database: Database, vault: Vault, settings: Settings) -> threading.Thread:
    """Reports are made and mailed by a thread of their own: they have an hour, and a mail server may be slow."""
    mailer = ReportMailer(database, vault, worker_name(process.name), makers_of(settings), mail_set_up(settings))
    mailing = threading.Thread(target=mailer.run, args=(process.stopping,), name="reports", daemon=True)
    mailing.start()
    return mailing


def _done(part: Callable[[], int]) -> int:
    """What one part of the work got done. Whatever it fails at, the other parts go on, and it is tried again."""
    try:
        return part()
    except SQLAlchemyError:
        log.exception("the database refused; trying again")
    except Exception:
        log.exception("a part of the work failed; trying again")
    return 0


def _look_again_and_again(process: Process, work: Work) -> None:
    while True:
        done = sum(_done(each) for each in (work.send, work.take_in, work.verify, work.enrol, work.take_in_people))
        # Only while nobody waits: who is like whom, and a change of model, are no hurry.
        done = done or _done(work.write_letters) or _done(work.compare) or _done(work.renew)
        process.worked()
        if not process.wait(0 if done else IDLE_SECONDS):
            return
