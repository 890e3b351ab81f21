"""What systemd is told of our processes: a unit for each kind, and one target that means all of them. Pure: values in, files' text out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

KINDS = ("web", "schedule", "work", "watch", "heartbeat")
"""The kinds of process, as their commands are called."""
TARGET = "quarantine.target"
# Far above what each takes, and far below what would take others down with it. `systemctl edit` changes it for a machine.
MEMORY: Mapping[str, str] = {"web": "1G", "schedule": "512M", "work": "3G", "watch": "3G", "heartbeat": "256M"}
# Where systemd's protection of homes would hide a data folder.
_HOMES = ("/home/", "/root/", "/run/user/")


@dataclass(frozen=True)
class Machine:
    """What is to run on one machine.

    counts: how many of each kind; a kind that is not named does not run here. first: the number of the first process of each kind; two
    machines give theirs different ones. secrets: name of a secret setting -> the file that holds it.
    """

    program: Path
    user: str
    data: Path
    counts: Mapping[str, int]
    settings: Path | None = None
    secrets: Mapping[str, Path] = field(default_factory=dict)
    first: int = 1


def units_of(machine: Machine) -> dict[str, str]:
    """The files for /etc/systemd/system: name -> text."""
    kinds = [kind for kind in KINDS if machine.counts.get(kind)]
    services = {f"quarantine-{kind}@.service": _service(machine, kind) for kind in kinds}
    return {**services, TARGET: _target(instances_of(machine))}


def instances_of(machine: Machine) -> list[str]:
    """The services that run: quarantine-work@1.service."""
    return [
        f"quarantine-{kind}@{machine.first + number}.service" for kind in KINDS for number in range(machine.counts.get(kind, 0))
    ]


def _target(instances: Sequence[str]) -> str:
    wants = "\n".join(f"Wants={each}" for each in instances)
    return f"""# Written by `quarantine service install`, which writes it anew.
[Unit]
Description=Quarantine: everything that runs on this machine
{wants}

[Install]
WantedBy=multi-user.target
"""


def _service(machine: Machine, kind: str) -> str:
    environment = {"PYTHONUNBUFFERED": "1", "MALLOC_ARENA_MAX": "2", "QUARANTINE_DATA_FOLDER": str(machine.data)}
    if machine.settings is not None:
        environment["QUARANTINE_SETTINGS"] = str(machine.settings)
    # %d is where systemd puts what it read as root: readable by this service alone, and by nobody who lists its environment.
    environment |= {f"QUARANTINE_{name.upper()}_FILE": f"%d/{name}" for name in machine.secrets}
    told = "\n".join(f'Environment="{name}={_escaped(value)}"' for name, value in environment.items())
    credentials = "".join(f"LoadCredential={name}:{_escaped(str(path))}\n" for name, path in machine.secrets.items())
    homes = "read-only" if f"{machine.data}/".startswith(_HOMES) or f"{machine.program}/".startswith(_HOMES) else "yes"
    return f"""# Written by `quarantine service install`, which writes it anew; what is to be otherwise on this machine: `systemctl edit`.
[Unit]
Description=Quarantine: {kind} %i
PartOf={TARGET}
Wants=network-online.target
After=network-online.target postgresql.service
# Goes on trying: a database that comes back after an hour is found again.
StartLimitIntervalSec=0

[Service]
Type=exec
User={machine.user}
Group={machine.user}
ExecStart={_escaped(str(machine.program))} {kind} --number %i
{told}
{credentials}Restart=always
RestartSec=2
KillMode=mixed
TimeoutStopSec=20
MemoryMax={MEMORY[kind]}
TasksMax=512
UMask=0077

# May write its data and nothing else, gain no rights, and see no other process, device or home.
ReadWritePaths={_escaped(str(machine.data))}
ProtectSystem=strict
ProtectHome={homes}
PrivateTmp=yes
PrivateDevices=yes
ProtectProc=invisible
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
NoNewPrivileges=yes
CapabilityBoundingSet=
AmbientCapabilities=
LockPersonality=yes
RemoveIPC=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged
SystemCallErrorNumber=EPERM
"""


def _escaped(value: str) -> str:
    """As unit files want what could be one of their signs."""
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("%d/", "\0").replace("%", "%%").replace("\0", "%d/")
