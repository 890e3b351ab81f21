"""Who may do what, where: the one decision that every page and every command for people passes."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from monitor.models.accounts import Role


class Permission(StrEnum):
    """What a page or an action needs. Every endpoint names one."""

    SEE_OVERVIEW = "see_overview"
    SEE_RESIDENT = "see_resident"
    SEE_PHOTO = "see_photo"
    SEE_CAMERA = "see_camera"
    MANAGE_CAMERA = "manage_camera"
    ACT_ON_INCIDENT = "act_on_incident"
    MANAGE_TRIAGE = "manage_triage"
    SEE_DECLARATION = "see_declaration"
    MANAGE_DECLARATIONS = "manage_declarations"
    REVIEW_CHECK_IN = "review_check_in"
    DECIDE_BY_TWO = "decide_by_two"
    MANAGE_RESIDENT = "manage_resident"
    STOP_PROMPTS = "stop_prompts"
    SEND_EMERGENCY = "send_emergency"
    ENROL = "enrol"
    MANAGE_PLANS = "manage_plans"
    SEE_FACE_FIGURES = "see_face_figures"
    MANAGE_MESSAGES = "manage_messages"
    MANAGE_GATEWAYS = "manage_gateways"
    MANAGE_DUTY = "manage_duty"
    MANAGE_ROOMS = "manage_rooms"
    MANAGE_ZONES = "manage_zones"
    MANAGE_ACCOUNTS = "manage_accounts"
    SET_UP = "set_up"
    CONFIRM_CLOCK = "confirm_clock"
    SEE_ACCESS = "see_access"
    RENEW_ENROLMENT = "renew_enrolment"
    SEE_AUDIT = "see_audit"
    SEE_VIEWS = "see_views"
    EXPORT_RESIDENT = "export_resident"
    EXPORT_PEOPLE = "export_people"
    IMPORT_PEOPLE = "import_people"
    MANAGE_PLACES = "manage_places"
    SEE_PLACE_LISTS = "see_place_lists"
    MANAGE_PLACE_KEYS = "manage_place_keys"
    WORK_AT_HOTLINE = "work_at_hotline"
    MANAGE_HOTLINE = "manage_hotline"
    RELEASE_REPORT = "release_report"
    MANAGE_REPORTS = "manage_reports"
    ENTER_COLLECTED = "enter_collected"
    TRACE_CONTACTS = "trace_contacts"
    RELEASE_CONTACTS = "release_contacts"
    MANAGE_CONTACT_RULES = "manage_contact_rules"
    MANAGE_OWN_SESSION = "manage_own_session"


_STAFF = frozenset(
    {
        Permission.SEE_OVERVIEW,
        Permission.SEE_RESIDENT,
        Permission.SEE_PHOTO,
        Permission.SEE_CAMERA,
        Permission.ACT_ON_INCIDENT,
        Permission.ENROL,
        Permission.SEE_DECLARATION,
        Permission.SEE_VIEWS,
        Permission.MANAGE_PLACES,
        Permission.WORK_AT_HOTLINE,
        Permission.ENTER_COLLECTED,
        Permission.TRACE_CONTACTS,
        Permission.MANAGE_OWN_SESSION,
    }
)
GRANTS: dict[Role, frozenset[Permission]] = {
    Role.STAFF: _STAFF,
    Role.SUPERVISOR: _STAFF
    | {
        Permission.MANAGE_TRIAGE,
        Permission.MANAGE_DECLARATIONS,
        Permission.REVIEW_CHECK_IN,
        Permission.DECIDE_BY_TWO,
        Permission.MANAGE_RESIDENT,
        Permission.SEE_AUDIT,
        Permission.MANAGE_CAMERA,
        Permission.STOP_PROMPTS,
        Permission.SEND_EMERGENCY,
        Permission.MANAGE_PLANS,
        Permission.SEE_FACE_FIGURES,
        Permission.MANAGE_MESSAGES,
        Permission.MANAGE_DUTY,
        Permission.MANAGE_ROOMS,
        Permission.EXPORT_RESIDENT,
        Permission.EXPORT_PEOPLE,
        Permission.CONFIRM_CLOCK,
        Permission.IMPORT_PEOPLE,
        Permission.SEE_PLACE_LISTS,
        Permission.MANAGE_HOTLINE,
        Permission.RELEASE_REPORT,
        Permission.MANAGE_REPORTS,
        Permission.RELEASE_CONTACTS,
        Permission.MANAGE_CONTACT_RULES,
    },
    # An administrator runs the service and needs to see no patient's face for that.
    Role.ADMINISTRATOR: frozenset(
        {
            Permission.SEE_OVERVIEW,
            Permission.SEE_CAMERA,
            Permission.MANAGE_CAMERA,
            Permission.STOP_PROMPTS,
            Permission.MANAGE_MESSAGES,
            Permission.MANAGE_GATEWAYS,
            Permission.MANAGE_TRIAGE,
            Permission.MANAGE_DECLARATIONS,
            Permission.MANAGE_ROOMS,
            Permission.MANAGE_ZONES,
            Permission.MANAGE_ACCOUNTS,
            Permission.SET_UP,
            Permission.CONFIRM_CLOCK,
            Permission.SEE_ACCESS,
            Permission.RENEW_ENROLMENT,
            Permission.SEE_AUDIT,
            Permission.SEE_VIEWS,
            Permission.SEE_FACE_FIGURES,
            Permission.MANAGE_PLACES,
            Permission.MANAGE_PLACE_KEYS,
            Permission.MANAGE_HOTLINE,
            Permission.MANAGE_REPORTS,
            Permission.MANAGE_OWN_SESSION,
        }
    ),
    Role.AUDITOR: frozenset(
        {
            Permission.SEE_OVERVIEW,
            Permission.SEE_ACCESS,
            Permission.SEE_AUDIT,
            Permission.SEE_VIEWS,
            Permission.SEE_FACE_FIGURES,
            Permission.MANAGE_OWN_SESSION,
        }
    ),
}


@dataclass(frozen=True)
class Reader:
    """Somebody signed in. `zones` is None for every zone."""

    account_id: int
    username: str
    role: Role
    zones: frozenset[int] | None
    language: str

    def may(self, permission: Permission, zone_id: int | None = None) -> bool:
        """Whether the role grants it, and the zone (if the thing is in one) is among the reader's."""
        return permission in GRANTS[self.role] and (zone_id is None or self.zones is None or zone_id in self.zones)

    def among(self, zones: Collection[int]) -> set[int]:
        """Those of the given zones that the reader may work in."""
        return {zone for zone in zones if self.zones is None or zone in self.zones}

    def covers(self, zones: Collection[int] | None) -> bool:
        """Whether all of another's zones are among the reader's; None: every zone. Nobody manages an account that may see more."""
        return self.zones is None or (zones is not None and self.zones >= set(zones))
