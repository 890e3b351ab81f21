"""The worker: sends prompts and verifies answers, the engines loaded when the first answer needs them."""

from __future__ import annotations

import logging
import os
import socket
from functools import lru_cache

import cv2
from sqlalchemy.exc import SQLAlchemyError

from monitor.clock import utc_now
from monitor.database import Database
from monitor.process import Process
from monitor.settings import Settings
from monitor.vault import Vault
from monitor.vision.faces import FaceEngine, create_engine
from rollcall.channels.setup import make_channels
from rollcall.channels.smpp import SmppGateway
from rollcall.prompts import Sender
from rollcall.verification import verify_due

log = logging.getLogger(__name__)
IDLE_SECONDS = 0.4


def run(process: Process, database: Database, vault: Vault, settings: Settings) -> None:
    """Work until the process is to stop."""
    cv2.setNumThreads(1)
    # Unlike the process's name, never the same again: a worker that starts anew does not take its dead self's lease for its own.
    worker = f"{socket.gethostname()[:30]}-{process.name}-{os.getpid()}-{os.urandom(3).hex()}"
    channels = make_channels(settings, database)
    sender = Sender(
        database,
        channels,
        secret=settings.secret("secret_key"),
        address=settings.residents_address,
        worker=worker,
        outbox=settings.data_folder / "outbox",
        budget=settings.messages_per_day,
    )

    @lru_cache
    def first() -> FaceEngine:
        return create_engine(settings.face_engine)

    @lru_cache
    def second() -> FaceEngine | None:
        return None if settings.second_face_engine == "none" else create_engine(settings.second_face_engine)

    while True:
        try:
            done = sender.send_due(utc_now())
            done += sum(each.take_in() for each in channels.values() if isinstance(each, SmppGateway))
            done += verify_due(database, vault, first, second, worker=worker, now=utc_now())
        except SQLAlchemyError:
            log.exception("the database refused; trying again")
            done = 0
        if not process.wait(0 if done else IDLE_SECONDS):
            break
    sender.stop()
    for channel in channels.values():
        channel.close()
