"""Is the service whole? /healthz says it for a supervisor, /metrics counts it for Prometheus. Neither tells anything personal."""

from __future__ import annotations

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

from monitor.database import Database
from monitor.models import (
    Camera,
    CameraState,
    CheckIn,
    CheckInState,
    Incident,
    IncidentKind,
    IncidentState,
    Presence,
    PresenceState,
    ProcessBeat,
    Prompt,
    PromptState,
    Verification,
    VerificationState,
)
from monitor.process import ALIVE_SECONDS
from web.camera_metrics import camera_metrics
from web.guard import open_to_all
from web.live import Broadcaster

EXPECTED = ("schedule", "watch", "work")  # the web process is the one that answers
OVERDUE = timedelta(seconds=60)


def _alive(session: Session, now: datetime) -> dict[str, int]:
    """How many processes of each kind gave a sign of life lately."""
    rows = session.execute(
        select(ProcessBeat.kind, func.count())
        .where(ProcessBeat.beat_at >= now - timedelta(seconds=ALIVE_SECONDS))
        .group_by(ProcessBeat.kind)
    )
    return {row[0]: row[1] for row in rows}


def _overdue(session: Session, now: datetime) -> dict[str, int]:
    """Work that should have been taken up a minute ago. A lease that ran out counts too: nobody took it over."""
    prompts = select(func.count()).where(Prompt.next_attempt_at < now - OVERDUE)
    answers = select(func.count()).where(Verification.next_attempt_at < now - OVERDUE)
    return {"prompts": session.scalar(prompts) or 0, "verifications": session.scalar(answers) or 0}


def state_of_service(database: Database, now: datetime) -> tuple[bool, dict[str, Any]]:
    """Whether all parts are well, and each part: database, processes, cameras (counts only), backlog."""
    try:
        with database.read() as session:
            alive = _alive(session, now)
            overdue = _overdue(session, now)
            cameras = dict.fromkeys(CameraState, 0) | {
                row[0]: row[1]
                for row in session.execute(select(Camera.state, func.count()).where(Camera.enabled).group_by(Camera.state))
            }
    except SQLAlchemyError as error:
        return False, {"database": {"ok": False, "problem": type(error).__name__}}
    parts: dict[str, Any] = {
        "database": {"ok": True},
        "web": {"ok": True},
        **{kind: {"ok": alive.get(kind, 0) > 0, "processes": alive.get(kind, 0)} for kind in EXPECTED},
        "backlog": {"ok": not any(overdue.values()), **overdue},
    }
    whole = all(part["ok"] for part in parts.values())
    # A camera that is dark is an incident for people, and no reason to restart the service.
    return whole, {**parts, "cameras": {state.value: count for state, count in cameras.items()}}


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
            processes = GaugeMetricFamily("quarantine_processes", "Living processes by kind", labels=["kind"])
            for kind, count in sorted((dict.fromkeys(EXPECTED, 0) | _alive(session, now)).items()):
                processes.add_metric([kind], count)
            yield processes
            backlog = GaugeMetricFamily("quarantine_overdue", "Work nobody took up for a minute", labels=["kind"])
            for kind, count in _overdue(session, now).items():
                backlog.add_metric([kind], count)
            yield backlog
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
