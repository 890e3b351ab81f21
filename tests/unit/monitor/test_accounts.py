"""What accounts decide without a database: passwords, PINs, codes of an app, sessions that are over, passkeys of another site."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pyotp
import pytest
from webauthn.helpers import bytes_to_base64url

from monitor.accounts.access import Reader
from monitor.accounts.codes import grouped, new_code, plain
from monitor.accounts.factors import STEP, Judged, judge_totp
from monitor.accounts.passkeys import ANSWERED_WITHIN, RelyingParty, relying_party, what_is_wrong
from monitor.accounts.passwords import check_password, check_pin
from monitor.accounts.sessions import FACTOR_WITHIN, LASTS, LOCKED_AFTER, Must, first_to_do, is_over
from monitor.models.accounts import Role
from monitor.problems import BadInput

NOW = datetime(2026, 11, 23, 10, 0, 7, tzinfo=UTC)
SECRET = pyotp.random_base32()
SITE = RelyingParty("console.example.vn", "https://console.example.vn")


@pytest.mark.parametrize(
    ("password", "good"),
    [
        ("đúng là mật khẩu", True),
        ("long enough", True),
        ("quá ngắn", False),
        ("x" * 1001, False),
        ("aaaaaaaaaaaa", False),
        ("abababababab", False),
        ("1234567890", False),
        ("Password123!", False),
        ("matkhau2026", False),
        ("quarantine2026", False),
        ("abcdefghijkl", False),
        ("1q2w3e4r5t6y", False),
        ("Admin@2026!", False),
        ("giamsat-2026!", False),
        ("giamsat đi chợ Bến Thành", True),
    ],
)
def test_a_password_is_long_and_not_among_the_first_that_somebody_tries(password: str, good: bool) -> None:
    if good:
        check_password(password, "giamsat")
        return
    with pytest.raises(BadInput):
        check_password(password, "giamsat")


def test_a_name_is_no_password_however_it_is_written_and_a_number_as_name_forbids_no_other() -> None:
    with pytest.raises(BadInput):
        check_password("nguyenvana-2026", "NguyenVanA")
    check_password("8391-0472!5683", "0912345678")


@pytest.mark.parametrize(
    ("pin", "good"),
    [
        ("491827", True),
        ("4918", False),
        ("49182a", False),
        ("٤٩١٨٢٧", False),
        ("123456", False),
        ("654321", False),
        ("111111", False),
        ("121212", False),
        ("4918274918279", False),
    ],
)
def test_a_pin_has_six_digits_that_do_not_follow_one_another(pin: str, good: bool) -> None:
    if good:
        check_pin(pin)
        return
    with pytest.raises(BadInput):
        check_pin(pin)


@pytest.mark.parametrize(
    ("steps_off", "last", "judged"),
    [
        (0, None, Judged.RIGHT),
        (-1, None, Judged.RIGHT),
        (1, None, Judged.RIGHT),
        (-2, None, Judged.WRONG),
        (2, None, Judged.WRONG),
        (0, 0, Judged.USED),
        (0, 1, Judged.USED),
        (-1, 0, Judged.USED),
        (1, 0, Judged.RIGHT),
    ],
)
def test_a_code_of_the_app_is_good_around_its_time_and_once(steps_off: int, last: int | None, judged: Judged) -> None:
    """last: the newest step accepted so far, as steps from now."""
    step = int(NOW.timestamp()) // STEP
    code = pyotp.TOTP(SECRET).at((step + steps_off) * STEP)
    last_step = None if last is None else step + last
    # Two codes of neighbouring steps are alike once in a million: then this fails once.
    assert judge_totp(SECRET, f" {code[:3]} {code[3:]}", last_step, NOW)[0] is judged


def test_what_is_no_code_at_all_is_wrong() -> None:
    for typed in ("", "000", "abcdef", "１２３４５６", "0" * 500):
        assert judge_totp(SECRET, typed, None, NOW)[0] is Judged.WRONG


@pytest.mark.parametrize(
    ("role", "open_for", "idle", "over"),
    [
        (Role.STAFF, timedelta(hours=11), timedelta(hours=3, minutes=59), False),
        (Role.STAFF, timedelta(hours=11), timedelta(hours=4), True),
        (Role.STAFF, timedelta(hours=12), timedelta(0), True),
        (Role.SUPERVISOR, timedelta(hours=3), timedelta(hours=2), True),
        (Role.ADMINISTRATOR, timedelta(hours=1), timedelta(minutes=29), False),
        (Role.ADMINISTRATOR, timedelta(hours=1), timedelta(minutes=30), True),
        (Role.AUDITOR, timedelta(hours=8), timedelta(0), True),
    ],
)
def test_a_session_is_over_by_the_time_of_its_role(role: Role, open_for: timedelta, idle: timedelta, over: bool) -> None:
    assert is_over(role, NOW - open_for, NOW - idle, NOW) is over


def test_every_role_has_its_times_and_a_second_factor_is_awaited_for_minutes_only() -> None:
    assert set(LASTS) == set(Role)
    assert not is_over(Role.STAFF, NOW - FACTOR_WITHIN, NOW - FACTOR_WITHIN, NOW, awaits_factor=True)
    late = NOW - FACTOR_WITHIN - timedelta(seconds=1)
    assert is_over(Role.STAFF, late, late, NOW, awaits_factor=True)


@pytest.mark.parametrize(
    ("shared", "idle", "has_pin", "needs_factor", "must"),
    [
        (False, 3600, False, False, None),
        (True, 59, True, False, None),
        (True, 60, True, False, Must.UNLOCK),
        (True, 60, True, True, Must.UNLOCK),
        (False, 60, True, True, Must.SET_UP_FACTOR),
        (True, 0, False, True, Must.SET_UP_FACTOR),
        (True, 0, False, False, Must.SET_PIN),
    ],
)
def test_what_comes_before_anything_else(shared: bool, idle: int, has_pin: bool, needs_factor: bool, must: Must | None) -> None:
    assert timedelta(seconds=60) == LOCKED_AFTER
    assert first_to_do(shared=shared, idle=timedelta(seconds=idle), has_pin=has_pin, needs_factor=needs_factor) is must


@pytest.mark.parametrize(
    ("address", "site"),
    [
        ("https://console.example.vn", SITE),
        ("https://console.example.vn:443/x", SITE),
        ("https://Console.example.vn:8443", RelyingParty("console.example.vn", "https://console.example.vn:8443")),
        ("http://localhost:8080", RelyingParty("localhost", "http://localhost:8080")),
        ("http://console.example.vn", None),
        ("http://127.0.0.1:8080", None),
        ("https://[::1]:8080", None),
        ("ftp://localhost", None),
        ("", None),
    ],
)
def test_passkeys_belong_to_the_name_in_the_setting(address: str, site: RelyingParty | None) -> None:
    assert relying_party(address) == site


def answer(origin: str, challenge: str) -> str:
    told = json.dumps({"type": "webauthn.get", "origin": origin, "challenge": challenge})
    return json.dumps({"id": "x", "response": {"clientDataJSON": bytes_to_base64url(told.encode())}})


@pytest.mark.parametrize(
    ("credential", "age", "said"),
    [
        (answer(SITE.origin, "abc"), timedelta(0), None),
        (answer("https://console.example.vn.evil.example", "abc"), timedelta(0), "evil.example"),
        (answer("http://console.example.vn", "abc"), timedelta(0), "http://console"),
        (answer(SITE.origin, "other"), timedelta(0), "too late"),
        (answer(SITE.origin, "abc"), ANSWERED_WITHIN + timedelta(seconds=1), "too late"),
        ("{", timedelta(0), "could not be read"),
        ('{"response": []}', timedelta(0), "could not be read"),
        ('{"response": {"clientDataJSON": "////"}}', timedelta(0), "could not be read"),
        ("null", timedelta(0), "could not be read"),
        ("[" * 9_000, timedelta(0), "could not be read"),
    ],
)
def test_a_passkey_of_another_site_or_an_older_page_is_told_apart(credential: str, age: timedelta, said: str | None) -> None:
    wrong = what_is_wrong(credential, "abc", NOW - age, SITE, NOW)
    assert (wrong is None) if said is None else (wrong is not None and said in wrong.say(str))


def test_codes_are_typed_as_people_type() -> None:
    code = new_code(24)
    assert plain(grouped(code, 4).lower()) == code
    assert plain(" o1l- i ") == "0111"
    assert plain("ABC!") == ""


@pytest.mark.parametrize(
    ("own", "theirs", "covers"),
    [
        (None, None, True),
        (None, {1}, True),
        ({1, 2}, {1}, True),
        ({1, 2}, set(), True),
        ({1, 2}, {1, 3}, False),
        ({1, 2}, None, False),
    ],
)
def test_nobody_manages_an_account_that_may_see_more(own: set[int] | None, theirs: set[int] | None, covers: bool) -> None:
    reader = Reader(1, "qt", Role.ADMINISTRATOR, None if own is None else frozenset(own), "vi")
    assert reader.covers(theirs) is covers
