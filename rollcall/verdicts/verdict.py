"""Whether an answer shows the resident: a pure decision over what the face engines found."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from monitor.models.rollcalls import CheckInState, EvidenceLevel, PlaceVerdict
from monitor.vision.face_count import count_faces
from monitor.vision.second_opinion import agree
from monitor.words import N_, Words, words
from rollcall.other_way import other_way, proven_on_page

Certainty = Literal["same", "grey", "different"]
# The models learned from adults; below this age they confuse people more, and faces change within months.
ADULT_AT = 16


@dataclass(frozen=True)
class Opinion:
    """One engine's comparison of the selfie with the enrolled photos. above: how far its figure is above what it accepts."""

    engine: str
    certainty: Certainty
    similarity: float
    above: float


@dataclass(frozen=True)
class Findings:
    """What was seen. faces: widths in pixels, largest first; first, second: None when not asked.

    moves_asked: whether head movements were asked for; movements: what is in doubt about them, None where none came; face_enough: whether
    the face alone is enough then. doubts: what else than the face a person is to look at. hints: that it may be a picture of a picture,
    told to a person who looks anyway. covered: a mask, or what looks like one. child: too young for the models.
    """

    enrolled: bool
    faces: tuple[float, ...]
    first: Opinion | None = None
    second: Opinion | None = None
    doubts: tuple[Words, ...] = ()
    covered: bool = False
    child: bool = False
    moves_asked: bool = False
    movements: tuple[Words, ...] | None = None
    face_enough: bool = False
    hints: tuple[Words, ...] = ()


@dataclass(frozen=True)
class Verdict:
    """Verified, or a person decides; rejected by nobody but a person. about: what is in doubt, where something is."""

    state: CheckInState
    evidence: EvidenceLevel | None
    reasons: tuple[Words, ...]
    about: Literal["face", "place"] = "face"


def is_child(birth_date: date | None, on: date) -> bool:
    """Whether somebody is younger than `ADULT_AT`; who told no date of birth counts as grown up."""
    if birth_date is None:
        return False
    years = on.year - birth_date.year - ((on.month, on.day) < (birth_date.month, birth_date.day))
    return years < ADULT_AT


def judge(findings: Findings) -> Verdict:
    """The verdict with its reasons, in words a resident could read."""
    verdict = _with_doubts(findings, _with_movements(findings, _judge_face(findings)))
    if verdict.state is CheckInState.VERIFIED:
        return verdict
    return replace(verdict, reasons=(*verdict.reasons, *findings.hints))


def _with_doubts(findings: Findings, verdict: Verdict) -> Verdict:
    if not findings.doubts:
        return verdict
    if verdict.state is CheckInState.VERIFIED:
        return Verdict(CheckInState.IN_REVIEW, None, (*findings.doubts, *verdict.reasons), "place")
    return replace(verdict, reasons=(*verdict.reasons, *findings.doubts))


def _with_movements(findings: Findings, verdict: Verdict) -> Verdict:
    """What head movements add: more evidence where they were made, and a person's look where they are in doubt or missing."""
    if not findings.moves_asked:
        return verdict
    if findings.movements is None:
        if findings.face_enough:
            return verdict
        missing = words(N_("The picture came without the head movements that were asked for, so a person will look at it."))
        return Verdict(CheckInState.IN_REVIEW, None, (missing, *verdict.reasons))
    if findings.movements:
        return Verdict(CheckInState.IN_REVIEW, None, (*findings.movements, *verdict.reasons))
    if verdict.state is not CheckInState.VERIFIED:
        return verdict
    done = words(N_("The head movements were those that were asked for."))
    return Verdict(CheckInState.VERIFIED, EvidenceLevel.FACE_AND_LIVENESS, (*verdict.reasons, done))


def _judge_face(findings: Findings) -> Verdict:

    def review(*reasons: Words) -> Verdict:
        return Verdict(CheckInState.IN_REVIEW, None, reasons)

    def verified(*reasons: Words) -> Verdict:
        return Verdict(CheckInState.VERIFIED, EvidenceLevel.FACE, reasons)

    count = count_faces(findings.faces)
    if count == 0:
        return review(words(N_("No face was found in the picture, so a person will look at it.")))
    if count > 1:
        return review(words(N_("The picture shows %(count)s faces, so a person will look at it."), count=count))
    if not findings.enrolled or findings.first is None:
        return review(words(N_("There is no enrolled photo to compare with yet, so a person will look at it.")))
    first = findings.first
    compared = words(
        N_("The face was compared with the enrolled photos (%(engine)s: likeness %(similarity).2f)."),
        engine=first.engine,
        similarity=first.similarity,
    )
    if findings.child:
        return review(
            words(N_("Children's faces change quickly and deceive the machine, so a person looks at each.")), compared
        )
    if findings.covered:
        return review(words(N_("Something seems to cover mouth and chin, so a person will look at it.")), compared)
    if first.certainty == "different":
        return review(words(N_("The face does not look like the enrolled photos, so a person will look at it.")), compared)
    second = findings.second
    if second is None:
        if first.certainty == "same":
            return verified(words(N_("The face matches the enrolled photos.")), compared)
        return review(words(N_("The face is not clearly alike or different, so a person will look at it.")), compared)
    again = words(
        N_("A second, independent comparison was made (%(engine)s: likeness %(similarity).2f)."),
        engine=second.engine,
        similarity=second.similarity,
    )
    if agree(first.above, second.above):
        return verified(
            words(N_("The face is much like the enrolled photos, and a second comparison agrees.")), compared, again
        )
    return review(words(N_("The face is not clearly alike or different, so a person will look at it.")), compared, again)


_LEVELS = list(EvidenceLevel)
NO_PICTURE = N_("You did not agree to face matching, so no picture is asked of you.")


def judge_without_face(place: PlaceVerdict | None, doubts: tuple[Words, ...]) -> Verdict:
    """The verdict on an answer on the page of somebody who does not agree to face matching. doubts: about the place, as for everybody."""
    if doubts:
        return Verdict(CheckInState.IN_REVIEW, None, doubts, "place")
    reasons = (words(N_("Your answer was enough.")), words(NO_PICTURE))
    return Verdict(CheckInState.VERIFIED, proven_on_page(place), reasons)


def enough(
    asked: EvidenceLevel, by_text: EvidenceLevel, *, without_smartphone: bool, refuses_faces: bool = False
) -> EvidenceLevel:
    """What is enough from somebody. asked: of everybody; by_text: what the plan offers to people without a smartphone instead."""
    if without_smartphone:
        return min(asked, by_text, key=_LEVELS.index)
    return other_way(asked, by_text, place_asked=False).enough if refuses_faces else asked


def judge_short(
    level: EvidenceLevel,
    asked: EvidenceLevel,
    by_text: EvidenceLevel,
    *,
    without_smartphone: bool,
    refuses_faces: bool = False,
) -> Verdict:
    """The verdict on an answer by text or keys, which shows no face. level: what it proves."""
    wanted = enough(asked, by_text, without_smartphone=without_smartphone, refuses_faces=refuses_faces)
    if _LEVELS.index(level) >= _LEVELS.index(wanted):
        reasons = [words(N_("Your answer by telephone was enough."))]
        if wanted != asked and not without_smartphone:
            reasons.append(words(NO_PICTURE))
        elif wanted != asked:
            reasons.append(words(N_("Without a smartphone no picture is asked of you.")))
        return Verdict(CheckInState.VERIFIED, level, tuple(reasons))
    if wanted == EvidenceLevel.CODE_WORD:
        why = N_("The answer came by telephone without the code word of the message, so a person will look at it.")
    else:
        why = N_("The answer came by telephone, and this roll-call asks for more, so a person will look at it and may call.")
    return Verdict(CheckInState.IN_REVIEW, None, (words(why),))
