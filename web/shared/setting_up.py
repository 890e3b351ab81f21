"""How far setting up is, for whichever page leads on with it."""

from __future__ import annotations

from sqlalchemy.orm import Session

from monitor.setting_up.progress import states_of
from monitor.setting_up.steps import Progress, StepState
from monitor.vault.master_keys import master_keys
from rollcall.channels.names import channel_names
from web.shared.parts import parts


def master_key() -> bytes:
    """The master key that is in use."""
    return master_keys(parts().settings).current()


def steps_of(session: Session) -> list[StepState]:
    """Each step of setting up and how far it is."""
    settings = parts().settings
    return states_of(session, settings, channel_names(settings), master_key(), needing=parts().needing)


def steps_left(session: Session) -> int:
    """How many steps were neither done nor skipped."""
    return sum(each.progress is Progress.TO_DO for each in steps_of(session))
