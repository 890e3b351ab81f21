"""Schedules to begin with, for the usual kinds of quarantine: each is a draft that can be saved as it is, and changed before."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from monitor.models.rollcalls.channels import ChannelName
from monitor.models.rollcalls.plans import EvidenceLevel, PlanKind
from monitor.words import N_, Translate
from rollcall.plans.typed_plan import CHANNELS, Draft

# A channel that everybody has comes first; the voice call is a step of its own.
_FIRST: Sequence[ChannelName] = tuple(each for each in CHANNELS if each is not ChannelName.VOICE)


@dataclass(frozen=True)
class PlanTemplate:
    """key: as addresses carry it. name, says: sentences of the catalogue."""

    key: str
    name: str
    says: str
    draft: Draft


TEMPLATES = (
    PlanTemplate(
        "camp",
        N_("Quarantine facility: three fixed times"),
        N_("At 8:00, 13:00 and 18:00 everyone is asked for a photo, unless a camera saw them in their room."),
        Draft("", PlanKind.TIMES, times=("08:00", "13:00", "18:00")),
    ),
    PlanTemplate(
        "home",
        N_("Home quarantine: random times within three spans"),
        N_("Once each morning, afternoon and evening, at a moment that is unknown beforehand, with photo and location."),
        Draft(
            "",
            PlanKind.RANDOM,
            spans=(("08:00", "11:00"), ("13:30", "16:30"), ("18:00", "20:30")),
            evidence=EvidenceLevel.FACE_AND_LIVENESS,
            face_enough=True,
            place_asked=True,
            camera_excuses=False,
        ),
    ),
    PlanTemplate(
        "ward",
        N_("Hospital ward: twice a day, without photos"),
        N_("At 8:00 and 16:00 everyone is asked how they are; nobody who is ill in bed needs to take a photo."),
        Draft("", PlanKind.TIMES, times=("08:00", "16:00"), evidence=EvidenceLevel.ACKNOWLEDGED),
    ),
)


def template_of(key: str) -> PlanTemplate | None:
    """The template of a key; None for none."""
    return next((each for each in TEMPLATES if each.key == key), None)


def draft_from(template: PlanTemplate, available: Collection[str], translate: Translate) -> Draft:
    """A draft named in a language, over the first channel that is set up; over text messages where none is."""
    channel = next((each for each in _FIRST if each in available), ChannelName.SMS)
    return replace(template.draft, name=translate(template.name), channels=((channel, 3.0),))
