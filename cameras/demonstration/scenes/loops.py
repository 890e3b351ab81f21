"""What the demonstration cameras see, second by second: each scene is a loop whose last state is its first."""

from __future__ import annotations

import bisect
import math
from abc import ABC, abstractmethod
from collections.abc import Iterator

import cv2
import numpy as np

from cameras.demonstration.scenes import drawing
from cameras.demonstration.scenes.clips import FRAMES_PER_SECOND
from cameras.demonstration.scenes.drawing import HEIGHT, WIDTH, Canvas, Picture
from cameras.demonstration.scenes.figures import ASTRONAUT, HOPPER, Portrait, cut_out, draw_walker, paste

State = tuple[float, ...]


class Scene(ABC):
    """One loop. `state` says what matters at a moment, rounded, so that a picture is drawn only when something moved."""

    name: str
    seconds: float = 90.0

    @abstractmethod
    def state(self, second: float) -> State:
        """What is where at `second` of the loop (0 to `seconds`)."""

    @abstractmethod
    def draw(self, state: State) -> Picture:
        """The picture of a state, 720x1280x3, without noise; the caller does not change it."""

    def covered(self, second: float) -> bool:
        """Whether the lens is covered, so that the sensor turns up its gain and the noise with it."""
        return False


class ResidentRoom(Scene):
    """A room whose resident comes in by the door, stays in view facing the camera, and leaves past the camera.

    Places are (second, sideways, depth): depth 1 is near the camera, sideways in pixels at depth 1 from the middle.
    """

    def __init__(self, name: str, portrait: Portrait, style: int, enters: float, leaves: float) -> None:
        self.name = name
        self._resident = cut_out(portrait, 104)
        self._rooms = [_resident_room(style, opened) for opened in (False, True)]
        self._opening = self._rooms[0][1]
        self._enters, self._leaves = enters, leaves
        side = -1 if style == 0 else 1
        middle = (self._opening[0] + self._opening[2]) / 2 - WIDTH / 2
        # As far away as makes their feet stand at the foot of the far wall.
        far = (92 + (portrait.height - 1.3) * 104) / (self._opening[3] + 8 - 200)
        door, hidden = middle * far, (middle - side * 110) * far
        home = side * 70.0
        span = leaves - enters
        self._places = [
            (enters, hidden, far),
            (enters + 1.0, door, far),
            (enters + 5.0, home, 1.0),
            (enters + 0.20 * span, home, 1.0),
            (enters + 0.24 * span, home - side * 34, 1.04),
            (enters + 0.48 * span, home - side * 34, 1.04),
            (enters + 0.53 * span, home + side * 60, 0.98),
            (enters + 0.74 * span, home + side * 60, 0.98),
            (enters + 0.78 * span, home, 1.0),
            (leaves - 3.0, home, 1.0),
            (leaves, -side * 1050.0, 0.9),
        ]

    def state(self, second: float) -> State:
        """(door open, in view, at the door, x, y, scale) of the resident's face; x and y in quarters of a pixel."""
        opened = float(self._enters - 1 <= second < self._enters + 2.4)
        if not self._enters <= second < self._leaves:
            return opened, 0.0, 0.0, 0.0, 0.0, 0.0
        after = max(1, min(bisect.bisect_right([place[0] for place in self._places], second), len(self._places) - 1))
        (start, from_x, from_depth), (end, to_x, to_depth) = self._places[after - 1], self._places[after]
        share = (second - start) / (end - start)
        if from_depth == to_depth or abs(from_depth - to_depth) < 0.1:
            share = share * share * (3 - 2 * share)
        sideways = from_x + (to_x - from_x) * share
        scale = 1 / (from_depth + (to_depth - from_depth) * share)
        walking = abs(to_x - from_x) > 500
        bounce = 7 * abs(math.sin(second * 6.5)) if walking else 0.0
        # A person who stands still still sways a little; whole slow periods fit between coming and going.
        sway = 0.0 if walking else 0.9 * math.sin(second * 2 * math.pi / 9)
        x, y = WIDTH / 2 + (sideways + sway) * scale, 200 + (92 - bounce) * scale
        at_door = float(second < self._enters + 1.0)
        return opened, 1.0, at_door, round(x * 4) / 4, round(y * 4) / 4, round(scale, 4)

    def draw(self, state: State) -> Picture:
        """The room in that state."""
        opened, in_view, at_door, x, y, scale = state
        room, opening = self._rooms[int(opened)]
        if not in_view:
            return room
        picture = room.copy()
        paste(picture, self._resident, (x, y), scale, (opening[0], 0, opening[2], HEIGHT) if at_door else None)
        return picture


def _resident_room(style: int, opened: bool) -> tuple[Picture, tuple[int, int, int, int]]:
    if style == 0:
        canvas = drawing.shell((206, 218, 222), (104, 142, 178))
        opening = drawing.door(canvas, 292, 490, opened=opened)
        drawing.window(canvas, 560, 130, 760, 320)
        drawing.curtain(canvas, 520, 574, 116, 372, (150, 176, 120))
        drawing.curtain(canvas, 746, 800, 116, 372, (150, 176, 120))
        drawing.table(canvas, 560, 740, 440, 520, (92, 132, 172))
        drawing.bed(canvas, on_right=True, blanket=(170, 124, 84))
        drawing.frame(canvas, 860, 150, 110, 140, (176, 196, 140))
    else:
        canvas = drawing.shell((222, 214, 196), (168, 172, 170), tiles=True)
        opening = drawing.door(canvas, 852, 490, opened=opened, wood=(150, 150, 138))
        drawing.window(canvas, 480, 120, 620, 300)
        drawing.frame(canvas, 690, 150, 90, 110, (120, 160, 210))
        drawing.bed(canvas, on_right=False, blanket=(126, 158, 96))
        canvas.shade([(640, 470), (800, 470), (820, 520), (630, 520)], 0.4, 10)
        canvas.box(650, 260, 790, 500, (170, 164, 150))
        canvas.line([(720, 266), (720, 494)], (120, 116, 108), 2)
        for x in (708, 732):
            canvas.box(x - 3, 370, x + 3, 398, (96, 96, 96))
    return canvas.finished(), opening


class Corridor(Scene):
    """A corridor across which somebody passes every fifteen to twenty seconds; their faces are seen from the side only."""

    name = "corridor"
    # (second, seconds to cross, facing, where the feet are, height in pixels, colour of the clothes)
    _passages = (
        (4.0, 4.6, 1, 640.0, 470.0, (150, 110, 60)),
        (20.0, 5.2, -1, 600.0, 410.0, (214, 210, 200)),
        (37.0, 4.4, 1, 660.0, 490.0, (70, 70, 160)),
        (54.0, 5.0, -1, 620.0, 440.0, (90, 140, 90)),
        (71.0, 4.8, 1, 600.0, 410.0, (214, 210, 200)),
    )

    def __init__(self) -> None:
        canvas = drawing.shell((200, 214, 206), (150, 156, 158), back=(470, 150, 810, 420), tiles=True)
        canvas.box(560, 190, 720, 420, (120, 140, 150))
        canvas.line([(640, 190), (640, 420)], (90, 104, 112), 2)
        for x in (580, 660):
            canvas.box(x, 215, x + 40, 300, (214, 222, 220))
        for near, far in ((60.0, 210.0), (290.0, 390.0)):
            for mirror in (False, True):
                points = [(near, 80 + near * 0.25), (far, 80 + far * 0.25), (far, 716 - far * 0.63), (near, 716 - near * 0.63)]
                canvas.polygon(
                    [(WIDTH - x, y) if mirror else (x, y) for x, y in points], (126, 150, 158) if mirror else (136, 162, 170)
                )
        for y, width in ((24.0, 190.0), (84.0, 130.0), (124.0, 84.0)):
            canvas.polygon(
                [(640 - width, y), (640 + width, y), (640 + width * 0.86, y + width / 9), (640 - width * 0.86, y + width / 9)],
                (250, 252, 252),
            )
        canvas.shade([(520, 430), (760, 430), (900, 720), (380, 720)], 0.18, 40, (255, 255, 255))
        self._empty = canvas.finished()

    def state(self, second: float) -> State:
        """(passage, x of the feet, phase of the step), or () while nobody passes."""
        for index, (start, lasts, facing, _foot, height, _colour) in enumerate(self._passages):
            if start <= second < start + lasts:
                share = (second - start) / lasts
                way = -200 + share * (WIDTH + 400)
                return (
                    float(index),
                    round(way if facing > 0 else WIDTH - way, 1),
                    round(share * lasts * 2 * math.pi * 0.9, 2),
                    height,
                )
        return ()

    def draw(self, state: State) -> Picture:
        """The corridor in that state."""
        if not state:
            return self._empty
        _start, _lasts, facing, foot, height, colour = self._passages[int(state[0])]
        picture = self._empty.copy()
        draw_walker(picture, (state[1], foot), height, state[2], facing, colour)
        return picture


class CommonRoom(Scene):
    """A quiet common room; a cloth is laid over its lens from second 25 to second 50."""

    name = "common-room"
    covered_from, covered_to, _takes = 25.0, 50.0, 0.7

    def __init__(self) -> None:
        canvas = drawing.shell((190, 210, 224), (120, 140, 150), tiles=True)
        drawing.window(canvas, 300, 130, 470, 300)
        canvas.box(600, 150, 800, 270, (40, 40, 42))
        canvas.box(606, 156, 794, 264, (66, 60, 54))
        drawing.frame(canvas, 900, 160, 100, 130, (150, 170, 200))
        for left, top, right, foot in ((300, 470, 470, 560), (560, 510, 790, 620), (880, 480, 1060, 575)):
            drawing.table(canvas, left, right, top, foot, (110, 150, 186))
        self._open = canvas.finished()
        rows = np.linspace(0, 1, HEIGHT, dtype=np.float32)[:, None, None]
        weave = cv2.GaussianBlur(np.random.default_rng(5).normal(0, 6, (HEIGHT, WIDTH, 1)).astype(np.float32), (0, 0), 9)[
            ..., None
        ]
        cloth = np.array([26, 22, 24], np.float32) + 4 * rows + weave
        self._cloth: Picture = np.clip(cloth, 0, 255).astype(np.uint8)

    def state(self, second: float) -> State:
        """The share of the picture that the cloth hides, from the top."""
        coming = (second - self.covered_from) / self._takes
        going = (self.covered_to - second) / self._takes
        return (round(min(1.0, max(0.0, min(coming, going))), 2),)

    def covered(self, second: float) -> bool:
        """Whether the cloth hides everything."""
        return self.state(second)[0] >= 1.0

    def draw(self, state: State) -> Picture:
        """The room behind the cloth."""
        edge = round(state[0] * (HEIGHT + 60))
        if edge <= 0:
            return self._open
        picture = self._open.copy()
        soft = np.clip((edge - np.arange(HEIGHT, dtype=np.float32)) / 60, 0, 1)[:, None, None]
        return np.asarray(picture * (1 - soft) + self._cloth * soft, dtype=np.uint8)


class Yard(Scene):
    """A quiet yard with a tree in the wind."""

    name = "yard"
    seconds = 40.0

    def __init__(self) -> None:
        canvas = Canvas((232, 206, 170))
        canvas.polygon([(0, 0), (WIDTH, 0), (WIDTH, 160), (0, 90)], (238, 214, 182))
        canvas.box(0, 330, WIDTH, 420, (120, 158, 118))
        canvas.polygon([(0, 410), (WIDTH, 400), (WIDTH, HEIGHT), (0, HEIGHT)], (124, 150, 156))
        canvas.polygon([(0, 470), (420, 410), (0, 410)], (104, 164, 120))
        canvas.polygon([(760, 120), (WIDTH, 60), (WIDTH, 560), (760, 470)], (186, 206, 218))
        canvas.polygon([(744, 124), (WIDTH, 44), (WIDTH, 64), (744, 140)], (90, 104, 150))
        for x in (800, 930, 1080):
            slope = (x - 760) * 0.115
            canvas.polygon(
                [(x, 200 - slope), (x + 84, 190 - slope), (x + 84, 310 - slope * 0.6), (x, 310 - slope * 0.5)], (138, 120, 96)
            )
        for x in range(0, 760, 42):
            canvas.box(x, 330, x + 6, 424, (112, 116, 118))
        canvas.box(0, 346, 760, 352, (122, 126, 128))
        canvas.box(0, 400, 760, 406, (122, 126, 128))
        canvas.shade([(180, 560), (470, 540), (520, 600), (220, 620)], 0.4, 16)
        canvas.polygon([(330, 330), (356, 330), (368, 580), (318, 580)], (58, 82, 104))
        self._ground = canvas.finished()
        crown = np.zeros((HEIGHT, WIDTH, 4), np.uint8)
        random = np.random.default_rng(7)
        for _ in range(420):
            angle, reach = random.uniform(0, 2 * math.pi), math.sqrt(random.uniform(0, 1))
            leaf = (round(343 + 170 * reach * math.cos(angle)), round(240 + 135 * reach * math.sin(angle)))
            light = 0.75 + 0.45 * (1 - (leaf[1] - 105) / 270) + random.uniform(-0.12, 0.12)
            colour = (round(52 * light), round(128 * light), round(84 * light), 255)
            cv2.ellipse(
                crown,
                leaf,
                (int(random.integers(12, 26)), int(random.integers(9, 18))),
                float(random.uniform(0, 90)),
                0,
                360,
                colour,
                -1,
                cv2.LINE_AA,
            )
        self._crown = crown

    def state(self, second: float) -> State:
        """How far the top of the tree leans, in half pixels: gusts come twice a loop, between them the air is still."""
        gust = max(0.0, math.sin(2 * math.pi * 2 * second / self.seconds)) ** 2
        return (round(12 * gust * math.sin(2 * math.pi * 16 * second / self.seconds)) / 2,)

    def draw(self, state: State) -> Picture:
        """The yard with the tree leaning so far."""
        lean = np.array([[1, -state[0] / 240, state[0] * 1.4], [0, 1, 0]], np.float32)
        crown = cv2.warpAffine(self._crown[:400, :560], lean, (560, 400))
        picture = self._ground.copy()
        cover = cv2.cvtColor(crown[..., 3], cv2.COLOR_GRAY2BGR)
        part = picture[:400, :560]
        picture[:400, :560] = cv2.add(cv2.multiply(part, cv2.bitwise_not(cover), scale=1 / 255), crown[..., :3])
        return picture


class Home(Scene):
    """The living room of a home, nobody in it; a curtain moves a little in the draught."""

    name = "home"
    seconds = 40.0

    def __init__(self) -> None:
        canvas = drawing.shell((178, 204, 226), (88, 126, 168))
        drawing.window(canvas, 330, 120, 560, 330)
        drawing.frame(canvas, 840, 140, 130, 100, (160, 180, 120))
        canvas.shade([(620, 540), (1060, 540), (1100, 620), (600, 620)], 0.45, 16)
        canvas.box(640, 380, 1030, 500, (116, 96, 150))
        canvas.box(630, 470, 1040, 570, (128, 106, 166))
        for x in (612, 1024):
            canvas.box(x, 420, x + 42, 575, (104, 86, 138))
        for x in (664, 850):
            canvas.box(x, 450, x + 164, 500, (140, 118, 180))
        drawing.table(canvas, 380, 580, 520, 610, (80, 112, 150))
        self._canvas = canvas
        self._drawn: dict[State, Picture] = {}

    def state(self, second: float) -> State:
        """How far the curtain's lower edge has moved, in pixels: one stir a loop."""
        stir = max(0.0, math.sin(2 * math.pi * second / self.seconds)) ** 2
        return (float(round(7 * stir * math.sin(2 * math.pi * 6 * second / self.seconds))),)

    def draw(self, state: State) -> Picture:
        """The living room with the curtain there."""
        if state not in self._drawn:
            canvas = Canvas((0, 0, 0))
            canvas.pixels = self._canvas.pixels.copy()
            drawing.curtain(canvas, 286, 350, 104, 430, (120, 150, 190))
            drawing.curtain(canvas, 536, 604, 104, 430, (120, 150, 190), state[0])
            self._drawn[state] = canvas.finished()
        return self._drawn[state]


SCENE_NAMES = ("room-astronaut", "room-hopper", "corridor", "common-room", "yard", "home")


def scene(name: str) -> Scene:
    """The scene of that name (one of SCENE_NAMES); raises KeyError for another, PhotographMissing without its photograph."""
    made: dict[str, type[Scene]] = {kind.name: kind for kind in (Corridor, CommonRoom, Yard, Home)}
    if name == "room-astronaut":
        return ResidentRoom(name, ASTRONAUT, 0, enters=6.0, leaves=80.0)
    if name == "room-hopper":
        return ResidentRoom(name, HOPPER, 1, enters=8.0, leaves=77.0)
    return made[name]()


def frames(shown: Scene, seconds: float | None = None) -> Iterator[Picture]:
    """The pictures of one loop as planar YUV 4:2:0, each 1080x1280 (luma, then the two chroma planes), 10 a second.

    The sensor's noise and the day's slow change of light are in it. A shorter `seconds` plays the loop faster. The array
    is the same one each time: copy what is kept.
    """
    count = round((seconds or shown.seconds) * FRAMES_PER_SECOND)
    random = np.random.default_rng(11)
    # Noise is drawn once, larger than the picture, and shifted; it only brightens, hence the darker table of light below.
    fine, coarse = (
        np.clip(random.normal(4, spread, (HEIGHT + 64, WIDTH + 64)), 0, 12).astype(np.uint8) for spread in (0.8, 1.6)
    )
    levels = np.arange(256, dtype=np.float32)
    drawn: State | None = None
    planes: Picture = np.empty((HEIGHT * 3 // 2, WIDTH), np.uint8)
    for number in range(count):
        second = number / count * shown.seconds
        state = shown.state(second)
        if state != drawn:
            planes = cv2.cvtColor(shown.draw(state), cv2.COLOR_BGR2YUV_I420)
            still, drawn = planes[:HEIGHT].copy(), state
        gain = 1 + 0.025 * math.sin(2 * math.pi * number / count)
        lit = cv2.LUT(still, np.clip(levels * gain - 4, 0, 255).astype(np.uint8))
        noise = coarse if shown.covered(second) else fine
        down, across = number * 37 % 64, number * 53 % 64
        cv2.add(lit, noise[down : down + HEIGHT, across : across + WIDTH], dst=planes[:HEIGHT])
        yield planes
