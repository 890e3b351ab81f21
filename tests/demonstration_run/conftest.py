"""Who looks at the demonstration from its first moment on."""

from __future__ import annotations

import pytest

from tests.demonstration_run.newcomer import Newcomer
from tests.processes.demonstration import Demonstration


@pytest.fixture(scope="session", autouse=True)
def newcomer(demonstration: Demonstration) -> Newcomer:
    """Begins with the demonstration, and looks while other tests go on."""
    looking = Newcomer(demonstration)
    looking.start()
    return looking
