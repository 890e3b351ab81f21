"""Zones, rooms, and who works here."""

from __future__ import annotations

from monitor.accounts.access import Permission
from monitor.models.accounts import Role, SignInWay
from monitor.models.places import RoomKind, Together, ZoneKind
from monitor.words import N_
from web.shared.label_tables.look import Label, Looks

LABELS: Looks = {
    ZoneKind: {
        ZoneKind.FACILITY: Label(N_("Quarantine facility")),
        ZoneKind.STREET_BLOCK: Label(N_("Sealed-off block")),
        ZoneKind.HOME_CLUSTER: Label(N_("Home quarantine")),
        ZoneKind.MEDICAL: Label(N_("Medical facility")),
    },
    RoomKind: {
        RoomKind.ROOM: Label(N_("Bedroom")),
        RoomKind.CORRIDOR: Label(N_("Corridor")),
        RoomKind.COMMON: Label(N_("Common room")),
        RoomKind.OUTDOORS: Label(N_("Outdoors")),
        RoomKind.HOME: Label(N_("Home")),
        RoomKind.WASHROOM: Label(N_("Washroom")),
        RoomKind.ENTRANCE: Label(N_("Entrance")),
    },
    Together: {
        Together.HOUSEHOLD: Label(N_("same household")),
        Together.ARRIVAL_DAY: Label(N_("same arrival day")),
        Together.SEX: Label(N_("same sex, or same household")),
        Together.STATUS: Label(N_("same F-status")),
    },
    Role: {
        Role.STAFF: Label(N_("Staff")),
        Role.SUPERVISOR: Label(N_("Supervisor")),
        Role.ADMINISTRATOR: Label(N_("Administrator")),
        Role.AUDITOR: Label(N_("Auditor")),
    },
    SignInWay: {
        SignInWay.PASSWORD: Label(N_("password alone")),
        SignInWay.TOTP: Label(N_("password and authenticator app")),
        SignInWay.PASSKEY: Label(N_("password and passkey")),
        SignInWay.PASSKEY_ALONE: Label(N_("passkey")),
        SignInWay.RECOVERY_CODE: Label(N_("password and recovery code")),
    },
    Permission: {
        Permission.SEE_OVERVIEW: Label(N_("See the overview with the figures of each zone")),
        Permission.SEE_RESIDENT: Label(N_("See residents, incidents and requests")),
        Permission.SEE_PHOTO: Label(N_("See photos of residents")),
        Permission.SEE_CAMERA: Label(N_("See pictures of cameras")),
        Permission.MANAGE_CAMERA: Label(N_("Add and set up cameras")),
        Permission.ACT_ON_INCIDENT: Label(N_("Take on and resolve incidents")),
        Permission.DECIDE_BY_TWO: Label(N_("Propose or confirm decisions with legal effect")),
        Permission.REVIEW_CHECK_IN: Label(N_("Decide about doubtful roll-calls")),
        Permission.MANAGE_RESIDENT: Label(N_("Change residents, orders and permissions to be away")),
        Permission.STOP_PROMPTS: Label(N_("Stop and resume messages")),
        Permission.SEND_EMERGENCY: Label(N_("Send a message in an emergency, under one’s own name")),
        Permission.ENROL: Label(N_("Take and remove reference photos")),
        Permission.MANAGE_PLANS: Label(N_("Change roll-call schedules")),
        Permission.SEE_FACE_FIGURES: Label(N_("See figures of face matching")),
        Permission.MANAGE_MESSAGES: Label(N_("Change message templates and see costs")),
        Permission.MANAGE_TRIAGE: Label(N_("Change the table of warning signs")),
        Permission.SEE_DECLARATION: Label(N_("Look up and enter health declarations")),
        Permission.MANAGE_DECLARATIONS: Label(N_("Change the form of health declarations")),
        Permission.MANAGE_GATEWAYS: Label(N_("See what gateways send, and test them")),
        Permission.MANAGE_DUTY: Label(N_("Say who is on duty")),
        Permission.MANAGE_ROOMS: Label(N_("Add, change and close rooms")),
        Permission.MANAGE_ZONES: Label(N_("Add, change and close zones")),
        Permission.MANAGE_ACCOUNTS: Label(N_("Invite people and change accounts")),
        Permission.SET_UP: Label(N_("Set up the service and check its health")),
        Permission.RENEW_ENROLMENT: Label(N_("Decide until when people can be admitted")),
        Permission.CONFIRM_CLOCK: Label(N_("Confirm the time after a clock jumped")),
        Permission.SEE_ACCESS: Label(N_("See who may do what")),
        Permission.SEE_AUDIT: Label(N_("Read the audit trail and deletions")),
        Permission.SEE_VIEWS: Label(N_("See who has seen a person’s data")),
        Permission.EXPORT_PEOPLE: Label(N_("Save the list of people as a file")),
        Permission.EXPORT_RESIDENT: Label(N_("Hand out a copy of a person’s data")),
        Permission.WORK_AT_HOTLINE: Label(N_("Work at 1022: take, hand over and answer tickets")),
        Permission.MANAGE_HOTLINE: Label(N_("Set up 1022: units, calendars, answers")),
        Permission.IMPORT_PEOPLE: Label(N_("Enter people from files, and decide on doubtful ones")),
        Permission.MANAGE_PLACES: Label(N_("Approve control points, and see how many people are there")),
        Permission.SEE_PLACE_LISTS: Label(N_("See who was at a control point, with a reason")),
        Permission.MANAGE_PLACE_KEYS: Label(N_("Withdraw the key that signs codes of control points")),
        Permission.RELEASE_REPORT: Label(N_("Release and correct the province’s report")),
        Permission.MANAGE_REPORTS: Label(N_("Set up reports: times, who enters what, who receives them")),
        Permission.ENTER_COLLECTED: Label(N_("Call reporters, and enter their numbers for them")),
        Permission.TRACE_CONTACTS: Label(N_("Enter cases, interview, and see whom they met, with a reason")),
        Permission.RELEASE_CONTACTS: Label(N_("Release contacts of cases, and make orders for them")),
        Permission.MANAGE_CONTACT_RULES: Label(N_("Add and withdraw contact rules")),
        Permission.MANAGE_OWN_SESSION: Label(N_("Manage one’s own account and sessions")),
    },
}
