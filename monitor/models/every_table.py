"""All tables together: whoever opens the database needs each of them known, since they refer to one another by name."""

from __future__ import annotations

from monitor.models import (
    accounts,
    alerts,
    control_points,
    declarations,
    floor_plans,
    incidents,
    legal,
    places,
    reports,
    service,
    triage,
    units,
)
from monitor.models.base import Base
from monitor.models.cameras import cameras, requests
from monitor.models.people import (
    addresses,
    faces,
    gate,
    guardians,
    imports,
    laboratory,
    letters,
    measurements,
    merged,
    moves,
    residents,
    retention,
    rights,
    sunset,
)
from monitor.models.rollcalls import answers, gateways, inbound, messages, plans, prompts, quiet, rounds

MODULES = (
    accounts,
    addresses,
    alerts,
    answers,
    cameras,
    control_points,
    declarations,
    faces,
    floor_plans,
    gate,
    gateways,
    guardians,
    imports,
    inbound,
    incidents,
    legal,
    letters,
    laboratory,
    measurements,
    merged,
    messages,
    moves,
    places,
    plans,
    prompts,
    quiet,
    reports,
    requests,
    residents,
    retention,
    rights,
    rounds,
    service,
    sunset,
    triage,
    units,
)
METADATA = Base.metadata
