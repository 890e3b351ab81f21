"""Judges answers: claimed with a lease, looked at by the face engines, decided by `verdict`, written by compare-and-set."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Row, or_, select, update
from sqlalchemy.orm import Session

from monitor.clock import utc_now
from monitor.database.database import Database
from monitor.database.statements import changed
from monitor.faces.gallery import load_gallery
from monitor.faces.thresholds import thresholds_of
from monitor.incidents import causes
from monitor.incidents.incidents import end_causes, open_incident
from monitor.models.incidents import IncidentKind
from monitor.models.people.residents import Media, Resident
from monitor.models.rollcalls.answers import Answer, Verification, VerificationState
from monitor.models.rollcalls.plans import EvidenceLevel, Plan
from monitor.models.rollcalls.rounds import CheckIn, CheckInState, RollCall
from monitor.people.births import birth_of, may_be_younger_than
from monitor.people.face_agreement import agreeing_among
from monitor.vault.vault import Vault, VaultProblem
from monitor.vision.faces.engines import Embedding, Face, FaceEngine, Picture, best_match, decode, look_closely
from monitor.vision.faces.other_models import Thresholds
from monitor.vision.faces.quality import Flaw, assess
from monitor.vision.faces.recapture import hints
from monitor.vision.faces.second_opinion import needs_second
from monitor.words import N_, Words, words
from rollcall.answers.concluding import take_verdict
from rollcall.faces.face_consent import settle_without_faces
from rollcall.faces.leasing import MOST_ATTEMPTS, claim
from rollcall.faces.movements import Movements, earlier_frames, look_at_movements
from rollcall.prompts.due import verifications_due
from rollcall.verdicts.verdict import ADULT_AT, Findings, Opinion, Verdict, judge

log = logging.getLogger(__name__)

BATCH = 8
DAMAGED = N_("The photo arrived and was damaged in our store, which is our fault. Health staff will look at the answer.")


def verify_due(
    database: Database,
    vault: Vault,
    first: Callable[[], FaceEngine],
    second: Callable[[], FaceEngine | None],
    *,
    worker: str,
    now: datetime,
    between: Callable[[], None] = lambda: None,
) -> int:
    """Claim answers that wait, judge them; returns how many. first, second: give the engines, which are loaded when first needed.
    between: called before each, since one may take seconds.

    One that cannot be judged three times over goes to a person; none is lost.
    """
    claimed = claim(
        database, Verification, verifications_due(now), VerificationState.LEASED, most=BATCH, worker=worker, now=now
    )
    with database.read() as session:
        agreeing = agreeing_among(session, [each.resident_id for each in claimed])
    for verification in claimed:
        between()
        if verification.resident_id not in agreeing:
            # They refused between answering and now, or were never asked: no engine looks.
            with database.write() as session:
                settle_without_faces(session, verification.resident_id, utc_now())
            continue
        if verification.attempts > MOST_ATTEMPTS:
            reasons = (_why_unread(database, vault, verification),)
            verdict, findings, movements = Verdict(CheckInState.IN_REVIEW, None, reasons), None, None
        else:
            try:
                findings, movements = _look(database, vault, first(), second, verification)
                verdict = judge(findings)
            except Exception:
                # Whatever a picture does to an engine, the answer stays and is tried again when its lease runs out.
                log.exception("verification %s failed", verification.id)
                continue
        _write(database, verification, findings, verdict, worker, movements)
    return len(claimed)


def _why_unread(database: Database, vault: Vault, verification: Verification) -> Words:
    """Nobody is blamed for a picture that is damaged in our store."""
    with database.read() as session:
        media = session.scalars(
            select(Media).join(Answer, Answer.media_id == Media.id).where(Answer.id == verification.answer_id)
        ).first()
    try:
        if media is not None:
            vault.get(media.owner, media.name)
    except (VaultProblem, OSError):
        return words(DAMAGED)
    return words(N_("The machine could not read the photo, so health staff will check."))


def _look(
    database: Database,
    vault: Vault,
    first: FaceEngine,
    second: Callable[[], FaceEngine | None],
    verification: Verification,
) -> tuple[Findings, Movements | None]:
    with database.read() as session:
        media = session.scalars(
            select(Media).join(Answer, Answer.media_id == Media.id).where(Answer.id == verification.answer_id)
        ).one()
        gallery = load_gallery(session, vault, first, [verification.resident_id])
        own = thresholds_of(session, first)
        answer = session.get_one(Answer, verification.answer_id)
        resident = session.get_one(Resident, verification.resident_id)
        birth = birth_of(resident.birth_date, resident.birth_precision)
        asked = _asked(session, verification.check_in_id)
        burst = session.get(Media, answer.burst_id) if answer.burst_id is not None else None
        earlier = earlier_frames(session, verification) if burst is not None else set()
    doubts = tuple(Words.load(each) for each in answer.place_reasons) if answer.place_doubtful else ()
    photo = decode(vault.get(media.owner, media.name))
    faces = look_closely(first, photo)
    seen = Findings(
        bool(gallery),
        tuple(float(face.width) for face in faces),
        doubts=doubts,
        covered=Flaw.MASKED in assess(photo, faces).flaws,
        child=may_be_younger_than(ADULT_AT, birth, answer.taken_at.date()),
        moves_asked=asked.moves,
        face_enough=asked.face_enough,
    )
    movements = None
    if burst is not None:
        movements = look_at_movements(vault, first, own, burst, asked.nonce, photo, faces, earlier)
        seen = replace(seen, movements=movements.doubts)
    if not faces or not gallery:
        return _with_hints(seen, photo, faces), movements
    opinion = _compare(first, own, photo, faces[0], gallery)
    other = None
    if needs_second(opinion.similarity, own):
        engine = second()
        if engine is not None:
            with database.read() as session:
                theirs = load_gallery(session, vault, engine, [verification.resident_id])
                limits = thresholds_of(session, engine)
            if theirs:
                other = _compare(engine, limits, photo, faces[0], theirs)
    return _with_hints(replace(seen, first=opinion, second=other), photo, faces), movements


def _with_hints(seen: Findings, photo: Picture, faces: list[Face]) -> Findings:
    """What else a person should know who will look at it; who is verified is not looked at so closely."""
    if not faces or judge(seen).state is CheckInState.VERIFIED:
        return seen
    return replace(seen, hints=hints(photo, faces[0]))


def _asked(session: Session, check_in_id: int) -> Row[bool, bool, str]:
    """Whether head movements were asked for, whether the face is enough without, and the nonce that they were drawn from."""
    return session.execute(
        select(
            (Plan.evidence == EvidenceLevel.FACE_AND_LIVENESS).label("moves"),
            or_(Plan.face_enough, Resident.holds_still).label("face_enough"),
            CheckIn.nonce,
        )
        .select_from(CheckIn)
        .join(Resident, Resident.id == CheckIn.resident_id)
        .join(RollCall, RollCall.id == CheckIn.roll_call_id)
        .join(Plan, Plan.id == RollCall.plan_id)
        .where(CheckIn.id == check_in_id)
    ).one()


def _compare(
    engine: FaceEngine, thresholds: Thresholds, photo: Picture, face: Face, gallery: dict[int, list[Embedding]]
) -> Opinion:
    match = best_match(engine.embed(photo, face), gallery, thresholds)
    similarity = round(float(match.similarity), 4)
    return Opinion(engine.name, match.certainty, similarity, similarity - thresholds.accept)


def _write(
    database: Database,
    verification: Verification,
    findings: Findings | None,
    verdict: Verdict,
    worker: str,
    movements: Movements | None,
) -> None:
    now = utc_now()
    first = findings.first if findings else None
    second = findings.second if findings else None
    with database.write() as session:
        done = changed(
            session,
            update(Verification)
            .where(
                Verification.id == verification.id,
                Verification.state == VerificationState.LEASED,
                Verification.leased_by == worker,
            )
            .values(
                state=VerificationState.DONE,
                next_attempt_at=None,
                engine=first.engine if first else "",
                similarity=first.similarity if first else None,
                second_engine=second.engine if second else "",
                second_similarity=second.similarity if second else None,
                faces=len(findings.faces) if findings else None,
                movements=movements.kept if movements else None,
                verdict=verdict.state,
                reasons=[each.dump() for each in verdict.reasons],
                judged_at=now,
            ),
        )
        if done and take_verdict(session, verification.check_in_id, verdict, now=now):
            _tell_staff(session, verification, verdict, now)


def _tell_staff(session: Session, verification: Verification, verdict: Verdict, now: datetime) -> None:
    resident = verification.resident_id
    if verdict.state == CheckInState.VERIFIED:
        over = [causes.face_doubtful(resident), causes.place_doubtful(resident), *causes.asked_after(resident)]
        end_causes(session, over, now=now)
        return
    name = session.scalar(select(Resident.full_name).where(Resident.id == resident))
    of_place = verdict.about == "place"
    open_incident(
        session,
        IncidentKind.PLACE_DOUBTFUL if of_place else IncidentKind.FACE_DOUBTFUL,
        causes.place_doubtful(resident) if of_place else causes.face_doubtful(resident),
        zone_id=verification.zone_id,
        resident_id=resident,
        check_in_id=verification.check_in_id,
        reason=words(N_("%(name)s: %(why)s"), name=name, why=verdict.reasons[0].dump()),
        now=now,
    )
