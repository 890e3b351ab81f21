"""The fields of a role and zones, as administrators fill them in."""

from __future__ import annotations

from dataclasses import dataclass

from flask import request
from sqlalchemy.orm import Session

from monitor.accounts.access import Reader
from monitor.accounts.managing import refuse_more
from monitor.models.accounts import Role
from monitor.problems import BadInput
from monitor.words import N_
from web.console.zones_of_reader import zones_of


@dataclass(frozen=True)
class AccessForm:
    """zones: None for every zone."""

    role: Role
    zones: frozenset[int] | None


def read_access(session: Session, reader: Reader) -> AccessForm:
    """What was chosen, when the reader may give it. Raises BadInput, Forbidden."""
    try:
        role = Role(request.form.get("role", ""))
    except ValueError:
        raise BadInput(N_("Choose one of the roles."), field="role") from None
    if request.form.get("every_zone") == "yes":
        refuse_more(reader, None)
        return AccessForm(role, None)
    chosen = frozenset(int(each) for each in request.form.getlist("zones") if each.isdigit() and len(each) < 10)
    refuse_more(reader, chosen)
    if not chosen <= {zone.id for zone in zones_of(session, reader)}:
        raise BadInput(N_("There is no such zone. Reload the page and choose again."), field="zones")
    return AccessForm(role, chosen)
