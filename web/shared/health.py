"""Is the service whole? /healthz says it for a supervisor, /metrics counts it for Prometheus. Neither tells anything personal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, Response, jsonify
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from monitor.alerts.record import untold
from monitor.database.database import Database
from monitor.health.checks import EXPECTED_PROCESSES
from monitor.models.cameras.cameras import Camera, CameraState
from monitor.models.incidents import Incident, IncidentKind, IncidentState
from monitor.models.people.residents import Presence, PresenceState
from monitor.models.rollcalls.answers import Verification, VerificationState
from monitor.models.rollcalls.prompts import Prompt, PromptState
from monitor.models.rollcalls.rounds import CheckIn, CheckInState
from monitor.models.service import ClockJump, ProcessBeat
from monitor.service.process import ALIVE_SECONDS, alive
from monitor.timekeeping.confirming import unconfirmed
from monitor.timekeeping.keeping import TICK
from rollcall.inbound.gateway_report import counted
from web.shared.camera_metrics import camera_metrics
from web.shared.guard import open_to_all
from web.shared.live import Broadcaster

OVERDUE = timedelta(seconds=60)


def _overdue(session: Session, now: datetime) -> dict[str, int]:
    """Work that should have been taken up a minute ago. A lease that ran out counts too: nobody took it over."""
    prompts = select(func.count()).where(Prompt.next_attempt_at < now - OVERDUE)
    answers = select(func.count()).where(Verification.next_attempt_at < now - OVERDUE)
    return {"prompts": session.scalar(prompts) or 0, "verifications": session.scalar(answers) or 0}


def _tick_age(session: Session, now: datetime) -> float | None:
    """Seconds since rounds were looked after last; None: never, which its process says. What lives and does not tick opens and closes nothing."""
    last = session.scalar(select(ProcessBeat.beat_at).where(ProcessBeat.name == TICK))
    return None if last is None else max(0.0, (now - last).total_seconds())


def state_of_service(database: Database, now: datetime) -> tuple[bool, dict[str, Any]]:
    """Whether all parts are well, and each part: database, processes, alerts, cameras (counts only), backlog."""
    try:
        with database.read() as session:
            living = alive(session, now)
            overdue = _overdue(session, now)
            silent = untold(session, now)
            tick_age = _tick_age(session, now)
            jumps = unconfirmed(session)
            cameras = dict.fromkeys(CameraState, 0) | {
                row[0]: row[1]
                for row in session.execute(select(Camera.state, func.count()).where(Camera.enabled).group_by(Camera.state))
            }
    except SQLAlchemyError as error:
        return False, {"database": {"ok": False, "problem": type(error).__name__}}
    parts: dict[str, Any] = {
        "database": {"ok": True},
        "web": {"ok": True},
        **{kind: {"ok": living.get(kind, 0) > 0, "processes": living.get(kind, 0)} for kind in EXPECTED_PROCESSES},
        # Also where its process lives: rounds that nobody looks after are due and stay closed.
        "rounds": {"ok": tick_age is None or tick_age <= ALIVE_SECONDS, "looked_after_seconds_ago": round(tick_age or 0.0, 1)},
        # Somebody may be in danger, and nobody was told, whether the telling did not run or nobody can be told.
        "alerts": {
            "ok": not silent.count,
            "untold": silent.count,
            "oldest_seconds": int((now - silent.oldest).total_seconds()) if silent.oldest else 0,
        },
        "backlog": {"ok": not any(overdue.values()), **overdue},
    }
    whole = all(part["ok"] for part in parts.values())
    # A camera that is dark, or a clock that jumped, is for people, and no reason to restart the service.
    return whole, {
        **parts,
        "cameras": {state.value: count for state, count in cameras.items()},
        "clock": {"to_confirm": len(jumps), "ahead_seconds": _ahead(jumps)},
    }


def _ahead(jumps: list[ClockJump]) -> int:
    """How far a machine's clock is away from the time by which the service goes, where it lasts."""
    return round(next((each.seconds for each in jumps if each.ended_at is None), 0.0))


class _Figures(Collector):
    """Asks the database when Prometheus asks us."""

    def __init__(self, database: Database, now: Callable[[], datetime], live: Broadcaster) -> None:
        self._database, self._now, self._live = database, now, live

    def describe(self) -> Iterable[Metric]:
        return []

    def collect(self) -> Iterable[Metric]:
        now = self._now()
        with self._database.read() as session:
            yield self._counts(
                session,
                "cameras",
                "Enabled cameras by state",
                CameraState,
                select(Camera.state, func.count()).where(Camera.enabled),
            )
            yield self._counts(
                session,
                "check_ins",
                "Check-ins of the last 24 hours by state",
                CheckInState,
                select(CheckIn.state, func.count()).where(CheckIn.opened_at >= now - timedelta(days=1)),
            )
            yield self._counts(
                session,
                "prompts",
                "Prompts of the last 24 hours by state",
                PromptState,
                select(Prompt.state, func.count()).where(Prompt.created_at >= now - timedelta(days=1)),
            )
            yield self._counts(
                session,
                "verifications",
                "Answers that are not judged yet, by state",
                VerificationState,
                select(Verification.state, func.count()).where(Verification.next_attempt_at.is_not(None)),
            )
            yield self._counts(
                session,
                "incidents_unresolved",
                "Incidents that are not resolved, by kind",
                IncidentKind,
                select(Incident.kind, func.count()).where(Incident.state != IncidentState.RESOLVED),
                label="kind",
            )
            yield self._counts(
                session, "presence", "Residents by believed presence", PresenceState, select(Presence.state, func.count())
            )
            ages = GaugeMetricFamily(
                "quarantine_camera_picture_age_seconds", "Age of the newest analysed picture", labels=["camera"]
            )
            for camera, analysed_at in session.execute(select(Camera.id, Camera.analysed_at).where(Camera.enabled)):
                if analysed_at is not None:
                    ages.add_metric([str(camera)], (now - analysed_at).total_seconds())
            yield ages
            yield from camera_metrics(session, now)
            heard = GaugeMetricFamily(
                "quarantine_gateway_heard",
                "What gateways sent today and yesterday, as it was read",
                labels=["gateway", "reading"],
            )
            sums: Counter[tuple[str, str]] = Counter()
            for each in counted(session, now, timedelta(days=1)):
                sums[each.gateway, each.reading.value] += each.number
            for (gateway, reading), count in sums.items():
                heard.add_metric([gateway, reading], count)
            yield heard
            processes = GaugeMetricFamily("quarantine_processes", "Living processes by kind", labels=["kind"])
            for kind, count in sorted((dict.fromkeys(EXPECTED_PROCESSES, 0) | alive(session, now)).items()):
                processes.add_metric([kind], count)
            yield processes
            backlog = GaugeMetricFamily("quarantine_overdue", "Work nobody took up for a minute", labels=["kind"])
            for kind, count in _overdue(session, now).items():
                backlog.add_metric([kind], count)
            yield backlog
            silent = untold(session, now)
            doubts = GaugeMetricFamily("quarantine_clock_to_confirm", "Jumps of a machine's clock that nobody has confirmed")
            doubts.add_metric([], len(unconfirmed(session)))
            yield doubts
            silence = GaugeMetricFamily("quarantine_alerts_untold", "Urgent incidents that nobody was told of")
            silence.add_metric([], silent.count)
            yield silence
            oldest = GaugeMetricFamily("quarantine_alerts_untold_oldest_seconds", "How long the oldest of them has waited")
            oldest.add_metric([], (now - silent.oldest).total_seconds() if silent.oldest else 0)
            yield oldest
        streams = GaugeMetricFamily("quarantine_live_streams", "Pages that listen for changes")
        streams.add_metric([], self._live.streams)
        yield streams

    @staticmethod
    def _counts(session: Session, name: str, says: str, kinds: Any, query: Any, label: str = "state") -> Metric:
        family = GaugeMetricFamily(f"quarantine_{name}", says, labels=[label])
        found = dict.fromkeys(kinds, 0) | dict(session.execute(query.group_by(query.selected_columns[0])).all())
        for kind, count in found.items():
            family.add_metric([kind.value], count)
        return family


def health_pages(database: Database, now: Callable[[], datetime], live: Broadcaster) -> Blueprint:
    """The two addresses, open to all: they hold counts only."""
    pages = Blueprint("health", __name__)
    registry = CollectorRegistry()
    registry.register(_Figures(database, now, live))

    @pages.get("/healthz")
    @open_to_all
    def healthz() -> tuple[Response, int]:
        whole, parts = state_of_service(database, now())
        return jsonify(ok=whole, **parts), 200 if whole else 503

    @pages.get("/metrics")
    @open_to_all
    def metrics() -> Response:
        return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)

    return pages
