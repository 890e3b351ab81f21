"""Every page of the console with real numbers filled in: those of the largest zone and of people about whom there is much to show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from monitor.accounts.access import GRANTS, Permission
from monitor.incidents.triage_table import shipped
from monitor.models.accounts import Account, Role
from monitor.models.alerts import Alert
from monitor.models.cameras.cameras import Camera
from monitor.models.cameras.requests import CameraRequest
from monitor.models.contacts.cases import Cluster, InfectionCase
from monitor.models.contacts.contacts import CaseContact
from monitor.models.control_points import ControlPlace
from monitor.models.daily_report import Report
from monitor.models.floor_plans import FloorPlan
from monitor.models.hotline import HotlineTicket
from monitor.models.hotline_desk import HotlineCalendar, HotlineText, HotlineUnit
from monitor.models.incidents import Incident, IncidentKind, IncidentState
from monitor.models.legal import Proposal
from monitor.models.people.imports import ImportRow, PeopleImport
from monitor.models.people.letters import LetterBatch
from monitor.models.people.moves import Transfer
from monitor.models.people.residents import Exemption, Household, QuarantineOrder, Resident
from monitor.models.people.retention import DeletionCertificate
from monitor.models.people.rights import RightsRequest
from monitor.models.places import Room
from monitor.models.report_mail import ReportDelivery, ReportDocument, ReportRecipient, ReportSchedule
from monitor.models.reporters import Reporter
from monitor.models.rollcalls.answers import SecondLook
from monitor.models.rollcalls.plans import Plan
from monitor.models.rollcalls.quiet import EmergencyMessage
from monitor.models.rollcalls.rounds import RollCall
from monitor.people.orders import in_force
from rollcall.answers.ward import bracelet
from web.benchmarks.decisions import BATCH
from web.shared.guard import rules

READERS = (Role.SUPERVISOR, Role.ADMINISTRATOR)
"""Who is asked for a page: the first of these who may see it."""
# Files are made to be kept, not to be looked at; what is printed is as long as what is printed.
LEFT_OUT = frozenset(
    {
        "who_may.as_file",
        "disclosures.as_file",
        "figures.file",
        "figures.paper",
        "report_sending.file",
        "day_sheet.printed",
        "coverage.file",
        "reporter_files.template",
        # There for whoever has just sent that file.
        "reporter_files.one",
        "contact_curve.file",
        "letters.pdf",
        "many_letters.archive",
        "files.refused",
        "files.template",
        "people.printed",
        "rounds.printed",
        "ward.bracelets",
        # Only there for as long as something else is awaited: right after making the first account, or a second factor.
        "recovery_sheet.show",
        "authenticator_app.scan",
        # What came of one deed about many.
        "many.result",
        # People of the public, whom somebody looked up just before; a version that nobody published.
        "declarations.person",
        "declarations.show",
        "declaration_form.version",
        "declaration_paper.blank",
        # Led on to another page.
        "report_sending.of_report",
        # Led elsewhere where nothing rings.
        "hotline_call.ringing",
    }
)


@dataclass(frozen=True)
class Address:
    """path: as the console names it; url: with numbers; role: who asks."""

    path: str
    url: str
    role: Role


def pages_of(app: Flask, numbers: Mapping[str, Mapping[str, Any]]) -> list[Address]:
    """The console's pages that somebody signed in can open. numbers: endpoint or "" -> parameter -> value. Raises KeyError for a page
    whose parameter has no value."""
    declared, found = rules(app), []
    with app.test_request_context():
        for rule in app.url_map.iter_rules():
            page = declared.get(rule.endpoint)
            if page is None or page.permission is None or not page.page or "GET" not in (rule.methods or ()):
                continue
            if rule.endpoint in LEFT_OUT:
                continue
            known = {**numbers[""], **numbers.get(rule.endpoint, {})}
            url = app.url_map.bind("").build(rule.endpoint, {name: known[name] for name in rule.arguments})
            found.append(Address(rule.rule, url, _reader(page.permission)))
    return sorted(found, key=lambda each: each.path)


def _reader(permission: Permission) -> Role:
    return next(role for role in READERS if permission in GRANTS[role])


def real_numbers(session: Session, zone_id: int, secret: bytes, now: Any) -> dict[str, dict[str, Any]]:
    """Numbers for all parameters of addresses. zone_id: the largest zone."""
    tables: dict[str, type[Any]] = {
        "account_id": Account,
        "cluster_id": Cluster,
        "alert_id": Alert,
        "batch_id": LetterBatch,
        "camera_id": Camera,
        "certificate_id": DeletionCertificate,
        "exemption_id": Exemption,
        "household_id": Household,
        "import_id": PeopleImport,
        "row_id": ImportRow,
        "transfer_id": Transfer,
        "look_id": SecondLook,
        "message_id": EmergencyMessage,
        "proposal_id": Proposal,
        "place_id": ControlPlace,
        "ticket_id": HotlineTicket,
        "unit_id": HotlineUnit,
        "text_id": HotlineText,
        "calendar_id": HotlineCalendar,
        "report_id": Report,
        "reporter_id": Reporter,
        "document_id": ReportDocument,
        "delivery_id": ReportDelivery,
        "recipient_id": ReportRecipient,
        "schedule_id": ReportSchedule,
        "case_id": InfectionCase,
        "contact_id": CaseContact,
    }
    first = {name: session.scalar(select(table.id).order_by(table.id).limit(1)) for name, table in tables.items()}
    of_zone = {
        "room_id": select(Room.id).where(Room.zone_id == zone_id),
        "plan_id": select(Plan.id).where(Plan.zone_id == zone_id),
        "round_id": select(RollCall.id).where(RollCall.zone_id == zone_id).order_by(RollCall.opens_at.desc()),
    }
    first |= {name: session.scalar(query.limit(1)) for name, query in of_zone.items()}
    waiting = select(Incident).where(
        Incident.state == IncidentState.OPEN, Incident.kind.in_((IncidentKind.FACE_DOUBTFUL, IncidentKind.MISSED))
    )
    incident = session.scalars(waiting.order_by(Incident.kind, Incident.id).limit(1)).one()
    order = select(QuarantineOrder.id).where(QuarantineOrder.resident_id == incident.resident_id, in_force(now))
    other = select(Resident.id).where(Resident.id != incident.resident_id, Resident.deleted_at.is_(None)).limit(1)
    common = first | {
        "zone_id": zone_id,
        "key": "all.now",
        "resident_id": incident.resident_id,
        "incident_id": incident.id,
        "order_id": session.scalar(order.limit(1)),
        "other_id": session.scalar(other),
        "code": bracelet(secret, incident.resident_id or 0),
        "deed": "extend",
        "batch": BATCH,
        "name": "plan",
        "purpose": "answer",
        "kind": "first",
        "language": "vi",
        "wanted": "vi",
        "version": shipped().version,
    }
    return {
        "": common,
        "papers.paper": {"name": "notice"},
        "floor_plan.editor": {"plan_id": session.scalar(select(FloorPlan.id).limit(1))},
        "data_requests.one": {"request_id": session.scalar(select(RightsRequest.id).limit(1))},
        "camera_adding.found": {"request_id": session.scalar(select(CameraRequest.id).limit(1))},
        "orders.ask": {"deed": "extend"},
        "declaration_form.question": {"key": "new"},
    }
