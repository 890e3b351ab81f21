"""How each state looks and is called; the tables stand in `web/shared/label_tables/`, by subject."""

from __future__ import annotations

from enum import StrEnum

from monitor.challenge import Move
from monitor.models.rollcalls.channels import ChannelName
from monitor.models.rollcalls.prompts import PromptKind
from monitor.words import N_, Words
from web.shared.label_tables import (
    accounts,
    cameras,
    contacts,
    hotline,
    incidents,
    orders,
    people,
    public,
    report_mail,
    reporters,
    reports,
    rollcalls,
)
from web.shared.label_tables.look import Label, Looks
from web.shared.label_tables.trail import ACTIONS, COUNTED, DETAILS

LABELS: Looks = {
    **people.LABELS,
    **orders.LABELS,
    **rollcalls.LABELS,
    **cameras.LABELS,
    **incidents.LABELS,
    **hotline.LABELS,
    **contacts.LABELS,
    **public.LABELS,
    **reporters.LABELS,
    **reports.LABELS,
    **accounts.LABELS,
    **report_mail.LABELS,
}

# The steps of a ladder as plans store them.
KIND_WORDS = {str(kind): entry.words for kind, entry in LABELS[PromptKind].items()}

MOVES = {
    Move.LEFT: N_("to the left"),
    Move.RIGHT: N_("to the right"),
    Move.UP: N_("up"),
    Move.NEARER: N_("nearer"),
}

_CHANNELS: dict[str, str] = {
    ChannelName.SMS: N_("Text message"),
    ChannelName.ZNS: N_("Zalo notification"),
    ChannelName.ZALO: N_("Zalo message"),
    ChannelName.PUSH: N_("Notification on a phone or computer"),
    ChannelName.EMAIL: N_("E-mail"),
    ChannelName.VOICE: N_("Call"),
    ChannelName.APPRISE: N_("Another service"),
}


def detail(name: str) -> Words:
    """What a detail of an audit entry is called."""
    return Words(DETAILS.get(name, name))


def channel_words(name: str) -> Words:
    """What people call a channel, by its name in plans and settings."""
    return Words(_CHANNELS.get(name, name))


def label(state: StrEnum) -> Label:
    """The look of a state, by its kind: "offline" of a camera is another than that of an observation."""
    return LABELS[type(state)][state]


def counted(name: str) -> Words:
    """What a count of a purge or a certificate is called."""
    return Words(COUNTED.get(name, name))


def action(name: str) -> Words:
    """What an audit action is called."""
    return Words(ACTIONS.get(name, name))
