"""The beds of a zone while many come or move, one after the other: whoever left a bed has left it for the next. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from monitor.enrolment.beds import RoomWithBeds
from monitor.places.patterns import same_name
from monitor.problems import Conflict
from monitor.room_names import room_words
from monitor.words import N_


class BedsOnPaper:
    """crowded: beds are not counted, since a person said so."""

    def __init__(self, rooms: Iterable[RoomWithBeds], *, crowded: bool) -> None:
        self._rooms = {same_name(room.name): room for room in rooms}
        self._taken = Counter({room.id: room.taken for room in self._rooms.values()})
        self._crowded = crowded

    def named(self, name: str) -> RoomWithBeds:
        """The room that was written for a person. Raises Conflict."""
        name = name.strip()
        if not name:
            raise Conflict(N_("No room was written for this person."))
        room = self._rooms.get(same_name(name))
        if room is None:
            raise Conflict(N_("The zone has no open room “%(room)s” in which people live."), room=name[:60])
        return room

    def take(self, name: str, leaves: int | None = None) -> RoomWithBeds:
        """Give a person a bed there on paper. leaves: the number of the room of this zone that they leave. Raises Conflict."""
        room = self.named(name)
        if room.id == leaves:
            raise Conflict(N_("This person is in that room already. Choose another."))
        if room.beds is not None and not self._crowded and self._taken[room.id] >= room.beds:
            raise Conflict(
                N_("There is no free bed in %(room)s; it has %(beds)s. Choose another room, or say that it may be crowded."),
                beds=room.beds,
                room=room_words(room.name).dump(),
            )
        if leaves is not None:
            self._taken[leaves] -= 1
        self._taken[room.id] += 1
        return room
