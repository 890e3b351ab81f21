"""What is wrong with a camera and what to do about it, in sentences; a pure function of what it told."""

from __future__ import annotations

from urllib.parse import urlsplit

from cameras.errors import CameraProblem
from cameras.profiles import Probed, Profile, choose
from monitor.words import N_, Words, words

# Below this nobody compares the clock in a picture with another.
_CLOCK_SECONDS = 5.0
# A look at a room waits for a keyframe; "smart" encoders make them rare (Frigate warns at the same length).
_SELDOM_SECONDS = 4.0
# The sub stream is read day and night; above this it costs several times what it should.
_LARGEST_SUB = 1280 * 720
_LEAST_SUB = (640, 360)


def diagnose(asked: Probed | CameraProblem) -> list[Words]:
    """What to put right, the worst first; nothing when all is well. Takes what `probe` returned, or what it raised."""
    if isinstance(asked, CameraProblem):
        return [asked.words]
    found = []
    if abs(asked.clock_offset_s) > _CLOCK_SECONDS:
        found.append(
            words(
                N_(
                    "The camera’s clock is wrong by %(difference)s. Login still works, but set the clock: the times on its"
                    " pictures are wrong too."
                ),
                difference=_span(asked.clock_offset_s),
            )
        )
    chosen = choose(asked.profiles)
    if chosen is None:
        found.append(
            words(N_("The camera offers no video that can be watched. Set one of its streams to H.264, H.265 or Motion JPEG."))
        )
    else:
        found += _about_streams(chosen[0])
    if asked.sources and "#" not in asked.address:
        found.append(
            words(
                N_(
                    "The device has %(count)s pictures (%(sources)s); this is the first. Add each of the others as a camera of its own,"
                    " with the address %(address)s#… and its name behind the #."
                ),
                count=len(asked.sources),
                sources=", ".join(asked.sources),
                address=asked.address,
            )
        )
    if asked.named_host:
        found.append(
            words(
                N_(
                    "The camera says its address is %(named)s, but we reach it at %(asked)s, so it is behind NAT. We use"
                    " %(asked)s for everything; forward the video port there too."
                ),
                named=asked.named_host,
                asked=urlsplit(asked.address).hostname or "",
            )
        )
    if asked.digest:
        found.append(
            words(
                N_(
                    "The camera asks for an HTTP Digest login and gets it; other programs need Digest switched on for this"
                    " camera."
                )
            )
        )
    return found


def _about_streams(sub: Profile) -> list[Words]:
    found = []
    if sub.codec == "JPEG":
        found.append(
            words(
                N_(
                    "The camera offers Motion JPEG only, neither H.264 nor H.265. It can be watched, at several times the load"
                    " on the network. Set its streams to H.264."
                )
            )
        )
    elif sub.keyframe_seconds > _SELDOM_SECONDS:
        found.append(
            words(
                N_(
                    "Stream %(name)s sends a complete picture only every %(seconds)s s, so each look at the room waits that"
                    " long. Set the keyframe interval to 2 s and switch off “smart” or “plus” encoding."
                ),
                name=sub.name or sub.token,
                seconds=f"{sub.keyframe_seconds:.0f}",
            )
        )
    size = {"width": sub.width, "height": sub.height}
    if sub.width * sub.height > _LARGEST_SUB:
        found.append(
            words(
                N_(
                    "The camera has no small stream; the smallest usable one is %(width)s×%(height)s, several times the load."
                    " Add a second stream of about 640×360."
                ),
                **size,
            )
        )
    elif sub.width < _LEAST_SUB[0] or sub.height < _LEAST_SUB[1]:
        found.append(
            words(
                N_(
                    "The largest stream is only %(width)s×%(height)s: enough for motion, too small for faces. Set one to"
                    " 1280×720 or more."
                ),
                **size,
            )
        )
    return found


def _span(seconds: float) -> str:
    """A difference of clocks as hours, minutes and seconds: +1:00:00."""
    whole = round(abs(seconds))
    return f"{'-' if seconds < 0 else '+'}{whole // 3600}:{whole // 60 % 60:02}:{whole % 60:02}"
