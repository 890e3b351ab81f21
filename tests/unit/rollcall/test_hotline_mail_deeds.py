"""What is done with a mail to the hotline, as a table."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from monitor.models.hotline import TicketState
from rollcall.hotline.mail_deeds import About, MailDeed, Seen, deed_of
from rollcall.hotline.mail_reading import Mail

NOW = datetime(2026, 12, 1, 8, 0, tzinfo=UTC)
MAIL = Mail("<m@example.vn>", "an@example.vn", "An", "x", "x", "x", (), "", False, False, None, 0, False, "d")
MACHINE, FALSE = replace(MAIL, automatic=True), replace(MAIL, confirmed=False)
OPEN = About(7, True, TicketState.ACCEPTED)
ANSWERED = About(7, True, TicketState.ANSWERED, NOW - timedelta(hours=72))
CLOSED = About(7, True, TicketState.CLOSED, NOW - timedelta(hours=72, seconds=1))


@pytest.mark.parametrize(
    ("mail", "seen", "deed"),
    [
        (MAIL, Seen(), (MailDeed.NEW, None)),
        (MAIL, Seen(ours=True), (MailDeed.OURS, None)),
        (MACHINE, Seen(), (MailDeed.QUIET, None)),
        (MACHINE, Seen(about=OPEN), (MailDeed.NOTE, 7)),
        (MACHINE, Seen(about=CLOSED), (MailDeed.NOTE, 7)),
        (MACHINE, Seen(lately=OPEN), (MailDeed.NOTE, 7)),
        (MAIL, Seen(about=OPEN), (MailDeed.ADD, 7)),
        (MAIL, Seen(about=replace(OPEN, same_sender=False)), (MailDeed.NEW, None)),
        (MAIL, Seen(about=ANSWERED), (MailDeed.REOPEN, 7)),
        (MAIL, Seen(about=ANSWERED, thanks=True), (MailDeed.ADD, 7)),
        (MAIL, Seen(about=CLOSED), (MailDeed.NEW, None)),
        (FALSE, Seen(about=OPEN), (MailDeed.QUIET, None)),
        (FALSE, Seen(), (MailDeed.QUIET, None)),
        (replace(MAIL, sender=""), Seen(), (MailDeed.QUIET, None)),
        (MAIL, Seen(to_ourselves=True), (MailDeed.QUIET, None)),
    ],
)
def test_what_follows_a_mail(mail: Mail, seen: Seen, deed: tuple[MailDeed, int | None]) -> None:
    assert deed_of(mail, seen, NOW) == deed
