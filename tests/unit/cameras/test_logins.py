"""Logins as cameras ask for them: on one line or several, by every algorithm, and never so that anybody could read them."""

from __future__ import annotations

import hashlib
import re

import pytest

from cameras.login import Login, challenges
from cameras.masking import masked

BASIC, MD5 = 'Basic realm="x"', 'Digest realm="x", nonce="n"'
NEW = 'Digest realm="x", nonce="n", algorithm=NEW'


@pytest.mark.parametrize(
    ("header", "schemes"),
    [
        (BASIC, ["basic"]),
        (f"{MD5}, {BASIC}", ["digest", "basic"]),
        (f"{BASIC}, {MD5}", ["basic", "digest"]),
        ('Digest realm="a, Basic b=\\"c\\"",nonce=n,Digest realm="y", algorithm=SHA-256, nonce="m"', ["digest", "digest"]),
        ("Negotiate, Basic realm=x", ["negotiate", "basic"]),
        ("", []),
    ],
)
def test_challenges_on_one_line_are_told_apart(header: str, schemes: list[str]) -> None:
    assert [scheme for scheme, _ in challenges(header)] == schemes


@pytest.mark.parametrize(
    ("headers", "secure", "taken"),
    [
        ([MD5, BASIC], False, "MD5"),
        ([f"{MD5}, algorithm=MD5, {MD5}, algorithm=SHA-256"], False, "SHA-256"),
        ([f"{MD5}, algorithm=SHA-256-sess", f"{MD5}, algorithm=MD5-sess"], False, "SHA-256-sess"),
        ([BASIC], False, "Basic"),
        ([NEW, BASIC], False, None),
        ([NEW, BASIC], True, "Basic"),
        ([NEW], False, None),
    ],
)
def test_the_strongest_that_both_know_is_taken_and_basic_over_tls_only_where_digest_was_offered(
    headers: list[str], secure: bool, taken: str | None
) -> None:
    login = Login("nurse", "secret", secure=secure)
    assert login.challenged(headers) is (taken is not None)
    answer = login.header("DESCRIBE", "rtsp://c/s")
    if taken is None:
        assert answer == ""
        assert login.refused_basic is (BASIC in headers)
    elif taken == "Basic":
        assert answer.startswith("Basic ")
    else:
        assert f"algorithm={taken}" in answer or taken == "MD5"


@pytest.mark.parametrize("algorithm", ["MD5", "MD5-sess", "SHA-256", "SHA-256-sess", "SHA-512-256"])
@pytest.mark.parametrize("protection", ["", "auth", "auth-int", "auth-int,auth"])
def test_every_way_of_digest_is_answered_as_rfc_7616_says(algorithm: str, protection: str) -> None:
    name = {"MD5": "md5", "SHA-256": "sha256", "SHA-512-256": "sha512_256"}[algorithm.removesuffix("-sess")]
    if name not in hashlib.algorithms_available:
        pytest.skip("this machine's library does not know it")

    def digest(text: str) -> str:
        return hashlib.new(name, text.encode()).hexdigest()

    login = Login("Mufasa", "Circle of Life")
    quality = f', qop="{protection}"' if protection else ""
    assert login.challenged([f'Digest realm="http-auth@example.org", nonce="7ypf", algorithm={algorithm}{quality}'])
    told = dict(re.findall(r'([\w-]+)="?([^",]+)"?', login.header("POST", "/dir", b"body").removeprefix("Digest ")))
    secret = digest("Mufasa:http-auth@example.org:Circle of Life")
    if algorithm.endswith("-sess"):
        secret = digest(f"{secret}:7ypf:{told['cnonce']}")
    used = {"": "", "auth-int": "auth-int"}.get(protection, "auth")
    asked = digest("POST:/dir" + (f":{digest('body')}" if used == "auth-int" else ""))
    middle = f"7ypf:{told['nc']}:{told['cnonce']}:{used}" if used else "7ypf"
    assert told["response"] == digest(f"{secret}:{middle}:{asked}")
    assert told.get("qop", "") == used


def test_the_example_of_rfc_7616_gives_its_response(monkeypatch: pytest.MonkeyPatch) -> None:
    """Section 3.9.1, with SHA-256."""
    monkeypatch.setattr("secrets.token_hex", lambda _: "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ")
    login = Login("Mufasa", "Circle of Life")
    login.challenged(
        [
            'Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=SHA-256, '
            'nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"'
        ]
    )
    assert 'response="753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"' in login.header(
        "GET", "/dir/index.html"
    )


def test_nonces_that_go_stale_for_days_are_answered_for_days() -> None:
    login = Login("nurse", "secret")
    for number in range(1000):
        assert login.challenged([f'Digest realm="x", nonce="{number}", stale=true'])
        login.header("GET_PARAMETER", "rtsp://c/s")
        login.accepted()


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("rtsp://10.0.0.1:554/live/sub", "rtsp://10.0.0.1:554/live/sub"),
        ("rtsp://nurse:s3cret@10.0.0.1/live", "rtsp://10.0.0.1/live"),
        ("rtsp://10.0.0.1/user=admin_password=tlJw_pbo6_channel=1_stream=0.sdp?real_stream", "rtsp://10.0.0.1/user=•••_password=•••_channel=1_stream=0.sdp?real_stream"),
        ("http://10.0.0.1/cgi-bin/snap.cgi?chn=0&u=x&pwd=s3cret", "http://10.0.0.1/cgi-bin/snap.cgi?chn=0&u=x&pwd=•••"),
        ("http://10.0.0.1/snap.jpg?usr=a&PASSWORD=b#c", "http://10.0.0.1/snap.jpg?usr=•••&PASSWORD=•••#c"),
        ("rtsp://10.0.0.1/key/s%40cret/1", "rtsp://10.0.0.1/key/•••/1"),
        ("rtsp://10.0.0.1/monkey=1", "rtsp://10.0.0.1/monkey=1"),
    ],
)  # fmt: skip
def test_no_login_is_shown_wherever_it_stands_in_an_address(address: str, shown: str) -> None:
    assert masked(address, "s@cret") == shown
