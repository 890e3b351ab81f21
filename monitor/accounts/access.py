"""Who may do what, where: the one decision that every page and every command for people passes."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from monitor.models import Role


class Permission(StrEnum):
    """What a page or an action needs. Every endpoint names one."""

    SEE_OVERVIEW = "see_overview"
    SEE_RESIDENT = "see_resident"
    SEE_PHOTO = "see_photo"
    SEE_CAMERA = "see_camera"
    MANAGE_CAMERA = "manage_camera"
    ACT_ON_INCIDENT = "act_on_incident"
    REVIEW_CHECK_IN = "review_check_in"
    MANAGE_RESIDENT = "manage_resident"
    STOP_PROMPTS = "stop_prompts"
    ENROL = "enrol"
    MANAGE_PLANS = "manage_plans"
    SEE_FACE_FIGURES = "see_face_figures"
    MANAGE_MESSAGES = "manage_messages"
    MANAGE_ACCOUNTS = "manage_accounts"
    SEE_AUDIT = "see_audit"
    SEE_VIEWS = "see_views"
    EXPORT_RESIDENT = "export_resident"
    MANAGE_OWN_SESSION = "manage_own_session"


_STAFF = frozenset(
    {
        Permission.SEE_OVERVIEW,
        Permission.SEE_RESIDENT,
        Permission.SEE_PHOTO,
        Permission.SEE_CAMERA,
        Permission.ACT_ON_INCIDENT,
        Permission.ENROL,
        Permission.SEE_VIEWS,
        Permission.MANAGE_OWN_SESSION,
    }
)
GRANTS: dict[Role, frozenset[Permission]] = {
    Role.STAFF: _STAFF,
    Role.SUPERVISOR: _STAFF
    | {
        Permission.REVIEW_CHECK_IN,
        Permission.MANAGE_RESIDENT,
        Permission.SEE_AUDIT,
        Permission.MANAGE_CAMERA,
        Permission.STOP_PROMPTS,
        Permission.MANAGE_PLANS,
        Permission.SEE_FACE_FIGURES,
        Permission.MANAGE_MESSAGES,
        Permission.EXPORT_RESIDENT,
    },
    # An administrator runs the service and needs to see no patient's face for that.
    Role.ADMINISTRATOR: frozenset(
        {
            Permission.SEE_OVERVIEW,
            Permission.SEE_CAMERA,
            Permission.MANAGE_CAMERA,
            Permission.STOP_PROMPTS,
            Permission.MANAGE_MESSAGES,
            Permission.MANAGE_ACCOUNTS,
            Permission.SEE_AUDIT,
            Permission.SEE_VIEWS,
            Permission.SEE_FACE_FIGURES,
            Permission.MANAGE_OWN_SESSION,
        }
    ),
    Role.AUDITOR: frozenset(
        {
            Permission.SEE_OVERVIEW,
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
