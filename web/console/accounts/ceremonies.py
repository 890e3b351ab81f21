"""What a browser was given for its passkey, and what came back."""

from __future__ import annotations

from datetime import datetime

from flask import request, session

from monitor.accounts.passkeys import Answered, RelyingParty
from monitor.problems import BadInput, Conflict
from monitor.words import N_
from web.shared.common import now
from web.shared.parts import parts

LARGEST = 16 * 1024  # characters of a browser's answer
_CHALLENGE = "challenge"


def site() -> RelyingParty:
    """The console as passkeys know it. Raises Conflict where none can be used."""
    found = parts().site
    if found is None:
        raise Conflict(
            N_("Passkeys need HTTPS and a name instead of a number as the address. An administrator sets console_url.")
        )
    return found


def keep(challenge: str) -> None:
    """Remember what the browser is given; it can be answered once."""
    session[_CHALLENGE] = [challenge, now().isoformat()]


def answered() -> Answered:
    """What the form brought, for the challenge kept in the cookie, which is forgotten by it. Raises BadInput."""
    kept = session.pop(_CHALLENGE, None)
    credential = request.form.get("credential", "")
    if kept is None or not 0 < len(credential) <= LARGEST:
        raise BadInput(N_("The passkey answered too late, or to an older page. Reload the page and try again."))
    return Answered(credential, str(kept[0]), datetime.fromisoformat(kept[1]))
