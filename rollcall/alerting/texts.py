"""What staff are told: kind, zone, code and link, and nothing else. It lies on lock screens and leaves the country: no name, room or symptom."""

from __future__ import annotations

from dataclasses import dataclass

from monitor.incidents.kinds import NAMES
from monitor.models.alerts import AlertWay, DeliveryAbout
from monitor.models.incidents import IncidentKind, Urgency
from monitor.words import N_, Words, translator, words
from rollcall.channels.channel import Message
from rollcall.channels.message_length import without_accents

TITLES = {
    DeliveryAbout.AGAIN: N_("Still urgent: %(kind)s"),
    DeliveryAbout.ALL_CLEAR: N_("All clear: %(kind)s"),
}
DANGER, SOON = N_("Urgent: %(kind)s"), N_("Please look: %(kind)s")
TEST_TITLE, TEST_TEXT = N_("Test alert"), N_("This is a test. Alerts will reach you this way.")
COUNTED = N_("%(kind)s (%(count)s)")
TEXT = N_("%(title)s. %(zone)s, %(code)s. %(link)s")
SPOKEN = N_("%(title)s. %(zone)s. Code %(code)s. Please open the console. Once more: %(title)s. %(zone)s. Code %(code)s.")


@dataclass(frozen=True)
class Notice:
    """What one message is about. alert_id: None for a test. incidents: how many."""

    about: DeliveryAbout
    alert_id: int | None = None
    kind: IncidentKind | None = None
    urgency: Urgency = Urgency.SOON
    zone: str = ""
    incidents: int = 1


def code_of(alert_id: int) -> str:
    """An alert's name between people who telephone."""
    return f"A{alert_id}"


def link_of(address: str, alert_id: int | None) -> str:
    """Where an alert is looked at and taken; without one, where ways are set. address: of the console."""
    return f"{address}/alerts/{alert_id}" if alert_id is not None else f"{address}/alerts/ways"


def title_of(notice: Notice) -> Words:
    """The first line, which stands alone on a lock screen."""
    if notice.kind is None or notice.alert_id is None:
        return words(TEST_TITLE)
    kind = Words(NAMES[notice.kind])
    if notice.incidents > 1:
        kind = words(COUNTED, kind=kind.dump(), count=notice.incidents)
    usual = DANGER if notice.urgency is Urgency.DANGER else SOON
    return words(TITLES.get(notice.about, usual), kind=kind.dump())


def message_of(
    notice: Notice, way: AlertWay, *, to: str, reference: str, language: str, address: str, plain: bool = False
) -> Message:
    """One message, in the words of its way. address: of the console. plain: text messages leave without accents."""
    translate = translator(language)
    title, link = title_of(notice).say(translate), link_of(address, notice.alert_id)
    if notice.alert_id is None:
        text = translate(TEST_TEXT) if way in (AlertWay.PUSH, AlertWay.VOICE) else f"{title}. {translate(TEST_TEXT)} {link}"
    else:
        code = code_of(notice.alert_id)
        values = {"title": title, "zone": notice.zone, "code": code, "link": link}
        if way is AlertWay.PUSH:
            # The link is handed over beside it.
            text = f"{notice.zone}, {code}"
        else:
            text = Words(SPOKEN if way is AlertWay.VOICE else TEXT, values).say(translate)
    if way is AlertWay.SMS and plain:
        text = without_accents(text)
    return Message(to, text, reference, title, link, language)
