"""What a camera's picture is worth: covered, moved, defocused, dark, frozen and replayed are told apart, and apart from motion."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from monitor.vision.integrity.freshness import FreshnessJudge, Verdict
from monitor.vision.integrity.reference import Likeness, Reference, root_mean_square, view
from monitor.vision.motion.background import Luma, downscale
from monitor.vision.motion.overlay import ClockFinder, Mask, mask_of
from monitor.words import N_, Words, words

# Below this share of the healthy picture's structure, a picture has lost it.
STRUCTURE_LOST = 0.35
# Grey levels: more than that no cover has, whatever the camera usually shows.
MUCH_STRUCTURE = 8.0
# Grey levels of structure that a flat, noisy picture still has; below, it is flat whatever the camera usually shows.
FLAT = 1.5
# From here on the scene is still recognised, as a whole or by its places. Noise alone stays below 0.05.
RECOGNISED, PLACES_RECOGNISED = 0.25, 0.5
# Mean grey level of a room whose light is off.
DARK = 40.0
# Of another scene, so little is like the reference by chance.
OTHER_SCENE, OTHER_PLACES = 0.35, 0.25
# Of a scene that is seen turned about its middle, nearer or further, more places are alike, but no fine detail is in its place.
DISPLACED_PLACES = 0.6
# A camera that was pushed this share of the picture's width does not see its room any more as it was set up to.
SHIFTED = 0.04
# A picture that has so little of its fine detail where it was, and so little of it anywhere, while its coarse structure stayed, is
# out of focus. Measured: a push by a few pixels leaves 0.8 of it somewhere, a blur by 3 pixels of 640 less than 0.3.
DETAIL_LOST, BLURRED, STRUCTURE_STAYED = 1 / 3, 0.6, 0.6
# Seconds that a camera takes to turn, stop and focus after it was told to.
TURNING_SECONDS = 5.0
# Views of a camera that turns which are remembered, the latest ones.
MOST_PRESETS = 8


class IntegrityState(StrEnum):
    """What a camera's picture is worth. The values are stored."""

    OK = "ok"
    COVERED = "covered"
    MOVED = "moved"
    DEFOCUSED = "defocused"
    FROZEN = "frozen"
    DARK = "dark"
    REPLAYED = "replayed"


# Consecutive keyframes that must agree before the state changes: a hand that passes the lens is no cover, and who passes close by
# hides more than half of the room. Frozen and replayed rest on several pictures already.
AGREEING = {
    IntegrityState.OK: 2,
    IntegrityState.COVERED: 2,
    IntegrityState.DARK: 2,
    IntegrityState.MOVED: 3,
    IntegrityState.DEFOCUSED: 3,
    IntegrityState.FROZEN: 1,
    IntegrityState.REPLAYED: 1,
}


@dataclass(frozen=True)
class Measures:
    """What was measured in one picture.

    brightness: mean grey level; structure: deviation without shading and noise, in grey levels; usual_structure: the same of
    the healthy reference, likeness: what the picture keeps of it; both None while there is none.
    """

    brightness: float
    structure: float
    usual_structure: float | None = None
    likeness: Likeness | None = None


@dataclass(frozen=True)
class Integrity:
    """The state of a camera's picture, since when (the clock of `look`), and why, in words."""

    state: IntegrityState
    since: float
    reasons: tuple[Words, ...]


def judge(measures: Measures) -> tuple[IntegrityState, tuple[Words, ...]]:
    """What one picture says, and why.

    A lamp that goes off dims the scene and leaves its structure recognisable, so nothing that is still recognised is
    covered, however faint. A picture in which nothing is recognised and little is left is covered, bright or dark: in
    total darkness nobody could tell the two apart, and to report it is the safe side. Where nothing is recognised and much
    is seen, it is another scene. Infra-red and somebody close by leave some of the places as they were.
    """
    kept = measures.likeness
    recognised = kept is not None and (kept.whole >= RECOGNISED or kept.places >= PLACES_RECOGNISED)
    lost = measures.structure < max(FLAT, min(STRUCTURE_LOST * (measures.usual_structure or 0.0), MUCH_STRUCTURE))
    if lost and not recognised:
        if measures.brightness < DARK:
            return IntegrityState.COVERED, (
                words(N_("Nothing of the scene can be recognised: the lens is covered, or there is no light at all.")),
            )
        return IntegrityState.COVERED, (words(N_("Nothing of the scene can be recognised: something covers the lens.")),)
    if measures.brightness < DARK:
        return IntegrityState.DARK, (words(N_("It is dark, but the scene can still be recognised: the light is off.")),)
    if kept is None:
        return IntegrityState.OK, ()
    if kept.shift >= SHIFTED:
        reason = N_("The camera was pushed: its picture is shifted by %(percent)s %% of its width.")
        return IntegrityState.MOVED, (words(reason, percent=round(100 * kept.shift)),)
    # Without detail to compare, neither can be said.
    out_of_place = kept.in_place is not None and kept.in_place < DETAIL_LOST
    blurred = kept.detail is not None and kept.detail < BLURRED
    other_scene = kept.whole < OTHER_SCENE and kept.places < OTHER_PLACES
    if other_scene or (out_of_place and not blurred and kept.places < DISPLACED_PLACES):
        return IntegrityState.MOVED, (words(N_("The camera was turned: what it shows is not the room it showed before.")),)
    if out_of_place and blurred and kept.whole >= STRUCTURE_STAYED:
        return IntegrityState.DEFOCUSED, (
            words(N_("The picture is out of focus: the room can be recognised, but its fine detail is gone.")),
        )
    return IntegrityState.OK, ()


class IntegrityJudge:
    """Remembers one camera's healthy picture and what its last pictures said."""

    def __init__(self, *, loops: bool = False) -> None:
        """loops: this camera's pictures are known to repeat (a demonstration's clip), so that is not reported."""
        self._references: dict[str | None, Reference] = {None: Reference()}
        self._preset: str | None = None
        self._turning_until = float("-inf")
        self._freshness, self._clocks, self._loops = FreshnessJudge(), ClockFinder(), loops
        self._current: Integrity | None = None
        self._pending: Integrity | None = None
        self._agreeing = 0
        self._small_shape: tuple[int, ...] = (0, 0)

    @property
    def mask(self) -> Mask | None:
        """False where a burnt-in clock runs, in the shape of `downscale`'s picture; None while none is known."""
        return mask_of(self._clocks.boxes, self._small_shape)

    def expect_move(self, time_s: float, preset: str | None = None) -> None:
        """The camera was told to turn: what it shows TURNING_SECONDS later is its scene, or must be that of the preset.

        preset: its name; a view of that name seen before is compared with. Without a name the new scene is learnt.
        """
        self._turning_until = time_s + TURNING_SECONDS
        if preset is None:
            self._references[None] = Reference()
        # The one in use goes to the end; those not used for longest go.
        known = self._references.pop(preset) if preset in self._references else Reference()
        self._references[preset] = known
        while len(self._references) > MOST_PRESETS:
            del self._references[next(iter(self._references))]
        self._preset = preset
        self._pending, self._agreeing = None, 0

    def relearn(self, time_s: float) -> None:
        """A person says that what the camera shows now is right: it is learnt anew, and the state is ok from now on."""
        self._references[self._preset] = Reference()
        self._freshness = FreshnessJudge()
        self._current, self._pending, self._agreeing = Integrity(IntegrityState.OK, time_s, ()), None, 0

    def look(self, luma: Luma, time_s: float, keyframe_digest: bytes | None = None) -> Integrity:
        """Judge one keyframe; the state changes after AGREEING of them that say the same, from the time of the first.

        luma: uint8, shape (height, width); time_s: seconds on any clock; keyframe_digest: a hash of the compressed picture,
        if the caller has it. Until enough pictures agree the state is ok. Raises ValueError for an empty or wrongly typed
        picture.
        """
        small = downscale(luma)
        self._small_shape = small.shape
        self._clocks.look(small)
        found = self._judge(luma, small, time_s, keyframe_digest)
        if self._current is None:
            self._current = Integrity(IntegrityState.OK, time_s, ())
        if found is None:
            return self._current
        if found.state is self._current.state:
            self._pending, self._agreeing = None, 0
            self._current = Integrity(found.state, self._current.since, found.reasons)
            return self._current
        if self._pending is None or self._pending.state is not found.state:
            self._pending, self._agreeing = found, 0
        self._agreeing += 1
        if self._agreeing >= AGREEING[found.state]:
            self._current, self._pending, self._agreeing = self._pending, None, 0
        return self._current

    def _judge(self, luma: Luma, small: Luma, time_s: float, digest: bytes | None) -> Integrity | None:
        """What this picture says; None while the camera turns."""
        fresh = self._freshness.look(luma, time_s, digest, self._clocks.boxes)
        seen = view(small)
        reference = self._references[self._preset]
        likeness = reference.compare(seen) if reference.fits(seen) else None
        structure = root_mean_square(seen.coarse)
        measures = Measures(seen.brightness, structure)
        if likeness is not None:
            measures = Measures(seen.brightness, structure, reference.structure, likeness)
        state, reasons = judge(measures)
        # A flat picture is the same again and again without anybody's doing.
        if state is not IntegrityState.COVERED and fresh.verdict is Verdict.FROZEN:
            return Integrity(
                IntegrityState.FROZEN,
                fresh.since,
                (words(N_("The picture is frozen: the camera sends the same one again and again.")),),
            )
        if state is not IntegrityState.COVERED and fresh.verdict is Verdict.REPLAYED and not self._loops:
            return Integrity(
                IntegrityState.REPLAYED,
                fresh.since,
                (words(N_("The pictures are a recording: the same sequence was shown before, noise and all.")),),
            )
        if time_s < self._turning_until:
            return None
        if state is IntegrityState.OK and (self._current is None or self._current.state is IntegrityState.OK):
            reference.learn(seen, time_s, likeness)
        return Integrity(state, time_s, reasons)
