"""Who has a telephone in the demonstration and what it does, read from one JSON file."""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from monitor.problems import Problem
from monitor.words import N_


class ConfigurationUnusable(Problem):
    """The telephone's file cannot be read or says what cannot be."""


class Behaviour(StrEnum):
    """What a telephone does with a roll-call."""

    ANSWERS = "answers"
    SOMEBODY_ELSE = "somebody-else"
    UNWELL = "unwell"
    BY_TEXT = "by-text"
    IGNORES = "ignores"
    BY_HAND = "by-hand"
    ON_DUTY = "on-duty"


@dataclass(frozen=True)
class Owner:
    """A resident with a telephone, or somebody of staff on duty. photo: a file with their face; answer_photo: the one they send.

    leaves_out: each so-many-th roll-call has no answer; 0: none.
    """

    name: str
    number: str
    behaviour: Behaviour
    delay_seconds: float
    photo: Path | None
    answer_photo: Path | None
    leaves_out: int = 0

    @property
    def picture(self) -> Path | None:
        """What is sent, by the telephone itself or by a visitor."""
        return self.answer_photo or self.photo


@dataclass(frozen=True)
class Configuration:
    """unreachable: numbers that are switched off. mail_port: where mail is taken; None: there is no mailbox. report_minutes: how long a
    day of reports lasts.
    """

    port: int
    unreachable: frozenset[str]
    owners: tuple[Owner, ...]
    mail_port: int | None = None
    report_minutes: float = 0.0

    def owner(self, number: str) -> Owner | None:
        """Whose number it is."""
        return next((each for each in self.owners if each.number == number), None)


def read_configuration(path: Path) -> Configuration:
    """The configuration in a file. Raises ConfigurationUnusable."""
    try:
        stored = json.loads(path.read_text())
        return Configuration(
            port=int(stored["port"]),
            unreachable=frozenset(map(str, stored.get("unreachable", ()))),
            owners=tuple(map(_owner, stored["people"])),
            mail_port=int(stored["mail_port"]) if stored.get("mail_port") else None,
            report_minutes=float(stored.get("report_minutes") or 0),
        )
    except OSError as error:
        raise ConfigurationUnusable(
            N_("The file %(path)s cannot be read: %(why)s."), path=str(path), why=error.strerror
        ) from None
    except KeyError as error:
        raise ConfigurationUnusable(N_("The file %(path)s lacks %(what)s."), path=str(path), what=str(error)) from None
    except (ValueError, TypeError, AttributeError) as error:
        raise ConfigurationUnusable(N_("The file %(path)s cannot be used: %(why)s."), path=str(path), why=str(error)) from None


def _owner(stored: dict[str, Any]) -> Owner:
    photo, answer = stored.get("photo"), stored.get("answer_photo")
    return Owner(
        name=str(stored["name"]),
        number=str(stored["number"]),
        behaviour=Behaviour(stored["behaviour"]),
        delay_seconds=float(stored.get("delay_seconds") or 0),
        photo=Path(photo) if photo else None,
        answer_photo=Path(answer) if answer else None,
        leaves_out=int(stored.get("leaves_out") or 0),
    )
