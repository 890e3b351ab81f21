"""The worker: sends prompts and verifies answers, by jobs on PostgreSQL; the engines are loaded when the first answer needs them."""

from __future__ import annotations

import logging
import os
import socket
import threading
from functools import lru_cache

import cv2
from sqlalchemy.exc import SQLAlchemyError

from monitor.clock import utc_now
from monitor.database import Database
from monitor.process import Process
from monitor.settings import Settings
from monitor.vault import Vault
from monitor.vision.faces import FaceEngine, create_engine, model_of
from rollcall.channels.setup import make_channels, rates
from rollcall.channels.smpp import SmppGateway
from rollcall.enrolment import judge_enrolments
from rollcall.prices import prices_of
from rollcall.prompts import Sender
from rollcall.renewal import begin_to_use, is_due, renew
from rollcall.short_texts import ShortWording
from rollcall.verification import verify_due

log = logging.getLogger(__name__)
IDLE_SECONDS = 0.4


class Work:
    """The parts of a worker's work, each done when something is due for it."""

    def __init__(self, name: str, database: Database, vault: Vault, settings: Settings) -> None:
        # Unlike the process's name, never the same again: a worker that starts anew does not take its dead self's lease for its own.
        self._worker = f"{socket.gethostname()[:30]}-{name}-{os.getpid()}-{os.urandom(3).hex()}"
        self._database = database
        self._vault = vault
        self._channels = make_channels(settings, database)
        # A channel is one thread's at a time.
        self._using_channels = threading.Lock()
        self._sender = Sender(
            database,
            self._channels,
            secret=settings.secret("secret_key"),
            address=settings.residents_address,
            worker=self._worker,
            outbox=settings.data_folder / "outbox",
            budget=settings.messages_per_day,
            rates=rates(settings),
            prices=prices_of(settings),
            plain=settings.sms_without_accents,
            wording=ShortWording(settings.sms_answer_number, keys=settings.voice_keys),
        )

        @lru_cache
        def first() -> FaceEngine:
            return create_engine(settings.face_engine)

        @lru_cache
        def second() -> FaceEngine | None:
            return None if settings.second_face_engine == "none" else create_engine(settings.second_face_engine)

        self._first, self._second = first, second
        names = [settings.face_engine, settings.second_face_engine]
        self._models = [model_of(name) for name in names if name != "none"]
        begin_to_use(database, self._models, utc_now())
        # Templates can only be lacking from the moment on in which somebody begins to use their model.
        self._renewed = False

    def send(self) -> int:
        """Send the prompts that are due, and take in what gateways said meanwhile; returns how many were claimed."""
        with self._using_channels:
            claimed = self._sender.send_due(utc_now())
            if claimed:
                self._take_in()
            return claimed

    def take_in(self) -> int:
        """Take in the receipts and texts that gateways sent by themselves; returns how many."""
        with self._using_channels:
            return self._take_in()

    def _take_in(self) -> int:
        return sum(each.take_in() for each in self._channels.values() if isinstance(each, SmppGateway))

    def verify(self) -> int:
        """Judge the answers that wait; returns how many."""
        return verify_due(self._database, self._vault, self._first, self._second, worker=self._worker, now=utc_now())

    def enrol(self) -> int:
        """Look at the photos that are offered for enrolment; returns how many."""
        return judge_enrolments(self._database, self._vault, self._first, self._second, worker=self._worker, now=utc_now())

    def renew(self) -> int:
        """Make some of the templates that the models lack; returns how many photos were done with."""
        if self._renewed:
            return 0
        done = 0
        for (engine, model), load in zip(self._models, (self._first, self._second), strict=False):
            if is_due(self._database, engine, model):
                loaded = load()
                done += renew(self._database, self._vault, self._first(), loaded, now=utc_now()) if loaded is not None else 0
        self._renewed = self._database.is_sqlite and not done
        return done

    def stop(self) -> None:
        """Give back what was claimed, and hang up."""
        self._sender.stop()
        for channel in self._channels.values():
            channel.close()


def run(process: Process, database: Database, vault: Vault, settings: Settings) -> None:
    """Work until the process is to stop."""
    cv2.setNumThreads(1)
    work = Work(process.name, database, vault, settings)
    if database.is_sqlite:
        _look_again_and_again(process, work)
    else:
        from rollcall.job_worker import run_jobs

        run_jobs(process, database, work)
    work.stop()


def _look_again_and_again(process: Process, work: Work) -> None:
    while True:
        try:
            done = work.send() + work.take_in() + work.verify() + work.enrol()
            # Only while nobody waits: a change of model is no hurry.
            done = done or work.renew()
        except SQLAlchemyError:
            log.exception("the database refused; trying again")
            done = 0
        if not process.wait(0 if done else IDLE_SECONDS):
            return
