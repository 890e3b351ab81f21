"""The menu: what stands in front, what behind "More" and under which heading, for each reader only what they may open. Pure decisions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from monitor.accounts.access import Permission, Reader
from monitor.words import N_

MOST_IN_FRONT = 5
# So many entries need nothing to stand behind.
FEW = 6


class Group(StrEnum):
    """A heading in the part behind "More"; its value is what it says."""

    TO_DO = N_("To do")
    PEOPLE = N_("People")
    CHECKS = N_("Checks")
    SETTINGS = N_("Settings")
    CONSOLE = N_("This console")


@dataclass(frozen=True)
class Entry:
    """A page that the menu leads to. blueprints: the kinds of pages that belong to it.

    front: what has the smallest stands in front; 0: never. waiting: what its count counts. key: the letter that leads there after "g".

    short: its name in the row in front, where six must stand beside each other on a phone.
    """

    endpoint: str
    name: str
    icon: str
    permission: Permission
    group: Group
    blueprints: str = ""
    front: int = 0
    waiting: str = ""
    key: str = ""
    short: str = ""

    def holds(self, endpoint: str, blueprint: str) -> bool:
        """Whether a page belongs to this entry."""
        return endpoint == self.endpoint or blueprint in self.blueprints.split()


_ROLL_CALLS = "roll_calls rounds plans ward"
_PEOPLE = "people residents acting enrolment details lab_tests guardians addresses telephones orders exemptions room_moves transfers merging letters consents looking message_log zones movements many many_transfers many_letters many_texts households"
MENU = (
    Entry("overview.overview", N_("Now"), "home", Permission.SEE_OVERVIEW, Group.TO_DO, front=1, key="n"),
    Entry("people.listed", N_("People"), "people", Permission.SEE_RESIDENT, Group.PEOPLE, _PEOPLE, front=2, key="p"),
    Entry("roll_calls.listed", N_("Roll-calls"), "check", Permission.SEE_OVERVIEW, Group.TO_DO, _ROLL_CALLS, front=3, key="r"),
    Entry(
        "cameras.camera_list", N_("Cameras"), "camera", Permission.SEE_CAMERA, Group.CHECKS, "cameras camera live_view camera_adding", front=4, key="c"
    ),
    Entry(
        "messages.message_page", N_("Messages"), "message", Permission.STOP_PROMPTS, Group.TO_DO, "messages emergency message_texts message_costs gateways", front=5, key="m"
    ),
    Entry(
        "incidents.incident_list", N_("Incidents"), "bell", Permission.SEE_RESIDENT, Group.TO_DO, "incidents attempts", front=6, waiting=N_("open"), key="i"
    ),
    Entry("review.following", N_("To decide"), "eye", Permission.REVIEW_CHECK_IN, Group.TO_DO, "review many_misses", key="q"),
    Entry("proposals.listed", N_("Decisions by two people"), "people", Permission.DECIDE_BY_TWO, Group.TO_DO, "proposals", waiting=N_("waiting for a second person")),
    Entry(
        "hotline.listed", N_("Tickets of 1022"), "phone", Permission.WORK_AT_HOTLINE, Group.TO_DO, "hotline hotline_ticket hotline_call hotline_shift hotline_figures", waiting=N_("that nobody has"), key="h"
    ),
    Entry("collected.listed", N_("Numbers of the day"), "note", Permission.ENTER_COLLECTED, Group.TO_DO, "collected", waiting=N_("to be called")),
    Entry("infection_cases.listed", N_("Contact tracing"), "people", Permission.TRACE_CONTACTS, Group.TO_DO, "infection_cases interviews case_contacts contact_tasks known_contacts", key="x"),
    Entry("calls.listed", N_("Calls"), "phone", Permission.ACT_ON_INCIDENT, Group.TO_DO, "calls", key="t"),
    Entry("visits.visit_list", N_("People to visit"), "door", Permission.ACT_ON_INCIDENT, Group.TO_DO, "visits", waiting=N_("due"), key="v"),
    Entry(
        "data_requests.listed", N_("Requests"), "message", Permission.SEE_RESIDENT, Group.TO_DO, "data_requests", waiting=N_("waiting for an answer")
    ),
    Entry(
        "unknown_texts.listed", N_("Unknown numbers"), "question", Permission.SEE_RESIDENT, Group.TO_DO, "unknown_texts", waiting=N_("to be checked")
    ),
    Entry("duty.table", N_("On duty"), "clock", Permission.SEE_OVERVIEW, Group.TO_DO, "duty alerts alert_ways", key="d"),
    Entry("gate.start", N_("Enrol"), "person", Permission.ENROL, Group.PEOPLE, "gate gate_person gate_steps", key="e"),
    Entry(
        "files.listed", N_("People from files"), "list", Permission.IMPORT_PEOPLE, Group.PEOPLE, "files doubtful", waiting=N_("to be decided")
    ),
    Entry("declarations.start", N_("Health declarations"), "note", Permission.SEE_DECLARATION, Group.PEOPLE, "declarations declaration_entry declaration_paper"),
    Entry("lab_files.show", N_("Results of a laboratory"), "check", Permission.MANAGE_RESIDENT, Group.PEOPLE, "lab_files"),
    Entry("records.audit_list", N_("Audit trail"), "list", Permission.SEE_AUDIT, Group.CHECKS, short=N_("Trail"), front=8),
    Entry("contact_chain.show", N_("Chains and clusters"), "people", Permission.TRACE_CONTACTS, Group.CHECKS, "contact_chain contact_curve implausible clusters"),
    Entry("places.listed", N_("Control points"), "door", Permission.MANAGE_PLACES, Group.CHECKS, "places place_lists place_keys"),
    Entry("disclosures.listed", N_("Disclosures"), "message", Permission.SEE_AUDIT, Group.CHECKS, "disclosures"),
    Entry("second_looks.listed", N_("Reviews"), "eye", Permission.REVIEW_CHECK_IN, Group.CHECKS, "second_looks"),
    Entry("coverage.show", N_("Coverage"), "people", Permission.SEE_OVERVIEW, Group.CHECKS, "coverage doors"),
    Entry("figures.show", N_("Figures"), "list", Permission.SEE_OVERVIEW, Group.CHECKS, "figures", key="f"),
    Entry("reports.listed", N_("Report to the province"), "note", Permission.SEE_OVERVIEW, Group.CHECKS, "reports report_lists report_deeds report_times", short=N_("Report")),
    Entry("faces.show", N_("Face matching"), "eye", Permission.SEE_FACE_FIGURES, Group.CHECKS, short=N_("Faces"), front=9),
    Entry("outages.listed", N_("Outages"), "plug", Permission.CONFIRM_CLOCK, Group.CHECKS),
    Entry("who_may.show", N_("Who may do what"), "shield", Permission.SEE_ACCESS, Group.CHECKS, front=11),
    Entry(
        "set_up_health.show", N_("Set-up and health"), "heart", Permission.SET_UP, Group.SETTINGS, "set_up_health set_up recovery_sheet first_plan", short=N_("Set-up"), front=7
    ),
    Entry("zone_list.listed", N_("Zones"), "home", Permission.MANAGE_ROOMS, Group.SETTINGS, "zone_list zone_settings night_rest rooms room floor_plan"),
    Entry("triage.show", N_("Warning signs"), "warning", Permission.SEE_OVERVIEW, Group.SETTINGS, "triage"),
    Entry("declaration_form.edit", N_("Declaration form"), "list", Permission.MANAGE_DECLARATIONS, Group.SETTINGS, "declaration_form"),
    Entry("contact_rules.listed", N_("Contact rules"), "note", Permission.TRACE_CONTACTS, Group.SETTINGS, "contact_rules"),
    Entry("hotline_units.listed", N_("Set up 1022"), "phone", Permission.MANAGE_HOTLINE, Group.SETTINGS, "hotline_units hotline_texts"),
    Entry("report_sending.listed", N_("Reports by mail"), "message", Permission.MANAGE_REPORTS, Group.CHECKS, "report_sending report_recipients report_schedules"),
    Entry("reporters.listed", N_("Reporters"), "people", Permission.MANAGE_REPORTS, Group.SETTINGS, "reporters reporter_files"),
    Entry("accounts.account_list", N_("Accounts"), "people", Permission.MANAGE_ACCOUNTS, Group.SETTINGS, "accounts account"),
    Entry("retention.show", N_("Retention"), "hourglass", Permission.SEE_AUDIT, Group.SETTINGS, "retention", short=N_("Storage"), front=10),
    Entry("papers.listed", N_("Papers"), "note", Permission.SEE_AUDIT, Group.SETTINGS, "papers"),
    Entry("service.show", N_("Clock and damage"), "clock", Permission.CONFIRM_CLOCK, Group.SETTINGS, "service"),
    Entry("own.show", N_("My account"), "person", Permission.MANAGE_OWN_SESSION, Group.CONSOLE, "own authenticator_app passkeys", key="a"),
    Entry("shortcuts.show", N_("Keyboard shortcuts"), "keyboard", Permission.SEE_OVERVIEW, Group.CONSOLE),
)  # fmt: skip


@dataclass(frozen=True)
class Shown:
    """An entry as it stands in a page's menu. here: "page" for the page itself, "true" for one that belongs to it, else ""."""

    entry: Entry
    count: int
    here: str


@dataclass(frozen=True)
class Menu:
    """front: in a row; more: behind one entry, under headings. count: of all that waits behind it; within: the page is there."""

    front: tuple[Shown, ...]
    more: tuple[tuple[Group, tuple[Shown, ...]], ...]
    count: int
    within: bool


def open_to(reader: Reader) -> list[Entry]:
    """What the reader may open, in the order of the menu."""
    return [entry for entry in MENU if reader.may(entry.permission)]


def menu_of(reader: Reader, counts: Mapping[str, int | None], endpoint: str, blueprint: str) -> Menu:
    """The menu on a page. counts: by endpoint, how many things wait there."""
    entries = open_to(reader)
    in_front = {entry.endpoint for entry in sorted((each for each in entries if each.front), key=_front)[:MOST_IN_FRONT]}
    if len(entries) <= FEW:
        in_front = {entry.endpoint for entry in entries}
    shown = [Shown(entry, counts.get(entry.endpoint) or 0, _here(entry, endpoint, blueprint)) for entry in entries]
    front = sorted((each for each in shown if each.entry.endpoint in in_front), key=lambda each: _front(each.entry))
    behind = [each for each in shown if each.entry.endpoint not in in_front]
    groups = ((group, tuple(each for each in behind if each.entry.group is group)) for group in Group)
    return Menu(
        tuple(front),
        tuple((group, those) for group, those in groups if those),
        sum(each.count for each in behind),
        any(each.here for each in behind),
    )


def _front(entry: Entry) -> tuple[int, int]:
    return (entry.front or len(MENU), MENU.index(entry))


def _here(entry: Entry, endpoint: str, blueprint: str) -> str:
    if endpoint == entry.endpoint:
        return "page"
    return "true" if entry.holds(endpoint, blueprint) else ""
