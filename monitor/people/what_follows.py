"""What will follow from a deed, in words, before anybody confirms it. Pure; the rules themselves are in `orders.py` and `order_deeds.py`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from monitor.models.people.residents import KEEPS_BED, OVER, OrderState
from monitor.people.order_deeds import NEW_STATE, Deed
from monitor.people.orders import STANDING, consequences
from monitor.room_names import room_words
from monitor.words import N_, Words, words


@dataclass(frozen=True)
class Around:
    """What hangs on a person. room: its name, "" for none. wards: for whom they answer. household: who else answers with its phone.

    questions: whether staff are asked about roll-calls or whereabouts. planned, offered: whether something waits for later, or
    another zone is asked to take them.
    """

    name: str
    state: OrderState
    room: str = ""
    wards: tuple[str, ...] = ()
    household: tuple[str, ...] = ()
    questions: bool = False
    planned: bool = False
    offered: bool = False


def what_follows(deed: Deed, around: Around) -> list[Words]:
    """In the order in which it matters to whoever decides."""
    if deed in NEW_STATE:
        return list(_of_state(NEW_STATE[deed], around))
    return [words(template, name=around.name, room=around.room) for template in _OTHER.get(deed, ())]


_OTHER = {
    Deed.EXTEND: (
        N_("Roll-calls go on asking %(name)s until the new end."),
        N_("%(name)s reads the new end, the earlier one and your reason on their own page."),
    ),
    Deed.SHORTEN: (
        N_("From the new end on, no roll-call asks %(name)s any more."),
        N_("The bed stays taken until the release is written."),
        N_("%(name)s reads the new end, the earlier one and your reason on their own page."),
    ),
    Deed.CORRECT: (
        N_("Only what is written about the order changes; its days, roll-calls and the room stay."),
        N_("%(name)s reads what was corrected, and why, on their own page."),
    ),
    Deed.START: (
        N_("Roll-calls ask %(name)s from the right beginning on; what was missed before it is excused."),
        N_("Tests whose days were counted from the first day, and are still due, move with it."),
        N_("Letters that name the old beginning stay as they are: make a new one, or a letter about the change."),
        N_("%(name)s reads the right beginning, the earlier one and your reason on their own page."),
    ),
    Deed.ROOM: (
        N_("Whether %(name)s is in the new room is unknown until something is seen or answered from there."),
        N_("Cameras of the new room look for their face, and those of the old room no longer do."),
        N_("Their face is compared with those of the people in the new room, since the machine may take some for each other."),
    ),
    Deed.TRANSFER: (
        N_("%(name)s stays here, and is asked here, until the other zone accepts."),
        N_("Staff of the other zone see the name, year of birth, sex, F-status, the order, the help needed and your reason."),
        N_("When they accept, the whole record goes along, and this zone no longer sees it."),
    ),
    Deed.FURTHER: (N_("From its beginning on, roll-calls of the zone ask %(name)s."),),
}


def _of_state(new: OrderState, around: Around) -> Iterator[Words]:
    following = consequences(around.state, new)
    standing = STANDING[new]
    if following.stops_asking:
        yield words(N_("%(name)s is asked nothing more from then on, also in a roll-call that is open."), name=around.name)
    else:
        yield words(N_("Roll-calls ask %(name)s again from the next round on."), name=around.name)
    if around.room:
        free = N_("The bed in %(room)s is free from then on.")
        kept = N_("The bed in %(room)s is kept.")
        yield words(kept if new in KEEPS_BED else free, room=room_words(around.room).dump())
    if standing.missed and new is not OrderState.ACTIVE:
        yield words(N_("Staff go on being asked to look for %(name)s."), name=around.name)
    elif around.questions and following.ends_questions:
        yield words(N_("Questions to staff about their roll-calls and whereabouts end; those about their health go on."))
    if around.wards and following.guardian_leaves:
        yield words(
            N_("%(name)s answers for %(wards)s: staff are asked to find someone else."),
            name=around.name,
            wards=", ".join(around.wards),
        )
    if new in OVER or new is OrderState.LEFT:
        if around.planned:
            yield words(N_("Anything planned for later is called off."))
        if around.offered:
            yield words(N_("The offer to another zone ends."))
    if new in OVER:
        yield words(N_("The retention periods begin: photos first, then everything else, is deleted when they end."))
