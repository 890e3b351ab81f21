"""The running demonstration telephone: gateway, page and phones in one process, each in a thread."""

from __future__ import annotations

import socket
import threading
from pathlib import Path

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from monitor.problems import Problem
from monitor.service.parent import PortTaken
from monitor.settings import Settings
from monitor.words import N_
from rollcall.demonstration.configuration import Configuration
from rollcall.demonstration.inbox import Inbox
from rollcall.demonstration.mailbox import MailFolder, MailServer
from rollcall.demonstration.phones import Phones
from rollcall.demonstration.receipts import ReceiptSender
from rollcall.demonstration.telephone import create_telephone

# It shows everybody's links: nobody but this machine sees it.
HOST = "127.0.0.1"


class TokenMissing(Problem):
    """A gateway without a token would take messages from anybody."""


class _Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: object) -> None:
        """One line for each look of a page is too much of a log."""


class Telephone:
    """A running telephone. configuration.port 0 takes a free one; `address` says which."""

    def __init__(self, configuration: Configuration, settings: Settings, journal: Path) -> None:
        if not settings.sms_gateway_token:
            raise TokenMissing(N_("Set QUARANTINE_SMS_GATEWAY_TOKEN: the phone accepts messages only with a token."))
        listener = _listen(configuration.port)
        port = listener.getsockname()[1]
        self.address = f"http://{HOST}:{port}"
        self._inbox = Inbox(journal)
        mails = MailFolder(journal.with_name("mailbox")) if configuration.mail_port is not None else None
        self._mail = MailServer(mails, configuration.mail_port) if mails is not None and configuration.mail_port else None
        app = create_telephone(
            configuration,
            self._inbox,
            token=settings.sms_gateway_token,
            language=settings.first_language,
            timezone=str(settings.zone),
            service=settings.residents_address,
            mails=mails,
        )
        self._server: BaseWSGIServer = make_server(HOST, port, app, threaded=True, request_handler=_Quiet, fd=listener.detach())
        self._receipts = ReceiptSender(
            self._inbox,
            configuration.unreachable,
            f"{settings.residents_address}/hooks",
            settings.sms_gateway_token,
        )
        self._phones = Phones(configuration.owners, self.address)
        self._serving = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.2}, daemon=True)

    def start(self) -> Telephone:
        """Serve, tell receipts and answer, each in a thread."""
        if self._mail is not None:
            self._mail.start()
        for thread in (self._serving, self._receipts, self._phones):
            thread.start()
        return self

    def stop(self) -> None:
        """End all three; what was not told yet is told after the next start."""
        if self._mail is not None:
            self._mail.stop()
        self._phones.stop()
        self._receipts.stop()
        self._server.shutdown()
        self._server.server_close()
        self._inbox.close()


def _listen(port: int) -> socket.socket:
    """A socket of our own: Werkzeug's server ends the process when a port is taken."""
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
    except OSError:
        listener.close()
        raise PortTaken(
            N_("Another program uses port %(port)s. Stop it, or choose another port with %(variable)s."),
            port=port,
            variable="--telephone-port",
        ) from None
    listener.listen(128)
    return listener
