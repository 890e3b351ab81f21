"""The commands that run, measure and keep the service; the root loads them as it loads those of the rooms."""

from __future__ import annotations

import click

from monitor.service.bench import bench_commands
from monitor.service.serve import heartbeat_command, serve_command
from monitor.service.service_command import service_commands
from monitor.service.upgrade_command import backup_command, restore_command, upgrade_command
from monitor.service.user_command import user_commands
from monitor.service.vault_command import vault_commands


def commands() -> list[click.Command]:
    """What the root command loads."""
    return [
        serve_command,
        heartbeat_command,
        service_commands,
        backup_command,
        upgrade_command,
        restore_command,
        bench_commands,
        user_commands,
        vault_commands,
    ]
