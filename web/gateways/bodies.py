"""What gateways post, as fields under our names: after the token that only the gateway knows, in bounds."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from typing import Any

from flask import request
from werkzeug.exceptions import BadRequest

from monitor.problems import BadInput
from monitor.settings import USUAL_FIELDS
from monitor.words import N_
from web.gateways.receipts import LARGEST_BATCH, LARGEST_RECEIPT, NotTheGateway
from web.shared.common import storable


def field_names(
    ours: tuple[str, ...], given: str, usual: Mapping[str, tuple[str, ...]] = USUAL_FIELDS
) -> dict[str, tuple[str, ...]]:
    """Our names of fields -> the gateway's: as set, or as it may call them."""
    theirs = dict(each.split("=", 1) for each in given.split())
    return {each: (theirs[each],) if each in theirs else usual.get(each, (each,)) for each in ours}


def body_of(token: str, names: Mapping[str, tuple[str, ...]]) -> dict[str, Any]:
    """The fields under our names, of a request about one thing. Raises NotTheGateway, BadInput."""
    return bodies_of(token, names)[0]


def bodies_of(token: str, names: Mapping[str, tuple[str, ...]]) -> list[dict[str, Any]]:
    """The fields under our names, of each thing in a request: Infobip puts several into `results`. Raises NotTheGateway, BadInput."""
    basic = request.authorization
    given = (basic.password or "") if basic and basic.type == "basic" else ""
    if not given:
        given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    # An empty setting lets nobody in: no token is not the same as any token.
    if not token or not hmac.compare_digest(given.encode("utf-8", "replace"), token.encode()):
        raise NotTheGateway(N_("The request lacks the gateway’s token."))
    # Several come as JSON; a form is one.
    request.max_content_length = LARGEST_BATCH if request.is_json else LARGEST_RECEIPT
    body: Mapping[str, Any]
    if request.is_json:
        try:
            body = request.get_json()
        except BadRequest:
            raise BadInput(N_("The request is not JSON.")) from None
        if not isinstance(body, dict):
            raise BadInput(N_("The request is not JSON."))
    else:
        body = request.form
    several = body.get("results")
    if not (isinstance(several, list) and several and all(isinstance(each, dict) for each in several)):
        several = [body]
    return [
        {ours: next((each[name] for name in theirs if name in each), None) for ours, theirs in names.items()}
        for each in several
    ]


def text_in(body: Mapping[str, Any], field: str, longest: int, *, needed: bool = True) -> str:
    """One field. Raises BadInput where it is missing and needed, or too long."""
    value = body.get(field)
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not needed and value in (None, ""):
        return ""
    value = storable(value) if isinstance(value, str) else ""
    if not 0 < len(value) <= longest:
        raise BadInput(N_("The field %(name)s is missing or too long."), field=field, name=field)
    return value
