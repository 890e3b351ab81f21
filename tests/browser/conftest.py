"""A browser for the tests of each file; one that needs a camera has a fixture of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.doubles.browsing import ARGUMENTS, WHOLE_CHROMIUM, chromium


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium without a camera."""
    with chromium() as running:
        yield running


@pytest.fixture
def whole_browser(browser: Browser) -> Iterator[Browser]:
    """Chromium with all that its shell has not."""
    started = browser.browser_type.launch(executable_path=WHOLE_CHROMIUM, args=[*ARGUMENTS])
    yield started
    started.close()
