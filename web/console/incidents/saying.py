"""What decisions of the review queue are called, with their keys, and reasons that are one key."""

from __future__ import annotations

from monitor.words import N_
from rollcall.followup.queue import Decision
from rollcall.followup.worklists import Task

# Reasons as one key; a person can write another. Residents read them.
REASONS: dict[Task, tuple[str, ...]] = {
    Task.ANSWER: (
        N_("The same person; the picture is poor."),
        N_("Reached by phone."),
        N_("The location is explained."),
        N_("Someone else is in the picture."),
        N_("No person can be seen in the picture."),
    ),
    Task.DISPUTE: (
        N_("Reached by phone."),
        N_("Checked again: the objection is right."),
        N_("Checked again: the result stays."),
    ),
    Task.SILENCE: (
        N_("Reached by phone, and well."),
        N_("The phone was off, broken or without signal."),
        N_("Asleep or ill at that time."),
        N_("At a test, with a doctor or at a meal."),
        N_("The message was not understood."),
    ),
}
# A letter for each decision; the first letter of the English word.
KEYS = {
    Decision.ACCEPT: "a",
    Decision.REJECT: "r",
    Decision.EXCUSE: "e",
    Decision.WELL: "w",
    Decision.STANDS: "k",
    Decision.ASK: "q",
    Decision.CALL: "c",
    Decision.VISIT: "v",
}
_FIRST = {Decision.CALL: N_("Have someone call"), Decision.VISIT: N_("Have someone go there")}
_OR_ASK = {Decision.ASK: N_("Ask again by message"), **_FIRST}
SAID: dict[Task, dict[Decision, str]] = {
    Task.ANSWER: {Decision.ACCEPT: N_("Accept the answer"), Decision.REJECT: N_("Do not accept the answer"), **_OR_ASK},
    Task.DISPUTE: {Decision.ACCEPT: N_("Count as answered"), Decision.STANDS: N_("The result stays"), **_FIRST},
    Task.SILENCE: {
        Decision.EXCUSE: N_("Excuse"),
        Decision.ACCEPT: N_("Count as answered"),
        Decision.WELL: N_("Called: the person is well"),
        **_OR_ASK,
    },
}
