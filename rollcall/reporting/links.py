"""A reporter's link made and sent to them by text or mail; of it nothing is kept but a digest, and the text of the message until it has left."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from datetime import datetime

from sqlalchemy.orm import Session

from monitor.hotline.messages import send
from monitor.models.hotline import MessageAbout
from monitor.models.reporters import Reporter
from monitor.problems import Conflict
from monitor.reports.collected.reporters import new_link
from monitor.stated import hotline
from monitor.words import N_, translator
from rollcall.people.text_stops import stopped_among
from rollcall.reporting.reminding import route_to

LINK = N_(
    "%(number)s: your page for the numbers of each day is %(address)s. Keep it: it is your key. Earlier links are no longer good."
)


def send_link(session: Session, reporter: Reporter, before: str, available: Collection[str], now: datetime) -> str:
    """Make a new link and queue its message, in the caller's write transaction; returns the link. before: of the address, up to the link.

    Raises Conflict where there is no way to write to them.
    """
    stopped = bool(reporter.contact_phone) and bool(stopped_among(session, {reporter.contact_phone}))
    route = route_to(reporter.contact_phone, reporter.contact_email, available, stopped=stopped)
    if route is None:
        raise Conflict(
            N_("There is no number that takes texts and no e-mail address that could be used. Print the link instead.")
        )
    link = new_link(session, reporter, now)
    said = translator(reporter.language)(LINK) % {"number": hotline(), "address": f"{before}{link}"}
    key = f"reporter-link-{reporter.id}-{secrets.token_hex(8)}"
    send(session, key, None, MessageAbout.REPORTER_LINK, route, said, reporter.language, now)
    return link
