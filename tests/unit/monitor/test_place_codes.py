"""Place codes: test vectors made here, what is refused and in which words, and what fits an NFC tag.

The private key of the vectors is that of RFC 8032, section 7.1, test 1, whose public half is printed there; what is signed is ours. Anybody
with an Ed25519 library can make them again.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from monitor.control_points.codes import (
    NTAG215_BYTES,
    SAID,
    KnownKey,
    PlaceCode,
    Refusal,
    address_of,
    fragment_of,
    key_id,
    read_code,
    refusal_of,
    tag_bytes,
)

SEED = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"
PUBLIC = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
PRIVATE = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(SEED))
KEY = "k21fe31df"
ISSUED = datetime(2026, 11, 30, 3, 0, tzinfo=UTC)
VECTOR = "1.17.42.k21fe31df.1796007600.r21HooNB84l50OeQLdULiH7i4quZkrvGkxdu663A8jUFy6r0f0RNOBaK6f33ktvTPPyWAWIuMwg_KrvrL7hbDQ"
SERVICE = "https://khaibao.binhduong.example"
KEYS = {KEY: KnownKey(bytes.fromhex(PUBLIC))}
CODE = PlaceCode(17, 42, KEY, ISSUED)


def test_the_vector_is_what_the_key_of_rfc_8032_signs() -> None:
    assert PRIVATE.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw).hex() == PUBLIC
    assert key_id(bytes.fromhex(PUBLIC)) == KEY
    assert fragment_of(CODE, PRIVATE) == VECTOR


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(f"{SERVICE}/v#{VECTOR}", id="the address"),
        pytest.param(VECTOR, id="the fragment alone, as the page has it"),
        pytest.param(f"{SERVICE}/v#{VECTOR}\r\n", id="a scanner ends with CR LF"),
        pytest.param(f"{SERVICE}/v/#{VECTOR}", id="a slash too many"),
        pytest.param(f"\ufeff{SERVICE}/v#{VECTOR}", id="a byte-order mark"),
    ],
)
def test_a_genuine_code_is_read(text: str) -> None:
    assert read_code(text, (SERVICE,), KEYS) == CODE


def _changed(place: int, sign: str = "A") -> str:
    return VECTOR[:place] + (sign if VECTOR[place] != sign else "B") + VECTOR[place + 1 :]


@pytest.mark.parametrize(
    ("text", "refusal"),
    [
        pytest.param("", Refusal.NO_CODE, id="nothing"),
        pytest.param("079185001234|024567890|Nguyễn Thị An|05091985|Nữ|12/3|22122021", Refusal.NO_CODE, id="a citizen card"),
        pytest.param("https://example.com/", Refusal.NO_CODE, id="another web address"),
        pytest.param("https://example.com/#about", Refusal.NO_CODE, id="another address with a fragment"),
        pytest.param(f"https://khaibao.tayninh.example/v#{VECTOR}", Refusal.OTHER_SERVICE, id="another province’s poster"),
        pytest.param(VECTOR.replace(KEY, "k00000000"), Refusal.UNKNOWN_KEY, id="a key that nobody here has"),
        pytest.param(VECTOR.replace("1.17.42.", "1.17.43."), Refusal.FORGED, id="another point"),
        pytest.param(VECTOR.replace("1.17.", "1.18."), Refusal.FORGED, id="another place"),
        pytest.param(VECTOR.replace("1796007600", "1796007601"), Refusal.FORGED, id="another moment of issue"),
        pytest.param(_changed(-10), Refusal.FORGED, id="another signature"),
        pytest.param(VECTOR[:-1], Refusal.FORGED, id="a sign of the signature is missing"),
        pytest.param(VECTOR[:-1] + chr(ord(VECTOR[-1]) + 1), Refusal.FORGED, id="unused bits of the signature are set"),
        pytest.param(VECTOR.replace("1.17.", "1.017."), Refusal.FORGED, id="a zero in front of a number"),
        pytest.param(VECTOR.replace("1.17.", "1.١٧."), Refusal.FORGED, id="digits of another script"),
        pytest.param("2" + VECTOR[1:], Refusal.NEWER, id="a newer format"),
        pytest.param("1.99999999999999999999.1.k21fe31df.1.x", Refusal.FORGED, id="a number that no column holds"),
    ],
)
def test_what_is_not_genuine_is_refused_and_said(text: str, refusal: Refusal) -> None:
    assert read_code(text, (SERVICE,), KEYS) is refusal
    assert SAID[refusal].count(". ") == 1  # what is wrong, and what to do


def test_a_key_withdrawn_yesterday_is_no_longer_taken() -> None:
    assert read_code(VECTOR, (SERVICE,), {KEY: KnownKey(bytes.fromhex(PUBLIC), withdrawn=True)}) is Refusal.KEY_WITHDRAWN
    # Who forges one does not learn which keys are withdrawn.
    forged = VECTOR.replace("1.17.", "1.18.")
    assert read_code(forged, (SERVICE,), {KEY: KnownKey(bytes.fromhex(PUBLIC), withdrawn=True)}) is Refusal.FORGED


@pytest.mark.parametrize(
    ("open_there", "codes_from", "refusal"),
    [
        (True, ISSUED, None),
        (True, ISSUED + timedelta(milliseconds=400), None),
        (True, ISSUED + timedelta(seconds=1), Refusal.CODE_WITHDRAWN),
        (False, ISSUED, Refusal.CLOSED),
        (False, ISSUED + timedelta(days=1), Refusal.CLOSED),
    ],
)
def test_a_genuine_code_may_be_replaced_or_its_point_closed(
    open_there: bool, codes_from: datetime, refusal: Refusal | None
) -> None:
    assert refusal_of(CODE, open_there=open_there, codes_from=codes_from) is refusal


def test_the_longest_address_fits_the_smallest_usual_tag() -> None:
    longest = PlaceCode(2**31 - 1, 2**31 - 1, KEY, datetime(2100, 1, 1, tzinfo=UTC))
    # A host name of 253 signs is the longest that there is (RFC 1035, 2.3.4).
    address = address_of("https://" + "a" * 253, fragment_of(longest, PRIVATE))
    assert tag_bytes(address) <= NTAG215_BYTES
    # As NFC Forum's "Type 2 Tag" and "URI Record Type Definition" have it: 03 LL, D1 01 LL 55 04, the address without https://, FE.
    short = "https://" + "a" * 100
    assert tag_bytes(short) == 2 + 4 + 1 + 100 + 1
    assert tag_bytes("https://" + "a" * 300) == 4 + 7 + 1 + 300 + 1
