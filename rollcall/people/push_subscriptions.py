"""Browsers that residents let us notify: a subscription is checked, because somebody will send to its address."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from monitor.calls_out.allowed import Allowed
from monitor.database.database import insert_new
from monitor.database.statements import changed
from monitor.models.people.addresses import ContactAddress
from monitor.models.rollcalls.channels import ChannelName
from monitor.problems import BadInput
from monitor.words import N_

LONGEST_ENDPOINT = 1000
# A person has a phone and perhaps an older one; a program that guessed a link has more.
MOST_ADDRESSES = 5
UNUSABLE = N_("The browser’s address for notifications cannot be used.")
_POINT, _SECRET = 65, 16  # bytes of a subscription's keys (RFC 8291)


class NoSubscription(BadInput):
    """What came is no subscription that may be sent to."""


def read_subscription(given: Any, allowed: Allowed) -> str:
    """A browser's subscription as it is stored. allowed: hosts of ours, which may be called without HTTPS too. Raises NoSubscription."""
    try:
        endpoint, keys = given["endpoint"], given["keys"]
        point, secret = str(keys["p256dh"]), str(keys["auth"])
        whole = len(_decoded(point)) == _POINT and len(_decoded(secret)) == _SECRET
    except (KeyError, TypeError, ValueError):
        whole = False
    if not whole or not isinstance(endpoint, str):
        raise NoSubscription(UNUSABLE, field="endpoint")
    _judge(endpoint, allowed)
    return json.dumps({"endpoint": endpoint, "keys": {"auth": secret, "p256dh": point}}, separators=(",", ":"), sort_keys=True)


def subscribe(session: Session, resident_id: int, zone_id: int, address: str, *, now: datetime) -> None:
    """Keep a subscription, once; of too many the oldest goes."""
    row: Mapping[str, Any] = {
        "resident_id": resident_id,
        "zone_id": zone_id,
        "channel": ChannelName.PUSH,
        "address": address,
        "created_at": now,
    }
    session.execute(insert_new(session, ContactAddress), [row])
    newest = (
        select(ContactAddress.id)
        .where(ContactAddress.resident_id == resident_id, ContactAddress.channel == ChannelName.PUSH)
        .order_by(ContactAddress.id.desc())
        .limit(MOST_ADDRESSES)
    )
    changed(
        session,
        delete(ContactAddress).where(
            ContactAddress.resident_id == resident_id,
            ContactAddress.channel == ChannelName.PUSH,
            ContactAddress.id.not_in(list(session.scalars(newest))),
        ),
    )


def _judge(endpoint: str, allowed: Allowed) -> None:
    """Push services have names; an address in figures would be somebody's way into our own network. Raises NoSubscription."""
    if len(endpoint) > LONGEST_ENDPOINT or not endpoint.isascii() or not endpoint.isprintable() or " " in endpoint:
        raise NoSubscription(UNUSABLE, field="endpoint")
    try:
        parts = urlsplit(endpoint)
        host = parts.hostname or ""
        _ = parts.port
    except ValueError:
        raise NoSubscription(UNUSABLE, field="endpoint") from None
    if not host or parts.username is not None or parts.password is not None or parts.fragment:
        raise NoSubscription(UNUSABLE, field="endpoint")
    if allowed.names(host):
        if parts.scheme not in ("http", "https"):
            raise NoSubscription(UNUSABLE, field="endpoint")
        return
    if parts.scheme != "https":
        raise NoSubscription(N_("The browser’s address for notifications must begin with https://."), field="endpoint")
    if "." not in host or not re.search(r"[a-z]", host.rstrip(".").rpartition(".")[2], re.IGNORECASE):
        raise NoSubscription(
            N_("The browser’s address for notifications lies in a network that this service may not call."), field="endpoint"
        )


def _decoded(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
