"""A small province for tests of the console: two zones, people in every state, accounts of every role. Made with the models."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import select

from monitor.accounts.accounts import add_account, sign_in
from monitor.contacts.cases import enter_case
from monitor.contacts.exposing import Found, Named, Who, propose
from monitor.contacts.periods import Dates, Meeting
from monitor.database.database import Database
from monitor.hotline.tickets import Contact, take_in
from monitor.incidents.incidents import open_incident
from monitor.models.accounts import Account, Role
from monitor.models.cameras.cameras import Camera, CameraState, MediaProfile, Observation, ObservationKind, ProfileRole
from monitor.models.contacts.cases import CasePurpose, FoundWhere
from monitor.models.contacts.contacts import ExposureSource, Proximity
from monitor.models.control_points import PlaceState
from monitor.models.daily_report import ReportKind
from monitor.models.hotline import TicketChannel, TicketKind
from monitor.models.incidents import Incident, IncidentKind
from monitor.models.people.residents import Media, MediaKind, Presence, PresenceState, QuarantineOrder, Resident
from monitor.models.places import Zone
from monitor.models.report_mail import FileForm, ReportFile
from monitor.models.reporters import ReporterChase, ReporterKind
from monitor.models.rollcalls.answers import Answer, Verification, VerificationState
from monitor.models.rollcalls.plans import Plan, PlanKind
from monitor.models.rollcalls.prompts import Prompt, PromptKind, PromptState
from monitor.models.rollcalls.rounds import CheckIn, CheckInChange, CheckInState, RollCall, RollCallState
from monitor.places.drawn_plans import make_plan
from monitor.places.units.search import UnitKey
from monitor.reports.collected.fields import ship_fields
from monitor.reports.collected.reporters import ReporterDetails, add_reporter
from monitor.reports.releasing import begin_day
from monitor.vault.vault import Vault, reports_owner
from monitor.words import N_, words
from rollcall.reporting.drawing_up import count_report
from tests.worlds import control_points
from tests.worlds.contact_chains import add_cluster
from tests.worlds.small_zone import NOW, add_zone
from tests.worlds.tables import make_tables
from web.benchmarks.reports import add_documents

PASSWORD = "đúng là mật khẩu"
PEOPLE = ("Nguyễn Thị An", "Trần Văn Bình", "Lê Thị Cúc", "Phạm Minh Dũng", "Hoàng Thu Hà", "Vũ Đức Long")


@dataclass(frozen=True)
class Place:
    """A zone and the numbers of what is in it."""

    zone: int
    residents: list[int]
    camera: int
    photo: int
    incident: int
    in_review: int
    missed: int
    order: int
    plan: int
    room: int
    floor_plan: int
    round: int
    places: tuple[int, int, int, int] = (9_999, 9_999, 9_999, 9_999)
    """Control points of the zone's unit: unconfirmed, waiting, approved, and a point of the last."""
    ticket: int = 9_999
    """Of the hotline, which nobody has in hand."""
    reporter: int = 9_999
    """An enterprise of the zone's unit, which has entered nothing and is to be called."""
    cluster: int = 9_999
    case: int = 9_999
    contact: int = 9_999
    """An infected person, and a contact of theirs that nobody has decided about."""


def jpeg() -> bytes:
    """The smallest thing that the console will hand out as a picture; it never decodes one."""
    return bytes.fromhex("ffd8ffe000104a46494600010100000100010000ffd9")


def add_place(database: Database, vault: Vault, name: str, now: datetime = NOW, picture: bytes | None = None) -> Place:
    """A zone with six residents in six states, two cameras, a closed and an open round, incidents."""
    picture = picture or jpeg()
    zone, residents = add_zone(database, name, PEOPLE)
    with database.write() as session:
        rooms = {resident.id: resident.room_id for resident in session.scalars(select(Resident))}
        cameras = []
        for number, (camera_state, room) in enumerate(
            [(CameraState.ONLINE, rooms[residents[0]]), (CameraState.COVERED, rooms[residents[1]]), (CameraState.OFFLINE, None)]
        ):
            camera = Camera(
                zone_id=zone,
                room_id=room,
                name=f"Cam {number + 1}",
                address=f"http://10.0.{zone}.{number + 1}/onvif/device_service",
                make="Dahua",
                model="IPC-HDW",
                state=camera_state,
                state_since=now - timedelta(minutes=20),
                analysed_at=now - timedelta(seconds=2 + 300 * number),
                problem=None
                if camera_state is CameraState.ONLINE
                else words(N_("%(address)s did not answer within %(seconds)s s."), address="10.0.0.1", seconds=5).dump(),
            )
            session.add(camera)
            session.flush()
            if number < 2:
                camera.picture = vault.put(f"camera-{camera.id}", picture)
            for role, width, height, rate in ((ProfileRole.MAIN, 1920, 1080, 25.0), (ProfileRole.SUB, 640, 360, 12.5)):
                session.add(
                    MediaProfile(
                        camera_id=camera.id,
                        role=role,
                        token=role.value,
                        codec="H264",
                        width=width,
                        height=height,
                        frames_per_second=rate,
                        uri="rtsp://x/",
                    )
                )
            cameras.append(camera.id)
        plan = Plan(zone_id=zone, name="Sáng", kind=PlanKind.TIMES, times=["08:00"])
        session.add(plan)
        session.flush()
        closed = RollCall(
            plan_id=plan.id,
            zone_id=zone,
            opens_at=now - timedelta(hours=2),
            closes_at=now - timedelta(hours=1, minutes=40),
            state=RollCallState.CLOSED,
            closed_at=now - timedelta(hours=1, minutes=40),
        )
        current = RollCall(
            plan_id=plan.id, zone_id=zone, opens_at=now - timedelta(minutes=6), closes_at=now + timedelta(minutes=14)
        )
        session.add_all([closed, current])
        session.flush()
        states = [
            CheckInState.VERIFIED,
            CheckInState.IN_REVIEW,
            CheckInState.PROMPTED,
            CheckInState.ANSWERED,
            CheckInState.EXCUSED,
            CheckInState.SCHEDULED,
        ]
        presences = [
            PresenceState.PRESENT,
            PresenceState.UNKNOWN,
            PresenceState.ABSENT,
            PresenceState.PRESENT,
            None,
            PresenceState.PRESENT,
        ]
        photo = in_review = missed = 0
        for number, (resident, state, presence) in enumerate(zip(residents, states, presences, strict=True)):
            if presence:
                session.add(
                    Presence(
                        resident_id=resident,
                        zone_id=zone,
                        state=presence,
                        since=now - timedelta(minutes=30 + number),
                        reason=words(N_("Recognised by camera %(camera)s."), camera="Cam 1").dump(),
                        expires_at=now + timedelta(minutes=8),
                        seen_at=now - timedelta(minutes=2),
                    )
                )
            for call, at, final in (
                (closed, closed.opens_at, CheckInState.MISSED if number == 2 else CheckInState.VERIFIED),
                (current, current.opens_at, state),
            ):
                check_in = CheckIn(
                    roll_call_id=call.id,
                    resident_id=resident,
                    zone_id=zone,
                    state=final,
                    opened_at=at,
                    nonce="n",
                    state_since=at,
                    reasons=[words(N_("The face is not clearly the enrolled one.")).dump()]
                    if final is CheckInState.IN_REVIEW
                    else [],
                )
                session.add(check_in)
                session.flush()
                for step, moved in enumerate((CheckInState.SCHEDULED, CheckInState.PROMPTED, final)):
                    session.add(
                        CheckInChange(
                            check_in_id=check_in.id,
                            at=at + timedelta(minutes=step),
                            state=moved,
                            reasons=check_in.reasons if step == 2 else [],
                        )
                    )
                session.add(
                    Prompt(
                        check_in_id=check_in.id,
                        resident_id=resident,
                        zone_id=zone,
                        kind=PromptKind.FIRST,
                        channel="sms",
                        state=PromptState.DELIVERED,
                        reference=f"{check_in.id}-first",
                        created_at=at + timedelta(seconds=5),
                    )
                )
                if final is CheckInState.MISSED:
                    missed = check_in.id
                if final is CheckInState.IN_REVIEW:
                    in_review = check_in.id
                    kept = []
                    for kind in (MediaKind.ENROLMENT, MediaKind.SELFIE):
                        media = Media(
                            zone_id=zone,
                            resident_id=resident,
                            kind=kind,
                            name=vault.put(f"resident-{resident}", picture),
                            owner=f"resident-{resident}",
                            taken_at=now - timedelta(minutes=4),
                        )
                        session.add(media)
                        session.flush()
                        kept.append(media.id)
                    photo = kept[1]
                    answer = Answer(
                        check_in_id=check_in.id,
                        resident_id=resident,
                        zone_id=zone,
                        received_at=now - timedelta(minutes=4),
                        media_id=photo,
                        unwell=True,
                        symptoms=["fever"],
                        help_wanted=["medicine"],
                        note="Cháu hơi sốt",
                    )
                    session.add(answer)
                    session.flush()
                    session.add(
                        Verification(
                            answer_id=answer.id,
                            check_in_id=check_in.id,
                            resident_id=resident,
                            zone_id=zone,
                            state=VerificationState.DONE,
                            engine="sface",
                            similarity=0.31,
                            second_engine="dlib",
                            second_similarity=0.52,
                        )
                    )
        for shown, minutes in ((ObservationKind.FACE, 12), (ObservationKind.NOBODY, 40), (ObservationKind.PERSON, 55)):
            session.add(
                Observation(
                    zone_id=zone,
                    camera_id=cameras[0],
                    room_id=rooms[residents[1]],
                    kind=shown,
                    resident_id=residents[1] if shown is ObservationKind.FACE else None,
                    started_at=now - timedelta(minutes=minutes + 7),
                    last_at=now - timedelta(minutes=minutes),
                )
            )
        reason = words(N_("%(name)s did not answer, though the message was delivered."), name=PEOPLE[2])
        early = now - timedelta(hours=1)
        open_incident(
            session, IncidentKind.MISSED, f"check-in-{zone}", zone_id=zone, reason=reason, now=early, resident_id=residents[2]
        )
        open_incident(
            session,
            IncidentKind.CAMERA_COVERED,
            f"camera-{cameras[1]}-covered",
            zone_id=zone,
            reason=words(N_("Nothing can be seen any more.")),
            now=now - timedelta(minutes=20),
            camera_id=cameras[1],
        )
        open_incident(
            session,
            IncidentKind.UNWELL,
            f"unwell-{zone}",
            zone_id=zone,
            reason=words(N_("%(name)s feels unwell."), name=PEOPLE[1]),
            now=now - timedelta(minutes=4),
            resident_id=residents[1],
        )
        session.flush()
        incident = session.scalars(select(Incident.id).where(Incident.cause == f"check-in-{zone}")).one()
        floor_plan = make_plan(session, zone, "Tầng 1", None, None, now).id
        order = session.scalars(select(QuarantineOrder.id).where(QuarantineOrder.resident_id == residents[1])).one()
        plan = session.scalars(select(Plan.id).where(Plan.zone_id == zone)).first()
        round_ = session.scalars(select(RollCall.id).where(RollCall.zone_id == zone)).first()
        assert plan is not None
        assert round_ is not None
    room = rooms[residents[1]] or 0
    places = _add_control_places(database, zone)
    with database.write() as session:
        ticket = take_in(
            session, Contact(TicketChannel.STAFF, f"zone-{zone}", "Hết gạo.", TicketKind.FOOD, resident_id=residents[0]), now
        ).id
    reporter = _add_reporter(database, zone, now)
    case, contact = _add_case(database, residents[2], now)
    return Place(
        zone,
        residents,
        cameras[0],
        photo,
        incident,
        in_review,
        missed,
        order,
        plan,
        room,
        floor_plan,
        round_,
        places,
        ticket,
        reporter,
        case=case,
        contact=contact,
    )


def _add_reporter(database: Database, zone: int, now: datetime) -> int:
    """An enterprise in the zone's unit, with one number that is asked for and a call that is due."""
    with database.write() as session:
        row = session.get_one(Zone, zone)
        assert row.unit_code is not None
        assert row.unit_from is not None
        unit = UnitKey(row.unit_code, row.unit_from)
        made = add_reporter(session, ReporterDetails(ReporterKind.ENTERPRISE, "Công ty May", unit, "", "+84901234000"), now)
        assert made is not None
        ship_fields(session, now)
        session.add(ReporterChase(day=now.date(), reporter_id=made, reminded_at=now, message_key="", call_at=now, note=""))
        return made


def _add_case(database: Database, resident: int, now: datetime) -> tuple[int, int]:
    """An infected person, and whom they met yesterday."""
    with database.write() as session:
        person = session.get_one(Resident, resident)
        dates = Dates(onset_on=now.date(), found_where=FoundWhere.QUARANTINE)
        case = enter_case(session, person, "covid-19", dates, None, now, token=f"case-{resident}")
        start = now - timedelta(hours=20)
        meeting = Meeting(start, start + timedelta(hours=1), start, start + timedelta(hours=1), 60, Proximity.NEAR)
        named = Who(named=Named("Đinh Thị Kim", f"+8491200{resident:04}"))
        (contact,) = propose(session, case, [Found(f"world-{resident}", named, ExposureSource.INTERVIEW, meeting)], now=now)
        return case.id, contact.id


def _add_control_places(database: Database, zone: int) -> tuple[int, int, int, int]:
    """A unit for the zone, of which no file knows, and a place in each of three states in it."""
    unit = (f"9{zone:04}", date(2025, 7, 1))
    with database.write() as session:
        row = session.get_one(Zone, zone)
        row.unit_code, row.unit_from = unit

    def asked(state: PlaceState) -> dict[str, object]:
        # Of the approved one its owner asks for another name.
        new = {
            "kind": "factory",
            "name": "Xưởng mới",
            "address": "1 Lê Lợi",
            "unit": [unit[0], unit[1].isoformat()],
            "pin": None,
        }
        return {"proposed": new, "proposed_at": NOW} if state is PlaceState.APPROVED else {}

    made = [
        control_points.add_place(
            database, f"Xưởng {state.value}", state=state, unit_code=unit[0], unit_from=unit[1], **asked(state)
        )
        for state in (PlaceState.UNCONFIRMED, PlaceState.WAITING, PlaceState.APPROVED)
    ]
    return made[0][0], made[1][0], made[2][0], made[2][1][0]


def add_accounts(database: Database, here: Place, now: datetime = NOW) -> dict[str, int]:
    """One account for each role, limited to one zone, and `everywhere`, a supervisor of all. Name -> id."""
    with database.write() as session:
        accounts: dict[str, Account] = {
            role.value: add_account(session, role.value, PASSWORD, role, zones=[here.zone], now=now, language="en")
            for role in Role
        }
        accounts["everywhere"] = add_account(session, "everywhere", PASSWORD, Role.SUPERVISOR, zones=None, now=now)
        session.flush()
        # They have said why they look at whom the infected person met.
        for account in accounts.values():
            until = now + timedelta(days=3)
            session.add(CasePurpose(case_id=here.case, account_id=account.id, reason="Truy vết", at=now, until=until))
        return {name: account.id for name, account in accounts.items()}


def seed(folder: Path) -> tuple[Place, Place]:
    """Fill `folder` once for many tests: the database `seed.db`, a vault, and a signed-in token for each account, in a file
    of its name, since signing in costs a tenth of a second by design."""
    database, vault = Database(f"sqlite:///{folder}/seed.db", bytes(32)), Vault(folder / "vault", bytes(32))
    make_tables(database)
    here, there = add_place(database, vault, "Khu A"), add_place(database, vault, "Khu B")
    accounts = add_accounts(database, here)
    here, there = (replace(each, cluster=add_cluster(database, each.zone, accounts["everywhere"])) for each in (here, there))
    with database.write() as session:
        begin_day(session, ReportKind.DAILY, NOW.date(), NOW)
    count_report(database, 1, ZoneInfo("Asia/Ho_Chi_Minh"), NOW)
    document = add_documents(database, here.zone, NOW)
    with database.write() as session:
        content = b"%PDF"
        name, digest = vault.put(reports_owner(NOW.year), content), sha256(content).hexdigest()
        row = {"form": FileForm.PDF, "language": "vi", "name": name, "size": len(content), "sha256": digest}
        session.add(ReportFile(document_id=document, **row))
    with database.write() as session:
        for username in accounts:
            token = sign_in(session, username, PASSWORD, now=NOW)
            assert isinstance(token, str)
            (folder / username).write_text(token)
    with database.engine.connect() as connection:
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    database.dispose()
    return here, there
