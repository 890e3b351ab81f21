"""Ask whatever is at an address what it offers: an ONVIF device, a plain stream, or a picture; with a picture of it and what is wrong."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

import requests

from cameras.adding.diagnosis import diagnose
from cameras.bounded_http import bounded_get
from cameras.errors import WrongPassword, no_usable_stream, not_a_picture, readable_password, unreachable, wrong_password
from cameras.login import Login
from cameras.onvif.client import probe
from cameras.profiles import Probed, Profile, choose
from cameras.ranges import is_snapshot, is_stream
from cameras.streams.first_picture import first_picture
from cameras.streams.ingest import Ingest
from cameras.streams.streams import place_of
from monitor.models.cameras.cameras import CameraSource
from monitor.problems import Problem

PICTURE_SECONDS = 6.0
_LARGEST = 8 * 2**20
_CODECS = {"h264": "H264", "hevc": "H265", "mjpeg": "JPEG"}


@dataclass(frozen=True)
class Look:
    """What is at an address. probed: with its encodings; picture: JPEG, None when it gave none."""

    source: CameraSource
    probed: Probed
    picture: bytes | None

    def as_json(self) -> dict[str, Any]:
        """For a request's answer, without the picture."""
        told = dataclasses.asdict(self.probed)
        del told["snapshot_uri"]  # and the streams': whoever uses the camera asks it for them
        for profile in told["profiles"]:
            del profile["uri"]
        return told | {"source": self.source.value, "diagnosis": [each.dump() for each in diagnose(self.probed)]}


def look_at(address: str, username: str, password: str) -> Look:
    """Ask. Raises CameraProblem."""
    if is_stream(address):
        profile, picture = _stream(address, username, password)
        return Look(CameraSource.RTSP, _plain(address, profile), picture)
    if is_snapshot(address):
        return Look(CameraSource.SNAPSHOT, *_snapshot(address, username, password))
    probed = probe(address, username, password)
    chosen = choose(probed.profiles)
    still: bytes | None = None
    if chosen is not None:
        try:
            still = _stream(chosen[0].uri, username, password)[1]
        except WrongPassword:
            raise  # some ask for no login but for their pictures
        except Problem:
            pass  # what else is wrong with the stream, watching says when it is in use
    return Look(CameraSource.ONVIF, probed, still)


def _plain(address: str, profile: Profile) -> Probed:
    return Probed(address, "", "", "", "", 0.0, (profile,))


def _stream(uri: str, username: str, password: str) -> tuple[Profile, bytes]:
    ingest = Ingest()
    ingest.start()
    try:
        found = first_picture(ingest, uri, username, password, PICTURE_SECONDS)
    finally:
        ingest.stop()
    height, width = found.picture.luma().shape
    return Profile("", "", _CODECS.get(found.codec, found.codec), width, height, 0.0, uri), found.picture.jpeg()


def _snapshot(address: str, username: str, password: str) -> tuple[Probed, bytes]:
    session, place = requests.Session(), place_of(address)
    session.trust_env = False
    login = Login(username, password, secure=address.startswith("https:"))
    data, status = bounded_get(session, address, login, 5.0, _LARGEST)
    if status == 0:
        raise unreachable(place, 5.0)
    if status in (401, 403):
        raise readable_password(place) if login.refused_basic else wrong_password(place)
    if status != 200:
        raise no_usable_stream(place)
    if not data.startswith(b"\xff\xd8"):
        raise not_a_picture(place)
    return _plain(address, Profile("", "", "JPEG", 0, 0, 0.5, address)), data
