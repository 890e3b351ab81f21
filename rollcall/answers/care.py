"""Puts what somebody says to staff, at once: illness as a case of care with its urgency, food, medicine and money as tickets of the hotline."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sqlalchemy import select
from sqlalchemy.orm import Session

from monitor.database.together import read
from monitor.hotline.tickets import Contact, add_words, take_in
from monitor.incidents import causes
from monitor.incidents.incidents import open_incident
from monitor.incidents.triage import HELP as HELP_SIGN
from monitor.incidents.triage import UNWELL, Heard, Told
from monitor.models.hotline import HotlineTicket, TicketChannel, TicketKind, TicketState
from monitor.models.incidents import Incident, IncidentKind, IncidentState
from monitor.models.people.residents import Resident
from monitor.models.rollcalls.channels import ChannelName
from monitor.people.symptoms import ANY_DANGER, SYMPTOMS
from monitor.people.temperature import is_fever
from monitor.words import N_, Words, translator, words
from rollcall.answers.said import ANY_HELP, HELP, Said
from rollcall.answers.source import Source, Staff
from rollcall.people.guardians import number_asked
from rollcall.people.text_stops import stopped_since

_QUOTED = 200  # characters
TICKET_OF = {"food": TicketKind.FOOD, "medicine": TicketKind.MEDICINE, "money": TicketKind.MONEY}
"""What is a ticket of the hotline, by the wish that somebody says."""
_CHANNELS: dict[str, TicketChannel] = {ChannelName.SMS: TicketChannel.TEXT, ChannelName.VOICE: TicketChannel.TELEPHONE}


class About(Protocol):
    """Whom it is about. check_in_id: None outside of any roll-call."""

    @property
    def resident_id(self) -> int: ...  # noqa: D102
    @property
    def zone_id(self) -> int: ...  # noqa: D102
    @property
    def full_name(self) -> str: ...  # noqa: D102
    @property
    def check_in_id(self) -> int | None: ...  # noqa: D102


@dataclass(frozen=True)
class OutsideRounds:
    """Somebody who said something that answers no roll-call."""

    resident_id: int
    zone_id: int
    full_name: str
    check_in_id: None = None


def heard_in(said: Said) -> Heard:
    """What the table of warning signs is asked about."""
    signs = set(said.symptoms)
    if said.unwell:
        signs.add(UNWELL)
    if not ANY_HELP.keys().isdisjoint(said.help):
        signs.add(HELP_SIGN)
    return Heard(Told(frozenset(signs), said.temperature, said.spo2))


def ask_for_care(
    session: Session, about: About, said: Said, now: datetime, channel: TicketChannel = TicketChannel.ANSWER
) -> None:
    """Open what is to be opened in the caller's write transaction. Who asks for help without saying what for may be ill too.

    channel: over which it was said.
    """
    wishes = [each for each in said.help if each in HELP and each not in TICKET_OF]
    if said.ill or any(each in ANY_HELP for each in said.help):
        name, parts = about.full_name, _of_illness(said)
        if parts:
            reason = words(N_("%(name)s feels unwell or asks for help: %(what)s."), name=name, what=_listed(parts).dump())
        else:
            reason = words(N_("%(name)s feels unwell or asks for help. Please call."), name=name)
        _open(session, about, IncidentKind.UNWELL, causes.unwell(about.resident_id), reason, now, heard_in(said))
    if wishes:
        what = _listed([Words(HELP[each]) for each in wishes])
        reason = words(N_("%(name)s asks for: %(what)s."), name=about.full_name, what=what.dump())
        _open(session, about, IncidentKind.WISH, causes.wish(about.resident_id), reason, now)
    for each in said.help:
        if each in TICKET_OF:
            _ask_the_hotline(session, about, each, said, now, channel)


def channel_of(source: Source) -> TicketChannel:
    """Over which of the hotline's channels an answer came."""
    if isinstance(source, Staff):
        return TicketChannel.STAFF
    return _CHANNELS.get(source.channel, TicketChannel.ANSWER)


def _ask_the_hotline(session: Session, about: About, wish: str, said: Said, now: datetime, channel: TicketChannel) -> None:
    """One ticket for each thing that somebody needs: who says so again while it is open has said so once more."""
    kind = TICKET_OF[wish]
    resident = session.get_one(Resident, about.resident_id)
    words_said = said.note.strip() or translator(resident.language)(HELP[wish])
    # Their own, of the household, or of who answers for them.
    number = read(session, number_asked(resident.id)) or ""
    open_one = (
        select(HotlineTicket)
        .where(HotlineTicket.resident_id == resident.id, HotlineTicket.kind == kind, HotlineTicket.merged_into_id.is_(None))
        .where(HotlineTicket.state.not_in((TicketState.ANSWERED, TicketState.CLOSED)))
        .order_by(HotlineTicket.id.desc())
        .limit(1)
    )
    ticket = session.scalars(open_one).first()
    if ticket is not None:
        add_words(session, ticket, words_said, now)
        return
    case = select(Incident.id).where(
        Incident.resident_id == resident.id, Incident.state != IncidentState.RESOLVED, Incident.case_of.is_not(None)
    )
    contact = Contact(
        channel,
        f"{resident.id}-{kind}-{now.timestamp():.6f}",
        words_said,
        kind,
        # What a phone kept until it had a line reached us now; a text when its gateway took it.
        at=said.made_at if channel is TicketChannel.TEXT else now,
        caller=number,
        caller_name=resident.full_name,
        language=resident.language,
        resident_id=resident.id,
        incident_id=session.scalars(case.order_by(Incident.id.desc()).limit(1)).first(),
        # Who wants no more texts gets none of the hotline's either: staff call.
        quiet=stopped_since(session, number) is not None,
    )
    take_in(session, contact, now)


def _open(
    session: Session,
    about: About,
    kind: IncidentKind,
    cause: str,
    reason: Words,
    now: datetime,
    heard: Heard | None = None,
) -> None:
    open_incident(
        session,
        kind,
        cause,
        zone_id=about.zone_id,
        resident_id=about.resident_id,
        check_in_id=about.check_in_id,
        reason=reason,
        now=now,
        heard=heard,
    )


def _of_illness(said: Said) -> list[Words]:
    parts = [Words((SYMPTOMS | ANY_DANGER)[each]) for each in said.symptoms]
    if said.spo2 is not None:
        parts.append(words(N_("SpO₂ %(percent)s %%"), percent=said.spo2))
    if said.temperature is not None and is_fever(said.temperature):
        parts.append(words(N_("Temperature %(degrees)s °C"), degrees=round(said.temperature, 1)))
    parts += [Words(ANY_HELP[each]) for each in said.help if each in ANY_HELP]
    note = said.note.strip()
    if not parts and note:
        parts.append(words(N_("“%(text)s”"), text=note[:_QUOTED]))
    return parts


def _listed(parts: Sequence[Words]) -> Words:
    listed = {f"part{number}": each.dump() for number, each in enumerate(parts)}
    return Words(", ".join(f"%({name})s" for name in listed), listed)
