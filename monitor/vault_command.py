"""`quarantine vault`: another master key."""

from __future__ import annotations

import sys

import click

from monitor.cli import Context
from monitor.words import N_


@click.group("vault")
def vault_commands() -> None:
    """Keys of people's pictures and data."""


@vault_commands.command("rotate")
@click.pass_obj
def rotate_command(context: Context) -> None:
    """Change the master key; run it again if it was interrupted."""
    from monitor.master_keys import KeptKeys, master_keys
    from monitor.rotation import rotate

    keys = master_keys(context.settings)
    rotated = rotate(context.vault(), keys)
    context.say(N_("%(count)s keys were wrapped with the new master key."), count=rotated.wrapped)
    if rotated.lost:
        context.say(
            N_("%(count)s keys cannot be opened by any master key we know; the one before is kept."), count=rotated.lost
        )
        sys.exit(1)
    if not isinstance(keys, KeptKeys):
        context.say(N_("Nothing needs the master key before any more: take master_key_before out of the settings."))
