"""`quarantine vault`: another master key."""

from __future__ import annotations

import sys

import click

from monitor.service.context import Context
from monitor.service.language import Group
from monitor.words import N_


@click.group("vault", cls=Group, help=N_("Keys to people’s pictures and data."))
def vault_commands() -> None: ...


@vault_commands.command("rotate", help=N_("Change the master key; run again if interrupted."))
@click.pass_obj
def rotate_command(context: Context) -> None:
    from monitor.vault.master_keys import KeptKeys, master_keys
    from monitor.vault.rotation import rotate

    keys = master_keys(context.settings)
    rotated = rotate(context.vault(), keys)
    context.say(N_("%(count)s keys were re-encrypted with the new master key."), count=rotated.wrapped)
    if rotated.lost:
        context.say(
            N_("%(count)s keys cannot be opened with any master key known to us; they stay as they were."), count=rotated.lost
        )
        sys.exit(1)
    if not isinstance(keys, KeptKeys):
        context.say(N_("The previous master key is no longer needed: remove master_key_before from the settings."))
