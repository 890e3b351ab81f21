"""Whether an answer shows the resident: a pure decision over what the face engines found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from monitor.models.rollcalls.answers import PlaceVerdict
from monitor.models.rollcalls.plans import EvidenceLevel
from monitor.models.rollcalls.rounds import CheckInState
from monitor.vision.faces.count import count_faces
from monitor.vision.faces.second_opinion import agree
from monitor.words import N_, Words, words
from rollcall.verdicts.without_face import other_way, proven_on_page

Certainty = Literal["same", "grey", "different"]
# Values of a reason that are for staff: to a resident a figure is no help, and invites trying out.
_FIGURES = frozenset({"similarity"})
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
    about: Literal["face", "place", "words"] = "face"


def in_words(reasons: Sequence[Words]) -> list[Words]:
    """Stored reasons as a resident reads them: one that tells a figure only repeats the one before it, and is left out."""
    return [each for each in reasons if not _FIGURES & each.values.keys()]


def judge(findings: Findings) -> Verdict:
    """The verdict with its reasons: in words a resident could read, and figures beside them for staff."""
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
        missing = words(N_("The photo came without the head movements asked for, so health staff will check."))
        return Verdict(CheckInState.IN_REVIEW, None, (missing, *verdict.reasons))
    if findings.movements:
        return Verdict(CheckInState.IN_REVIEW, None, (*findings.movements, *verdict.reasons))
    if verdict.state is not CheckInState.VERIFIED:
        return verdict
    done = words(N_("The head movements were as asked."))
    return Verdict(CheckInState.VERIFIED, EvidenceLevel.FACE_AND_LIVENESS, (*verdict.reasons, done))


def _judge_face(findings: Findings) -> Verdict:

    def review(*reasons: Words) -> Verdict:
        return Verdict(CheckInState.IN_REVIEW, None, reasons)

    def verified(*reasons: Words) -> Verdict:
        return Verdict(CheckInState.VERIFIED, EvidenceLevel.FACE, reasons)

    count = count_faces(findings.faces)
    if count == 0:
        return review(words(N_("No face was found in the photo, so health staff will check.")))
    if count > 1:
        return review(words(N_("The photo shows %(count)s faces, so health staff will check."), count=count))
    if not findings.enrolled or findings.first is None:
        return review(words(N_("There is no reference photo to compare with yet, so health staff will check.")))
    first = findings.first
    compared = words(
        N_("Compared with the reference photos (%(engine)s: likeness %(similarity).2f)."),
        engine=first.engine,
        similarity=first.similarity,
    )
    if findings.child:
        return review(
            words(N_("Children’s faces change quickly and mislead the machine, so a person checks each photo.")), compared
        )
    if findings.covered:
        return review(words(N_("Mouth and chin seem to be covered, so health staff will check.")), compared)
    if first.certainty == "different":
        return review(
            words(N_("The face does not clearly resemble the reference photos, so health staff will check.")), compared
        )
    second = findings.second
    if second is None:
        if first.certainty == "same":
            return verified(words(N_("The face matches the reference photos.")), compared)
        return review(words(N_("It is not clear whether this is the same face, so health staff will check.")), compared)
    again = words(
        N_("Compared a second time by another engine (%(engine)s: likeness %(similarity).2f)."),
        engine=second.engine,
        similarity=second.similarity,
    )
    if agree(first.above, second.above):
        return verified(
            words(N_("The face closely resembles the reference photos, and a second comparison agrees.")), compared, again
        )
    return review(words(N_("It is not clear whether this is the same face, so health staff will check.")), compared, again)


_LEVELS = list(EvidenceLevel)
NO_PICTURE = N_("You have not agreed to face matching, so no photo is needed.")


def judge_without_face(place: PlaceVerdict | None, doubts: tuple[Words, ...]) -> Verdict:
    """The verdict on an answer on the page of somebody who has not agreed to face matching. doubts: about the place, as for everybody."""
    if doubts:
        return Verdict(CheckInState.IN_REVIEW, None, doubts, "place")
    reasons = (words(N_("Your answer was enough.")), words(NO_PICTURE))
    return Verdict(CheckInState.VERIFIED, proven_on_page(place), reasons)


def enough(
    asked: EvidenceLevel, by_text: EvidenceLevel, *, without_smartphone: bool, without_face: bool = False
) -> EvidenceLevel:
    """What is enough from somebody. asked: of everybody; by_text: what the plan offers to people without a smartphone instead."""
    if without_smartphone:
        return min(asked, by_text, key=_LEVELS.index)
    return other_way(asked, by_text, place_asked=False).enough if without_face else asked


def judge_short(
    level: EvidenceLevel,
    asked: EvidenceLevel,
    by_text: EvidenceLevel,
    *,
    without_smartphone: bool,
    without_face: bool = False,
) -> Verdict:
    """The verdict on an answer by text or keys, which shows no face. level: what it proves."""
    wanted = enough(asked, by_text, without_smartphone=without_smartphone, without_face=without_face)
    if _LEVELS.index(level) >= _LEVELS.index(wanted):
        reasons = [words(N_("Your answer by phone was enough."))]
        if wanted != asked and not without_smartphone:
            reasons.append(words(NO_PICTURE))
        elif wanted != asked:
            reasons.append(words(N_("Without a smartphone, no photo is needed.")))
        return Verdict(CheckInState.VERIFIED, level, tuple(reasons))
    if wanted == EvidenceLevel.CODE_WORD:
        why = N_("The answer came by phone without the code in the message, so health staff will check.")
    else:
        why = N_("This roll-call asks for more than a text or a call can show, so health staff will check and may call.")
    return Verdict(CheckInState.IN_REVIEW, None, (words(why),))
