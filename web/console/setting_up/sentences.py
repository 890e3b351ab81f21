"""What the pages of setting up say of each step: what it is for, and what happens if one skips it."""

from __future__ import annotations

from dataclasses import dataclass

from monitor.setting_up.steps import Progress, Step
from monitor.words import N_


@dataclass(frozen=True)
class About:
    """Sentences of the catalogue."""

    title: str
    purpose: str
    skipped: str


ABOUT: dict[Step, About] = {
    Step.LANGUAGE: About(
        N_("Language"),
        N_("Pages and messages speak this language to residents who have chosen none, and the console begins in it."),
        N_("If you skip this, Vietnamese is used; everyone can still choose their own language."),
    ),
    Step.ADMINISTRATOR: About(
        N_("First administrator"),
        N_("An administrator with a second factor, a passkey or an authenticator app, invites everyone else."),
        N_("If you skip this, anyone who learns the password can change every account."),
    ),
    Step.AUTHORITY: About(
        N_("Your authority"),
        N_("Residents see on every page and hear in every call who speaks to them and which number they can call."),
        N_("If you skip this, messages come from “the health service”, with the number 1022 and the time of Vietnam."),
    ),
    Step.RECOVERY_SHEET: About(
        N_("Recovery sheet"),
        N_("The master key opens all photos and personal data; the sheet is its only copy outside this server."),
        N_("If you skip this and the disk is lost, no backup can ever be opened."),
    ),
    Step.ZONE: About(
        N_("A zone with its rooms"),
        N_("People live in rooms; cameras, schedules and staff belong to zones."),
        N_("If you skip this, no one can be registered and no round is opened."),
    ),
    Step.CHANNELS: About(
        N_("Channels to phones"),
        N_("Roll-calls reach phones over these channels; a test shows that a message really arrives."),
        N_("If you skip this, messages wait, and staff must ask everyone in person."),
    ),
    Step.MAIL: About(
        N_("Mail"),
        N_("Mail carries invitations to staff, and roll-calls to people who have an e-mail address."),
        N_("If you skip this, invitations are handed over on paper or as a link."),
    ),
    Step.CAMERAS: About(
        N_("Cameras"),
        N_("Cameras show whether someone is in a room, so that fewer people need to be asked."),
        N_("If you skip this, presence is known from roll-calls alone."),
    ),
    Step.PEOPLE: About(
        N_("People"),
        N_("Everyone in quarantine is registered with a room and a quarantine order; rounds ask these people."),
        N_("If you skip this, rounds ask no one until someone is registered."),
    ),
    Step.PLAN: About(
        N_("Roll-call schedule"),
        N_("A schedule says when roll-calls take place; a dry run shows what would be sent, and sends nothing."),
        N_("If you skip this, no roll-call takes place until a supervisor makes a schedule."),
    ),
}
PROGRESS: dict[Progress, str] = {
    Progress.DONE: N_("done"),
    Progress.SKIPPED: N_("skipped"),
    Progress.TO_DO: N_("to do"),
}
ICONS: dict[Progress, str] = {Progress.DONE: "check", Progress.SKIPPED: "arrow", Progress.TO_DO: "dot"}
