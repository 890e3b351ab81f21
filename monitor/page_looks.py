"""What whoever asks the residents' page from outside knows of it: since when it answers without a gap, and whether it is in doubt."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from monitor.models.service import ProcessBeat

PAGE = "page"
# A page is asked every two seconds, and has three to answer: what is older is silence.
LOOK_SECONDS, ANSWER_SECONDS = 2.0, 3.0
IN_DOUBT_AFTER = timedelta(seconds=4)
# Nobody looks any more who wrote nothing for so long.
LOOKED_WITHIN = timedelta(seconds=15)


@dataclass(frozen=True)
class Looked:
    """What was last written down. good_since: since when every look was answered; good_at: the newest answer; at: the newest look.

    out: whether an outage of the page is noted, and lasts.
    """

    good_since: datetime
    good_at: datetime
    at: datetime
    out: bool


def write_look(session: Session, looked: Looked, pid: int) -> None:
    """Keep what is known now, in the caller's write transaction."""
    row = session.get(ProcessBeat, PAGE)
    if row is None:
        row = ProcessBeat(name=PAGE, kind=PAGE, pid=pid, started_at=looked.good_since, beat_at=looked.good_at)
        session.add(row)
    row.pid, row.started_at, row.beat_at = pid, looked.good_since, looked.good_at
    row.details = {"at": looked.at.isoformat(), "out": looked.out}


def read_look(session: Session) -> Looked | None:
    """What was last written down; None where nobody ever looked."""
    row = session.get(ProcessBeat, PAGE)
    if row is None or "at" not in row.details:
        return None
    return Looked(row.started_at, row.beat_at, datetime.fromisoformat(row.details["at"]), bool(row.details.get("out")))


def answered_since(looked: Looked | None, since: datetime, now: datetime) -> bool:
    """Whether the page answered all the time from then until now, as far as somebody looked."""
    return looked is not None and looked.good_since <= since and now - looked.good_at <= LOOKED_WITHIN


def in_doubt(looked: Looked | None, now: datetime) -> bool:
    """Whether the page may be out of reach since some seconds: nobody's time to answer is ended before it is known.

    Not where nobody looks, nor once the outage is noted: then it excuses.
    """
    return looked is not None and not looked.out and now - looked.at <= LOOKED_WITHIN and now - looked.good_at > IN_DOUBT_AFTER


def page_answered_since(session: Session, since: datetime, now: datetime) -> bool:
    """`answered_since`, of what is written down."""
    return answered_since(read_look(session), since, now)
