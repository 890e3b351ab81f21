"""The key of each thing that an incident can be about: while one waits unresolved under it there is no other, and what ends it names it.

They are stored, and an older version's incidents wait under them: none may change.
"""

from __future__ import annotations

from monitor.models.incidents import IncidentKind

# The incidents that ask staff to reach somebody who did not answer, step by step.
ASKED_AFTER = (IncidentKind.MISSED, IncidentKind.MISSED_REPEATEDLY, IncidentKind.UNREACHED)


def not_answered_before(kind: IncidentKind) -> str:
    """What the cause of one of `ASKED_AFTER` begins with; the resident's number follows."""
    return f"{kind}-resident-"


def asked_after(resident_id: int) -> list[str]:
    """Staff are asked after somebody who did not answer, of whichever kind; an answer that counts ends them all."""
    return [f"{not_answered_before(kind)}{resident_id}" for kind in ASKED_AFTER]


def face_doubtful(resident_id: int) -> str:
    """Staff are to look at a face."""
    return f"face-resident-{resident_id}"


def place_doubtful(resident_id: int) -> str:
    """Staff are to look at where a phone says it is."""
    return f"place-resident-{resident_id}"


def doubts(resident_id: int) -> list[str]:
    """Staff are to decide on an answer; the decision ends them all."""
    return [face_doubtful(resident_id), place_doubtful(resident_id), text_unclear(resident_id)]


def not_there(resident_id: int) -> str:
    """Staff went and did not find them."""
    return f"not-there-resident-{resident_id}"


def unwell(resident_id: int) -> str:
    """They feel ill, or ask for help without saying what for, however they said so."""
    return f"unwell-resident-{resident_id}"


def wish(resident_id: int) -> str:
    """They ask for food, medicine or something else that they need."""
    return f"wish-resident-{resident_id}"


def late_answer(check_in_id: int) -> str:
    """An answer came after its time."""
    return f"late-answer-{check_in_id}"


def contested(check_in_id: int) -> str:
    """They say that a verdict is not right."""
    return f"contest-check-in-{check_in_id}"


def text_unclear(resident_id: int) -> str:
    """A person must read what they wrote."""
    return f"text-resident-{resident_id}"


def texts_stopped(resident_id: int) -> str:
    """They want no more texts."""
    return f"texts-stopped-resident-{resident_id}"


def guardian_needed(resident_id: int) -> str:
    """Nobody answers for them any more."""
    return f"guardian-resident-{resident_id}"


def request_overdue(request_id: int) -> str:
    """What they asked about their data has no answer in time."""
    return f"data-request-{request_id}-overdue"


def change_failed(planned_id: int, zone_id: int | None = None) -> str:
    """What was set for a later time could not be done then. zone_id: of a zone that waits for the person."""
    return f"planned-change-{planned_id}-failed" + (f"-zone-{zone_id}" if zone_id else "")


def test_positive(test_id: int) -> str:
    """A laboratory test came back positive: somebody speaks with the person, and decides what follows."""
    return f"test-{test_id}-positive"


def room_empty(room_id: int, resident_id: int) -> str:
    """They were seen leaving, and the camera shows the room without them."""
    return f"room-{room_id}-empty-{resident_id}"


def not_seen(room_id: int, resident_id: int) -> str:
    """The camera has shown nobody in the room for long, and nobody saw them leave."""
    return f"room-{room_id}-not-seen-{resident_id}"


def too_many_people(room_id: int) -> str:
    """More are in the room than are assigned to it."""
    return f"room-{room_id}-people"


def camera_trouble(camera_id: int, kind: IncidentKind) -> str:
    """The camera does not do what it should: `camera-3-offline`, `camera-3-covered`."""
    return f"camera-{camera_id}-{kind.removeprefix('camera_')}"


def area_alarm(camera_id: int, kind: IncidentKind, area: str) -> str:
    """Somebody is in a closed area, or went out at an exit. area: its name."""
    return f"camera-{camera_id}-{kind}-{area}"


def site_silent(zone_id: int) -> str:
    """Most cameras of a site fell silent at once."""
    return f"site-{zone_id}-silent"


def nobody_on_duty(zone_id: int) -> str:
    """Nobody is on duty for a zone in which people are in quarantine."""
    return f"zone-{zone_id}-nobody-on-duty"


def telling_stalled(zone_id: int) -> str:
    """Somebody may be in danger, and nobody of staff was told of it."""
    return f"zone-{zone_id}-telling-stalled"


def at_control_point(resident_id: int) -> str:
    """Somebody under an order was scanned at a control point."""
    return f"control-point-resident-{resident_id}"


def hotline_stalled(zone_id: int) -> str:
    """Tickets of a zone are due, and the alarm of the hotline did not run."""
    return f"zone-{zone_id}-hotline-stalled"


def report_unsent(document_id: int) -> str:
    """A report did not leave by mail, or nobody knows whether it did."""
    return f"report-document-{document_id}-unsent"


DECLARED = "declaration-"


def declared(declaration_id: int) -> str:
    """Somebody of the public declared a contact or a symptom."""
    return f"{DECLARED}{declaration_id}"


def declaration_of(cause: str) -> int | None:
    """The declaration that such a cause names; None for another cause."""
    number = cause.removeprefix(DECLARED)
    return int(number) if cause.startswith(DECLARED) and number.isdecimal() else None


DECLARED_WAITING = "declared-waiting-"


def declared_waiting(zone_id: int) -> str:
    """Signs of danger that were declared while very many declared: one for the whole list of a zone."""
    return f"{DECLARED_WAITING}{zone_id}"


UNREADABLE = "unreadable-"


def unreadable(what: str, row_id: int) -> str:
    """Something of ours is damaged. what: `resident.phone` for example."""
    return f"{UNREADABLE}{what}-{row_id}"
