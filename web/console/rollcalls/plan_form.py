"""Reads the form of a plan into a draft, and fills it with one: nothing that was typed is lost when something is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from monitor.models.people.residents import Resident
from monitor.models.rollcalls.plans import EvidenceLevel, Plan, PlanKind
from monitor.words import N_, words
from rollcall.plans.typed_plan import NEW_SHARE, STEPS, Draft, Remark, read_clocks, read_spans
from rollcall.rounds.plan_changes import named_people

MOST_CHANNELS = 3


@dataclass
class Read:
    """What a form says. named: None for the whole zone; remarks: what could not even be read."""

    draft: Draft
    named: list[int] | None
    remarks: list[Remark] = field(default_factory=list)


def fields_of(plan: Plan | None, named: list[int] | None, begun: Draft | None = None) -> MultiDict[str, str]:
    """The form's fields, filled from a plan; or from a draft to begin with, the usual one where none is given."""
    usual = begun or Draft("", PlanKind.TIMES, times=("08:00", "16:00"))
    draft = usual if plan is None else draft_of(plan)
    filled: MultiDict[str, str] = MultiDict(
        {
            "name": draft.name,
            "kind": draft.kind.value,
            "times": ", ".join(draft.times),
            "every": f"{draft.every_minutes or 240:g}",
            "spans": ", ".join(f"{start}-{end}" for start, end in draft.spans) or "08:00-11:00, 14:00-17:00",
            "quiet_from": draft.quiet_from,
            "quiet_to": draft.quiet_to,
            "window": f"{draft.window_minutes:g}",
            "visit": f"{draft.visit_after_minutes:g}",
            "evidence": draft.evidence.value,
            "evidence_by_text": draft.evidence_by_text.value,
            "share": str(draft.share_percent if plan else NEW_SHARE),
            "seed": draft.seed,
            "whom": "zone" if named is None else "people",
        }
    )
    for kind in STEPS:
        filled[kind.value] = next((f"{minutes:g}" for minutes, each in draft.ladder if each == kind.value), "")
    for number in range(MOST_CHANNELS):
        name, minutes = draft.channels[number] if number < len(draft.channels) else ("", 3.0)
        filled[f"channel{number}"], filled[f"wait{number}"] = name, f"{minutes:g}"
    filled.setlist("days", [str(day) for day in draft.days])
    filled.setlist("people", [str(each) for each in named or ()])
    for name in ("place_asked", "camera_excuses", "face_enough", "view_reason"):
        if getattr(draft, name):
            filled[name] = "yes"
    return filled


def draft_of(plan: Plan) -> Draft:
    """A stored plan as a draft."""
    return Draft(
        name=plan.name,
        kind=plan.kind,
        times=tuple(plan.times),
        every_minutes=plan.every_minutes,
        spans=tuple((start, end) for start, end in plan.spans),
        days=tuple(plan.days),
        quiet_from=plan.quiet_from,
        quiet_to=plan.quiet_to,
        window_minutes=plan.window_minutes,
        ladder=tuple((minutes, kind) for minutes, kind in plan.ladder),
        visit_after_minutes=plan.visit_after_minutes,
        evidence=plan.evidence,
        evidence_by_text=plan.evidence_by_text,
        place_asked=plan.place_asked,
        face_enough=plan.face_enough,
        view_reason=plan.view_reason,
        camera_excuses=plan.camera_excuses,
        channels=tuple((name, minutes) for name, minutes in plan.channels),
        share_percent=plan.share_percent,
        seed=plan.seed,
    )


def people_of_form(session: Session, plan: Plan | None) -> list[int] | None:
    """Whom a plan names, as a list for the form."""
    named = named_people(session, plan) if plan is not None else None
    return list(named) if named is not None else None


def read_form(form: MultiDict[str, str], session: Session, zone_id: int) -> Read:
    """The draft that a form describes, with remarks on what could not be read; such fields keep what is usual."""
    found: list[Remark] = []
    times, odd = read_clocks(form.get("times", ""))
    kind = _choice(form, "kind", PlanKind, PlanKind.TIMES, found)
    if odd and kind is PlanKind.TIMES:
        found.append(Remark("times", words(N_("%(typed)s is not a time of day. Write it like 08:00."), typed=", ".join(odd))))
    spans, odd = read_spans(form.get("spans", "")) if kind is PlanKind.RANDOM else ((), [])
    if odd:
        found.append(
            Remark("spans", words(N_("%(typed)s is not a span of time. Write it like 08:00-11:00."), typed=", ".join(odd)))
        )
    quiet = {}
    for name, usual in (("quiet_from", "21:00"), ("quiet_to", "07:00")):
        clocks, odd = read_clocks(form.get(name, ""))
        if odd or len(clocks) != 1:
            found.append(
                Remark("quiet", words(N_("The quiet hours need a beginning and an end, for example 21:00 and 07:00.")))
            )
        quiet[name] = clocks[0] if len(clocks) == 1 else usual
    ladder = [
        (minutes, step.value)
        for step in STEPS
        if form.get(step.value, "").strip() and (minutes := _number(form, step.value, 0.0, found)) is not None
    ]
    channels = [
        (name, _number(form, f"wait{number}", 3.0, found, shown="channels") or 0.0)
        for number in range(MOST_CHANNELS)
        if (name := form.get(f"channel{number}", "").strip())
    ]
    draft = Draft(
        name=form.get("name", "").strip(),
        kind=kind,
        times=times if kind is PlanKind.TIMES else (),
        every_minutes=_number(form, "every", 240.0, found) if kind is PlanKind.EVERY else None,
        spans=spans,
        days=tuple(sorted({int(each) for each in form.getlist("days") if each in "0123456" and len(each) == 1})),
        quiet_from=quiet["quiet_from"],
        quiet_to=quiet["quiet_to"],
        window_minutes=_number(form, "window", 50.0, found) or 0.0,
        ladder=tuple(ladder),
        visit_after_minutes=_number(form, "visit", 110.0, found) or 0.0,
        evidence=_choice(form, "evidence", EvidenceLevel, EvidenceLevel.FACE, found),
        evidence_by_text=_choice(form, "evidence_by_text", EvidenceLevel, EvidenceLevel.ACKNOWLEDGED, found),
        place_asked=form.get("place_asked") == "yes",
        face_enough=form.get("face_enough") == "yes",
        view_reason=form.get("view_reason") == "yes",
        camera_excuses=form.get("camera_excuses") == "yes",
        channels=tuple(channels),
        share_percent=int(_number(form, "share", NEW_SHARE, found) or 0),
        seed=form.get("seed", "")[:64],
    )
    return Read(draft, _named(form, session, zone_id, found), found)


def _named(form: MultiDict[str, str], session: Session, zone_id: int, found: list[Remark]) -> list[int] | None:
    whom = form.get("whom", "zone")
    if whom == "zone":
        return None
    chosen = [
        int(each) for each in form.getlist("rooms" if whom == "rooms" else "people") if each.isdecimal() and len(each) < 10
    ]
    column = Resident.room_id if whom == "rooms" else Resident.id
    named = list(session.scalars(select(Resident.id).where(Resident.zone_id == zone_id, column.in_(chosen))))
    if not named:
        found.append(Remark("people", words(N_("Choose at least one room or person, or the whole zone."))))
    return named


def _number(form: Mapping[str, str], name: str, usual: float, found: list[Remark], shown: str | None = None) -> float | None:
    typed = form.get(name, "").strip().replace(",", ".")
    try:
        value = float(typed)
    except ValueError:
        value = float("nan")
    if not 0 <= value < 100_000:
        found.append(Remark(shown or name, words(N_("Enter a number here, for example %(example)s."), example=f"{usual:g}")))
        return None
    return value


def _choice(form: Mapping[str, str], name: str, kind: Any, usual: Any, found: list[Remark]) -> Any:
    try:
        return kind(form.get(name, ""))
    except ValueError:
        found.append(Remark(name, words(N_("Choose one of the options."))))
        return usual
