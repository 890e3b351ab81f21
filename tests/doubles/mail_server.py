"""A real mail server of one's own: Debian's Dovecot with one mailbox, on loopback, with a certificate of its own."""

from __future__ import annotations

import grp
import imaplib
import os
import pwd
import shutil
import signal
import ssl
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

from rollcall.hotline.mailbox import quoted
from tests.doubles.ports import free_port
from tests.processes.proxies import make_certificate, program

USER, PASSWORD = "1022@1022.example.vn", "a-password"
_STARTS_WITHIN_S = 20.0
_SETTINGS = """
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
protocols = imap
listen = 127.0.0.1
ssl = yes
ssl_cert = <{folder}/certificate.pem
ssl_key = <{folder}/key.pem
disable_plaintext_auth = no
mail_location = maildir:{folder}/mail
first_valid_uid = 1
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={user} gid={group} home={folder}/home
}}
auth_failure_delay = 0
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {plain}
  }}
  inet_listener imaps {{
    port = {port}
    ssl = yes
  }}
}}
"""


class MailServer:
    """Mail is put into it over IMAP, as a mail server would deliver it at some time."""

    def __init__(self, dovecot: str, folder: Path, user: str) -> None:
        self.folder, self._dovecot, self._user = folder, dovecot, user
        self.port, self.plain = free_port(), free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self.certificate = make_certificate(folder, "localhost")
        values = {"folder": folder, "user": user, "group": _group_of(user), "port": self.port, "plain": self.plain}
        (folder / "dovecot.conf").write_text(_SETTINGS.format(**values, password=PASSWORD))
        for each in (folder, *folder.iterdir()):
            shutil.chown(each, user)

    @property
    def context(self) -> ssl.SSLContext:
        """Believes this server's certificate."""
        return ssl.create_default_context(cafile=str(self.certificate.file))

    def start(self) -> None:
        """Serve, and return when it does."""
        as_user = {"user": self._user, "group": _group_of(self._user), "extra_groups": []} if os.getuid() == 0 else {}
        self._process = subprocess.Popen(
            [self._dovecot, "-F", "-c", str(self.folder / "dovecot.conf")],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            **as_user,
        )
        ends = time.monotonic() + _STARTS_WITHIN_S
        while True:
            with suppress(OSError, imaplib.IMAP4.error):
                self._session().logout()
                return
            assert time.monotonic() < ends, (self.folder / "log").read_text() if (self.folder / "log").exists() else "no log"
            time.sleep(0.05)

    def stop(self) -> None:
        """As where its machine is switched off."""
        if self._process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGTERM)
            self._process.wait(10)
            self._process = None

    def deliver(self, mail: bytes, at: datetime, folder: str = "INBOX") -> None:
        """A mail that the server took at this time."""
        session = self._session()
        if folder != "INBOX":
            session.create(quoted(folder))
        kind, said = session.append(quoted(folder), "", at, mail)
        assert kind == "OK", said
        session.logout()

    def flags(self, folder: str = "INBOX") -> list[bytes]:
        """The flags of all mails."""
        session = self._session()
        session.select(quoted(folder), readonly=True)
        _, data = session.fetch("1:*", "(FLAGS)")
        session.logout()
        return [each for each in data if isinstance(each, bytes)]

    def number_anew(self) -> None:
        """Forget the numbers of mails: what a server does that was restored from a copy."""
        self.stop()
        for each in (self.folder / "mail").rglob("dovecot*"):
            # This one says which UIDVALIDITY comes next.
            if not each.name.startswith("dovecot-uidvalidity"):
                each.unlink()
        self.start()

    def _session(self) -> imaplib.IMAP4:
        session = imaplib.IMAP4("127.0.0.1", self.plain, timeout=20)
        session.login(USER, PASSWORD)
        return session


@contextmanager
def mail_server() -> Iterator[MailServer]:
    """One that runs; the test is left out where Dovecot is not installed."""
    dovecot = program("dovecot")
    folder = Path(tempfile.mkdtemp(prefix="quarantine-mail-"))
    server = MailServer(dovecot, folder, "nobody" if os.getuid() == 0 else pwd.getpwuid(os.getuid()).pw_name)
    try:
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _group_of(user: str) -> str:
    return grp.getgrgid(pwd.getpwnam(user).pw_gid).gr_name
