"""Whether a picture of a face is good enough to enrol, and what to do better, in words.

The limits were set on 27 press and portrait photographs and on blurred, darkened, brightened and masked copies of them: see
`tests/unit/monitor/test_quality.py`. They are about the picture, never about the person.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import cv2
import numpy as np

from monitor.vision.faces.count import count_faces
from monitor.vision.faces.engines import Face, Picture, aligned_face
from monitor.words import N_, Words, words

# Pixels of the picture that a face must be wide; its middle grey level; the share of it that is blank white.
LEAST_WIDTH, DARKEST, BRIGHTEST, MOST_BLANK = 80.0, 58.0, 238.0, 0.25
# Of the fine detail (a Laplacian of the face of 112x112 pixels) against its contrast.
LEAST_SHARPNESS = 0.022
# The nose off the middle of the eyes, in distances of the eyes; between eyes (0) and mouth (1); and degrees of the head's tilt.
MOST_TURNED, NOSE_HIGHEST, NOSE_LOWEST, MOST_TILTED = 0.35, 0.35, 0.85, 20.0
# The share of the face that lies outside the picture.
MOST_OUTSIDE = 0.04
# How far the colour of mouth and chin is from that of the cheeks under the eyes (Lab): skin and beards reached 16, masks began at 19.
# And how much darker or lighter it is: beards and shadows had -103 to 3; black and white masks, which have no colour, -151 and 46.
MOST_UNLIKE, DARKEST_CHIN, LIGHTEST_CHIN = 17.5, -130.0, 25.0
# The middle grey level at which these colours are compared.
WELL_LIT = 140.0
# The share of the places of the eyes that is blank white, where the rest of the face is not: a lamp in the glasses.
MOST_GLARE = 0.04
_CHIN, _LEFT_CHEEK, _RIGHT_CHEEK = np.s_[78:108, 35:77], np.s_[56:72, 25:40], np.s_[56:72, 72:87]
_EYES = (np.s_[40:62, 24:52], np.s_[40:62, 60:88])


class Flaw(StrEnum):
    """What is wrong with a picture of a face."""

    NO_FACE = "no_face"
    SEVERAL = "several"
    FAR = "far"
    CUT_OFF = "cut_off"
    DARK = "dark"
    BRIGHT = "bright"
    BLURRED = "blurred"
    TURNED = "turned"
    MASKED = "masked"
    GLARE = "glare"


ADVICE = {
    Flaw.NO_FACE: N_("No face can be seen. Hold the phone in front of the face and take the photo again."),
    Flaw.SEVERAL: N_("There is more than one face. Please be alone in the photo."),
    Flaw.FAR: N_("The face is too far away. Move closer, so that it fills the frame."),
    Flaw.CUT_OFF: N_("Part of the face is outside the photo. Move it to the middle."),
    Flaw.DARK: N_("Too dark. Turn towards a window or switch on a light."),
    Flaw.BRIGHT: N_("Too bright. Turn away from the lamp or the sun."),
    Flaw.BLURRED: N_("The photo is blurred. Hold the phone still, and wipe the lens."),
    Flaw.TURNED: N_("The head is turned or tilted. Look straight at the phone."),
    Flaw.MASKED: N_("Mouth and chin seem to be covered. For this one photo, please take the mask off if nobody else is near."),
    Flaw.GLARE: N_("The glasses reflect light. Take them off, or turn a little away from the lamp."),
}


@dataclass(frozen=True)
class Quality:
    """What a picture of a face is like. flaws: worst first; none: good enough. The other figures as their limits above; NaN for no face."""

    flaws: tuple[Flaw, ...]
    width: float = float("nan")
    brightness: float = float("nan")
    sharpness: float = float("nan")
    turned: float = float("nan")
    unlike: float = float("nan")

    @property
    def advice(self) -> tuple[Words, ...]:
        """What to do better, a sentence for each flaw."""
        return tuple(words(ADVICE[each]) for each in self.flaws)


def assess(image_bgr: Picture, faces: Sequence[Face]) -> Quality:
    """How good a picture of the largest of its faces is. faces: largest first, with all five points."""
    if not faces:
        return Quality((Flaw.NO_FACE,))
    face = faces[0]
    if not np.isfinite(face.points).all():
        raise ValueError("quality is told by five points; this face lacks some")
    aligned = aligned_face(image_bgr, face.points)
    grey = cv2.cvtColor(aligned, cv2.COLOR_BGR2GRAY)
    inner = grey[30:105, 20:92]
    brightness = float(np.median(inner))
    detail = cv2.Laplacian(cv2.GaussianBlur(grey, (0, 0), 0.8), cv2.CV_32F)[20:105, 15:97]
    sharpness = float(detail.var() / max(float(inner.var()), 1.0))
    turned, nose, tilt = pose(face)
    unlike, lighter = chin_against_cheeks(aligned)
    glare = float(np.concatenate([grey[eye].ravel() for eye in _EYES]).__ge__(245).mean())
    there = aligned_face(np.full_like(image_bgr, 255), face.points)[20:, 10:102, 0]
    blank = float((inner >= 250).mean())
    found = {
        Flaw.SEVERAL: count_faces([each.width for each in faces]) > 1,
        Flaw.FAR: face.width < LEAST_WIDTH,
        Flaw.CUT_OFF: float((there < 128).mean()) > MOST_OUTSIDE,
        Flaw.DARK: brightness < DARKEST,
        Flaw.BRIGHT: brightness > BRIGHTEST or blank > MOST_BLANK,
        Flaw.BLURRED: sharpness < LEAST_SHARPNESS,
        Flaw.TURNED: abs(turned) > MOST_TURNED or not NOSE_HIGHEST < nose < NOSE_LOWEST or abs(tilt) > MOST_TILTED,
        Flaw.MASKED: unlike > MOST_UNLIKE or not DARKEST_CHIN < lighter < LIGHTEST_CHIN,
        Flaw.GLARE: glare > MOST_GLARE + 3 * blank,
    }
    flaws = tuple(flaw for flaw, there in found.items() if there)
    return Quality(flaws, face.width, brightness, sharpness, turned, unlike)


def pose(face: Face) -> tuple[float, float, float]:
    """How a head is held, by five points: to the side (distances of the eyes, 0 straight, positive to the picture's right), where the
    nose is between eyes (0) and mouth (1), and the tilt in degrees."""
    right_eye, left_eye, nose, right_mouth, left_mouth = face.points.astype(np.float64)
    along = left_eye - right_eye
    distance = max(float(np.hypot(*along)), 1e-6)
    along /= distance
    down = np.array([-along[1], along[0]])
    middle = (right_eye + left_eye) / 2
    to_mouth = float(((right_mouth + left_mouth) / 2 - middle) @ down)
    to_nose = float((nose - middle) @ down)
    return (
        float((nose - middle) @ along) / distance,
        to_nose / max(to_mouth, 1e-6),
        float(np.degrees(np.arctan2(along[1], along[0]))),
    )


def chin_against_cheeks(aligned: Picture) -> tuple[float, float]:
    """How far the colour of mouth and chin is from that of the cheeks, and how much lighter it is. aligned: as `aligned_face` gives it."""
    # In the dark all colours are near each other: first as light as in a good picture.
    light = WELL_LIT / max(float(np.median(aligned)), 1.0)
    lab = cv2.cvtColor(np.clip(aligned * light, 0, 255).astype(np.uint8), cv2.COLOR_BGR2LAB).astype(np.float64)
    cheeks = np.concatenate([lab[_LEFT_CHEEK].reshape(-1, 3), lab[_RIGHT_CHEEK].reshape(-1, 3)])
    chin = lab[_CHIN].reshape(-1, 3)
    difference = np.median(chin, axis=0) - np.median(cheeks, axis=0)
    return float(np.linalg.norm(difference[1:])), float(difference[0])
