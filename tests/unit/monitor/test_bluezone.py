"""Bluezone's logs and keys: read or refused with a sentence, matched in their quarter of an hour or the one beside it."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from monitor.contacts.bluezone.encounters import Heard, encounters
from monitor.contacts.bluezone.format import MOST_BYTES, MOST_ROWS, ROW, ClockWrong, OtherFile, read_log, unpack
from monitor.contacts.bluezone.format import pack as packed
from monitor.contacts.bluezone.identifiers import DAY_S, DailyKey, daily_key, identifiers, slots
from monitor.contacts.bluezone.receiving import check_clock, read_key
from monitor.problems import BadInput

NOW = 1_627_900_000
KEY = DailyKey(bytes(range(32)), NOW // DAY_S * DAY_S - 3 * DAY_S, NOW)
OWN, MET = "13" * 12, "8A" * 12


def row(contact: str = MET, rssi: int = -70, at: int = NOW - 3600, own: str = OWN) -> bytes:
    return f"{own}\t{contact}\t{rssi}\t{at}\n".encode()


def test_a_log_is_read_as_it_comes_in_pieces_of_any_size() -> None:
    whole = row() + row(at=NOW - 7200) + row().rstrip(b"\n")
    for size in (1, 7, 1000):
        log = read_log([whole[start : start + size] for start in range(0, len(whole), size)], NOW)
        assert (len(log.rows), log.days, log.identifiers, log.broken) == (3, 1, 1, 0)
    assert log.rows["time"].tolist() == sorted(log.rows["time"].tolist())
    assert (unpack(packed(log.rows)) == log.rows).all()


def test_a_few_broken_rows_are_counted_and_cost_none_of_the_others() -> None:
    log = read_log([row() * 8, b"half a ro\n", b"\r\n", b"12\t34\t-70\t5\n", row(rssi=-300)], NOW)
    assert (len(log.rows), log.broken) == (8, 3)


@pytest.mark.parametrize(
    "content",
    [b"", b"\n\n", b"id,name,phone\n" * 100, b'{"history": []}', bytes(range(256)) * 40, b"x" * 10_000],
    ids=["empty", "only ends of lines", "a table", "JSON", "a picture", "no line end"],
)
def test_another_apps_file_is_told_apart(content: bytes) -> None:
    with pytest.raises(OtherFile, match="not a contact log"):
        read_log([content], NOW)


def test_the_base_identifier_inside_is_refused_wherever_it_stands() -> None:
    with pytest.raises(BadInput, match="base identifier"):
        read_log([row(), b'{"BASE_ID": "' + b"ab" * 32 + b'"}\n'], NOW)
    with pytest.raises(BadInput, match="base identifier"):
        read_key(json.dumps({"base_id": "ab" * 32, "daily_key": "cd" * 32, "time_start": NOW}), moment(NOW))


def test_a_log_of_200_mb_is_refused_before_it_is_all_read() -> None:
    read = 0

    def endless() -> Iterator[bytes]:
        nonlocal read
        while True:
            read += 2**20
            yield b"\n" * 2**20

    with pytest.raises(BadInput, match="larger than 200 MB"):
        read_log(endless(), NOW)
    assert read == MOST_BYTES + 2**20


def test_more_rows_than_a_phone_keeps_are_refused() -> None:
    with pytest.raises(BadInput, match="which no phone keeps"):
        read_log((row() * 1000 for _ in range(MOST_ROWS // 1000 + 1)), NOW)


def test_times_that_are_still_to_come_mean_a_wrong_clock() -> None:
    with pytest.raises(ClockWrong, match="clock of that phone is wrong"):
        read_log([row(at=NOW + DAY_S)], NOW)
    assert len(read_log([row(at=NOW + 600)], NOW).rows) == 1


@pytest.mark.parametrize("off", [timedelta(days=1), timedelta(days=-1), timedelta(minutes=16)])
def test_a_phone_whose_clock_is_off_is_refused(off: timedelta) -> None:
    with pytest.raises(ClockWrong, match="clock of this phone is wrong"):
        check_clock(moment(NOW) + off, moment(NOW))


def test_a_phone_whose_clock_is_nearly_right_or_unknown_is_not() -> None:
    check_clock(moment(NOW) + timedelta(minutes=14), moment(NOW))
    check_clock(None, moment(NOW))


@pytest.mark.parametrize(
    "given",
    [
        ("ab" * 31, NOW - DAY_S, NOW, 96),
        (None, NOW - DAY_S, NOW, 96),
        ("zz" * 32, NOW - DAY_S, NOW, 96),
        ("ab" * 32, NOW, NOW - 1, 96),
        ("ab" * 32, "then", NOW, 96),
        ("ab" * 32, NOW - 22 * DAY_S, NOW, 96),
        ("ab" * 32, NOW - DAY_S, NOW, 97),
        ("ab" * 32, NOW - DAY_S, NOW, 0),
        ("ab" * 32, True, NOW, 96),
    ],
)
def test_a_key_that_cannot_be_or_would_cost_too_much_is_refused(given: tuple[object, ...]) -> None:
    with pytest.raises(BadInput):
        daily_key(*given)


def test_a_key_is_read_in_both_writings_and_ends_now_where_it_names_no_end() -> None:
    for written in ("ab" * 32, base64.b64encode(bytes.fromhex("ab" * 32)).decode()):
        key = read_key(json.dumps({"daily_key": written, "time_start": NOW - DAY_S}), moment(NOW))
        assert key == DailyKey(bytes.fromhex("ab" * 32), NOW - DAY_S, NOW)
    assert read_key("", moment(NOW)) is None
    with pytest.raises(BadInput, match="cannot be read"):
        read_key("[1]", moment(NOW))


def heard(offset: int, number: int = 150, many: int = 1) -> Heard:
    """A log with one of the key's identifiers, so many seconds after its slot began."""
    rows = np.zeros(many, ROW)
    rows["contact"] = identifiers(KEY)[number]
    rows["time"] = slots(KEY)[number] + offset
    rows["rssi"] = -60
    return Heard(rows)


@pytest.mark.parametrize(
    ("offset", "rows", "beside"),
    [(0, 1, False), (900, 1, False), (-1, 1, True), (-900, 1, True), (-901, 0, False), (1800, 1, True), (1801, 0, False)],
)
def test_an_identifier_counts_in_its_slot_and_marked_in_the_one_beside_it(offset: int, rows: int, beside: bool) -> None:
    found = heard(offset).of(KEY)
    assert (len(found.time), found.beside.tolist(), found.elsewhen) == (rows, [beside] * rows, 1 - rows)
    assert [each.beside for each in encounters(found, -86)] == [beside] * rows


def test_what_lies_outside_the_time_that_a_key_is_given_for_is_not_looked_at() -> None:
    number = 150
    begins = int(slots(KEY)[number])
    assert len(heard(10).of(DailyKey(KEY.key, KEY.since, begins)).time) == 0


def test_a_stranger_with_the_same_beginning_of_an_identifier_is_not_found() -> None:
    rows = np.zeros(1, ROW)
    rows["contact"] = identifiers(KEY)[150]
    rows["contact"][0, -1] ^= 1
    rows["time"] = slots(KEY)[150]
    assert len(Heard(rows).of(KEY).time) == 0
    assert len(Heard(np.zeros(0, ROW)).of(KEY).time) == 0


def test_an_encounter_that_was_never_loud_enough_has_no_minutes_and_is_still_told() -> None:
    (weak,) = encounters(heard(10).of(KEY), -50)
    assert (weak.minutes, weak.cycles, weak.rows, weak.best, weak.median) == (0, 0, 1, -60, -60.0)


def moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
