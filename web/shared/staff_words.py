"""What residents are told, as staff read it about them: reasons are stored once, in the words of the person whom they concern."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from monitor.words import N_, Words
from web.shared.common import say

STAFF_WORDS = {
    # Reasons of roll-calls, photos and answers.
    "A camera saw you in your room at %(time)s; no answer was needed.": N_(
        "A camera saw this person in the room at %(time)s; no answer was needed."
    ),
    "A message was sent at %(time)s, but the phone did not confirm it; it may have been off or without signal. This does not count against you. Health staff will call.": N_(
        "A message was sent at %(time)s, but the phone did not confirm it; it may have been off or without signal. This does not count against the person. Please call."
    ),
    "The health service stopped messages at %(time)s, so none was sent to you; no answer was needed.": N_(
        "The health service stopped messages at %(time)s, so none was sent to this person; no answer was needed."
    ),
    "Your message arrived; health staff will read it.": N_("The text message was not wholly understood: please read it."),
    "No face was found in the photo, so health staff will check.": N_("No face was found in the photo."),
    "We do not know whether a message reached the phone. This does not count against you. Health staff will call.": N_(
        "We do not know whether a message reached the phone. This does not count against the person. Please call."
    ),
    "Our service was down at %(time)s. This does not count against you.": N_(
        "Our service was down at %(time)s. This does not count against the person."
    ),
    "Our page could not be opened at %(time)s. This does not count against you.": N_(
        "The residents’ page could not be opened at %(time)s. This does not count against the person."
    ),
    "Our messages could not be sent at %(time)s. This does not count against you.": N_(
        "Messages could not be sent at %(time)s. This does not count against the person."
    ),
    "The network was down at %(time)s. This does not count against you.": N_(
        "The network was down at %(time)s. This does not count against the person."
    ),
    "You answered at %(made)s, while there was still time; the answer reached us at %(arrived)s. It does not count as missed.": N_(
        "Answered at %(made)s, while there was still time; the answer arrived at %(arrived)s. It does not count as missed."
    ),
    "Mouth and chin seem to be covered, so health staff will check.": N_("Mouth and chin seem to be covered."),
    "The answer came by phone without the code in the message, so health staff will check.": N_(
        "The answer came by phone without the code in the message."
    ),
    "This roll-call asks for more than a text or a call can show, so health staff will check and may call.": N_(
        "This roll-call asks for more than a text message or a call can show."
    ),
    "The face does not clearly resemble the reference photos, so health staff will check.": N_(
        "The face does not clearly resemble the reference photos."
    ),
    "It is not clear whether this is the same face, so health staff will check.": N_(
        "It is not clear whether this is the same face."
    ),
    "Children’s faces change quickly and mislead the machine, so a person checks each photo.": N_(
        "Children’s faces change quickly and mislead the machine: please check the photo."
    ),
    "The message arrived at %(delivered)s and had no answer by %(due)s. Health staff will ask how you are.": N_(
        "The message arrived at %(delivered)s and had no answer by %(due)s. Please ask how this person is."
    ),
    "The phone reports a place %(distance)s metres from the middle of the zone (give or take %(accuracy)s), beyond its edge at %(radius)s. Health staff will check.": N_(
        "The phone reports a place %(distance)s metres from the middle of the zone (give or take %(accuracy)s), beyond its edge at %(radius)s."
    ),
    "The photo came without the head movements asked for, so health staff will check.": N_(
        "The photo came without the head movements asked for."
    ),
    "The machine could not read the photo, so health staff will check.": N_("The machine could not read the photo."),
    "The photo shows %(count)s faces, so health staff will check.": N_("The photo shows %(count)s faces."),
    "There is no reference photo to compare with yet, so health staff will check.": N_(
        "There is no reference photo to compare with yet."
    ),
    "Health staff saw you at %(at)s.": N_("Staff saw this person at %(at)s."),
    "To the machine this face resembles that of someone in the same room or household, so health staff may check your roll-calls more often. Nobody did anything wrong.": N_(
        "To the machine this face resembles that of someone in the same room or household, so more roll-calls will need a check. Nobody did anything wrong."
    ),
    "You have not agreed to face matching, so no photo is needed.": N_(
        "Has not agreed to face matching, so no photo is needed."
    ),
    "Your answer by phone was enough.": N_("The answer by phone was enough."),
    "Your answer arrived and is being checked.": N_("The answer arrived and is being checked."),
    "Your answer was enough.": N_("The answer was enough."),
    "Your answer was enough; no photo was needed.": N_("The answer was enough; no photo was needed."),
    "Your quarantine order is over or paused; no answer is needed.": N_(
        "The quarantine order was over or paused; no answer was needed."
    ),
    "Mouth and chin seem to be covered. For this one photo, please take the mask off if nobody else is near.": N_(
        "Mouth and chin seem to be covered. For this one photo, please let the person take the mask off where nobody else is near."
    ),
    # Requests about personal data.
    "See what is kept about me": N_("See the data"),
    "Get a copy, with my photos": N_("Provide a copy, with photos"),
    "Correct something that is wrong": N_("Correct data"),
    "Delete something": N_("Delete data"),
    "Restrict: do not use something for now": N_("Restrict processing"),
    "Object to how my data is used": N_("Object to processing"),
    "Withdraw my consent to face matching": N_("Withdraw consent to face matching"),
}
"""A resident's sentence, and the one of the same meaning and with the same values for staff."""


def for_staff(said: Words) -> Words:
    """The sentence, and those that stand in it, in the words for staff."""
    return Words(STAFF_WORDS.get(said.template, said.template), {name: _value(value) for name, value in said.values.items()})


def _value(value: Any) -> Any:
    return for_staff(Words.load(value)).dump() if isinstance(value, Mapping) and "template" in value else value


def say_to_staff(stored: Mapping[str, Any] | Words | None) -> str:
    """As `say`, in the words for staff: what the console's pages have for it."""
    return say(for_staff(stored if isinstance(stored, Words) else Words.load(stored))) if stored else ""
