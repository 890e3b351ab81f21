"""Browsers that residents let us notify: a subscription is checked, because somebody will send to its address."""

from __future__ import annotations

import base64
import ipaddress
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from monitor.database import insert_new
from monitor.models import ContactAddress
from monitor.problems import BadInput
from monitor.words import N_

PUSH = "push"
LONGEST_ENDPOINT = 1000
# A person has a phone and perhaps an older one; a program that guessed a link has more.
MOST_ADDRESSES = 5
_POINT, _SECRET = 65, 16  # bytes of a subscription's keys (RFC 8291)


class NoSubscription(BadInput):
    """What came is no subscription that may be sent to."""


def read_subscription(given: Any, *, loopback: bool) -> str:
    """A browser's subscription as it is stored. loopback: plain HTTP to this machine is fine. Raises NoSubscription."""
    try:
        endpoint, keys = given["endpoint"], given["keys"]
        point, secret = str(keys["p256dh"]), str(keys["auth"])
        whole = len(_decoded(point)) == _POINT and len(_decoded(secret)) == _SECRET
    except (KeyError, TypeError, ValueError):
        whole = False
    if not whole or not isinstance(endpoint, str) or not _may_be_sent_to(endpoint, loopback=loopback):
        raise NoSubscription(N_("The browser's address for notifications cannot be used."), field="endpoint")
    return json.dumps({"endpoint": endpoint, "keys": {"auth": secret, "p256dh": point}}, separators=(",", ":"), sort_keys=True)


def subscribe(session: Session, resident_id: int, zone_id: int, address: str, *, now: datetime) -> None:
    """Keep a subscription, once; of too many the oldest goes."""
    row: Mapping[str, Any] = {
        "resident_id": resident_id,
        "zone_id": zone_id,
        "channel": PUSH,
        "address": address,
        "created_at": now,
    }
    session.execute(insert_new(session, ContactAddress), [row])
    newest = (
        select(ContactAddress.id)
        .where(ContactAddress.resident_id == resident_id, ContactAddress.channel == PUSH)
        .order_by(ContactAddress.id.desc())
        .limit(MOST_ADDRESSES)
    )
    session.execute(
        delete(ContactAddress)
        .where(
            ContactAddress.resident_id == resident_id,
            ContactAddress.channel == PUSH,
            ContactAddress.id.not_in(list(session.scalars(newest))),
        )
        .execution_options(synchronize_session=False)
    )


def is_loopback(host: str | None) -> bool:
    """Whether a host name or address is this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return False


def _may_be_sent_to(endpoint: str, *, loopback: bool) -> bool:
    """Push services have names; an address in figures would be somebody's way into our own network."""
    if len(endpoint) > LONGEST_ENDPOINT or not endpoint.isascii() or not endpoint.isprintable():
        return False
    try:
        parts = urlsplit(endpoint)
        host = parts.hostname
        _ = parts.port
    except ValueError:
        return False
    if parts.username is not None or parts.password is not None or parts.fragment:
        return False
    if is_loopback(host):
        return loopback and parts.scheme in ("http", "https")
    return parts.scheme == "https" and host is not None and "." in host and not host.rsplit(".", 1)[1].isdigit()


def _decoded(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
