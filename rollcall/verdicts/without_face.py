"""What is enough from somebody who has not agreed to face matching, and which ways they have: a pure decision.

Nobody is worse off for it: whatever a plan asks, an answer on the page of one's own link is enough, and no engine, no person and no
incident asks why there is no picture.

| the plan asks for | enough is | ways |
|---|---|---|
| no face | what it asks for of everybody | as for everybody |
| a face, with or without head movements | what it accepts from people without a smartphone: an answer, or the code of the message | the page without a picture, text or keys, a call, staff on their round |
| a face, and the place | the same | the place too, for whoever likes to tell it |

The link in a message carries the same secret number as the code word that is made of it: who opens the page has got the message, so an
answer there proves as much as the code word. With a place inside the zone it proves the place.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from monitor.models.rollcalls.answers import PlaceVerdict
from monitor.models.rollcalls.plans import EvidenceLevel
from monitor.words import N_

FACES = (EvidenceLevel.FACE, EvidenceLevel.FACE_AND_LIVENESS)
"""Levels of evidence that a face is compared for."""


class Way(StrEnum):
    """How somebody answers without their face being compared."""

    PAGE = "page"
    PLACE = "place"
    TEXT = "text"
    CALL = "call"
    STAFF = "staff"


WAY_WORDS = {
    Way.PAGE: N_("Answer on this page as before, without a photo. That is enough."),
    Way.PLACE: N_("Share your location with the answer, if you like."),
    Way.TEXT: N_("Answer by text message, or by pressing keys in a call."),
    Way.CALL: N_("Call 1022 and say how you are."),
    Way.STAFF: N_("Tell health staff when they come."),
}


@dataclass(frozen=True)
class OtherWay:
    """enough: what an answer must prove. ways: what the page offers, in its order."""

    enough: EvidenceLevel
    ways: tuple[Way, ...]


def other_way(asked: EvidenceLevel, by_text: EvidenceLevel, *, place_asked: bool) -> OtherWay:
    """By the table above. by_text: what the plan accepts from people without a smartphone."""
    if asked not in FACES:
        return OtherWay(asked, (Way.PAGE, Way.CALL, Way.STAFF))
    place = (Way.PLACE,) if place_asked else ()
    return OtherWay(by_text, (Way.PAGE, *place, Way.TEXT, Way.CALL, Way.STAFF))


def proven_on_page(place: PlaceVerdict | None) -> EvidenceLevel:
    """What an answer on the page of one's own link proves without a picture."""
    return EvidenceLevel.PLACE if place is PlaceVerdict.INSIDE else EvidenceLevel.CODE_WORD
