"""Commands that this room adds to `quarantine`."""

from __future__ import annotations

import click


def commands() -> list[click.Command]:
    """What the root command loads."""
    return []
