"""Decode what somebody asks about, and nothing else: one keyframe, or the pictures since it."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

import av
import av.error
import av.logging

from cameras.streams.rtsp.parts import SETS, before_slices, kind_of
from cameras.streams.rtsp.units import Unit
from cameras.streams.streams import LARGEST_PIXELS, Picture

# FFmpeg prints damaged packets to the error output, thousands of lines in a bad night.
av.logging.set_level(av.logging.PANIC)


# Cameras of one make have the same parameter sets; a house has a few makes.
_MOST_CONTEXTS = 8


class Decoder:
    """One decoder for each kind of stream, shared by all cameras of a thread: they are begun anew for each keyframe.

    A decoder of its own for each of several hundred streams would cost 3 MB each. Nothing of one camera's pictures can get
    into another's: only cameras with the very same parameter sets share one, references are dropped before and after, and pictures with
    missing references are not given out.
    """

    def __init__(self, *, rough: bool = False) -> None:
        """rough: without smoothing the blocks' edges, which saves a quarter to a third and nobody needs who only compares."""
        self._options = {"max_pixels": str(LARGEST_PIXELS)} | ({"skip_loop_filter": "all"} if rough else {})
        self._contexts: dict[tuple[str, tuple[bytes, ...]], av.VideoCodecContext] = {}
        # Of a group whose beginning was decoded in an earlier call.
        self._going_on: av.VideoCodecContext | None = None
        self.decoded = 0
        """How many pictures were decoded so far."""

    def keyframe(self, codec: str, parameter_sets: bytes, unit: Unit) -> Picture | None:
        """The picture of a keyframe; None when it is damaged."""
        found = self.group(codec, parameter_sets, [unit])
        return found[-1][1] if found else None

    def group(
        self, codec: str, parameter_sets: bytes, units: Sequence[Unit], every_s: float = 0.0, *, whole: bool = True
    ) -> list[tuple[float, Picture]]:
        """The pictures of a keyframe and what follows it, with their times.

        every_s: give out only pictures that are so far apart; the last one is always among them. Ends at the first damaged one.
        whole: False when more of the same group follows in the next call, from the same decoder.
        """
        context = self._context(codec, parameter_sets, units)
        if context is None:
            return []
        found: list[tuple[float, Picture]] = []
        newest: tuple[float, av.VideoFrame] | None = None
        times: list[float] = []
        try:
            for index, unit in enumerate(units):
                data = unit.data(codec)
                packet = av.Packet(parameter_sets + data if index == 0 else data)
                packet.pts = index
                times.append(unit.time_s)
                for frame in context.decode(packet):
                    newest = self._give(frame, times, found, every_s)
            for frame in context.decode(None) if whole else ():
                newest = self._give(frame, times, found, every_s)
        except av.error.FFmpegError:
            pass  # what was decoded before is good
        finally:
            self._going_on = None if whole else context
            if whole:
                with suppress(av.error.FFmpegError):
                    context.flush_buffers()
        if newest is not None and (not found or found[-1][0] != newest[0]):
            found.append((newest[0], Picture(newest[1])))
        return found

    def _give(
        self, frame: av.VideoFrame, times: list[float], found: list[tuple[float, Picture]], every_s: float
    ) -> tuple[float, av.VideoFrame] | None:
        self.decoded += 1
        if frame.is_corrupt:
            return None
        time_s = times[min(frame.pts or 0, len(times) - 1)]
        if not found or time_s - found[-1][0] >= every_s * 0.99:
            found.append((time_s, Picture(frame)))
        return time_s, frame

    def _context(self, codec: str, parameter_sets: bytes, units: Sequence[Unit]) -> av.VideoCodecContext | None:
        """The decoder that knows these pictures' parameter sets and no others; None where they have none: they cannot be decoded."""
        if not units:
            return None
        sets = sets_of(codec, parameter_sets + units[0].data(codec))
        if sets is None:
            return self._going_on
        context = self._contexts.pop((codec, sets), None)
        if context is None:
            made = av.CodecContext.create(codec, "r")
            assert isinstance(made, av.VideoCodecContext)
            made.thread_type, made.thread_count = "NONE", 1
            made.flags |= av.codec.context.Flags.low_delay
            made.options = self._options
            context = made
        # The one that was used last stands at the end.
        self._contexts[codec, sets] = context
        if len(self._contexts) > _MOST_CONTEXTS:
            del self._contexts[next(iter(self._contexts))]
        return context


def sets_of(codec: str, data: bytes) -> tuple[bytes, ...] | None:
    """The parameter sets before the first slice of a keyframe, Annex B; None where one that is needed is missing. Motion JPEG needs none."""
    if codec not in SETS:
        return ()
    found = [unit for unit in before_slices(codec, data) if kind_of(codec, unit) in SETS[codec]]
    return tuple(found) if {kind_of(codec, unit) for unit in found} == SETS[codec] else None


class FollowingDecoder:
    """A decoder of one stream's own, which goes on where it stopped: for streams whose keyframes are so far apart that decoding from
    the last one again and again would cost more than decoding everything."""

    def __init__(self) -> None:
        self._decoder = Decoder(rough=True)
        self._group: Sequence[Unit] | None = None
        self._done = 0

    @property
    def decoded(self) -> int:
        """How many pictures were decoded so far."""
        return self._decoder.decoded

    def group(self, codec: str, parameter_sets: bytes, units: Sequence[Unit], every_s: float) -> list[tuple[float, Picture]]:
        """As Decoder.group, but only the pictures since the last call with the same group, which may have grown."""
        if units is not self._group:
            self._group, self._done = units, 0
        fresh = list(units[self._done :])
        found = self._decoder.group(codec, parameter_sets if self._done == 0 else b"", fresh, every_s, whole=False)
        self._done += len(fresh)
        return found
