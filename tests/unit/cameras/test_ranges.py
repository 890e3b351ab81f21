"""Addresses as people write them: single ones, ranges, networks and tables, and what is no address."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cameras.errors import BadAddress
from cameras.ranges import MOST_ADDRESSES, Row, addresses, checked_address, is_snapshot, is_stream, table
from monitor.problems import BadInput, Problem

HEAD = "address,zone,room,name\n"


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("192.168.1.20", ["192.168.1.20"]),
        (" camera.local:8080 ", ["camera.local:8080"]),
        ("192.168.1.9-12", ["192.168.1.9", "192.168.1.10", "192.168.1.11", "192.168.1.12"]),
        ("192.168.1.254-192.168.2.1", ["192.168.1.254", "192.168.1.255", "192.168.2.0", "192.168.2.1"]),
        ("10.0.0.1-2:8000", ["10.0.0.1:8000", "10.0.0.2:8000"]),
        ("192.168.1.0/30", ["192.168.1.1", "192.168.1.2"]),
        ("192.168.1.7/32", ["192.168.1.7"]),
        ("10.0.0.1, 10.0.0.2;10.0.0.1\n10.0.0.3", ["10.0.0.1", "10.0.0.2", "10.0.0.3"]),
        ("rtsp://10.0.0.1/live", ["rtsp://10.0.0.1/live"]),
        ("http://10.0.0.1/x.jpg?size=2", ["http://10.0.0.1/x.jpg?size=2"]),
        ("fe80::1", ["fe80::1"]),
    ],
)
def test_what_people_type_becomes_addresses_each_once(typed: str, meant: list[str]) -> None:
    assert addresses(typed) == meant


@pytest.mark.parametrize(
    "typed",
    [
        *("", " , ;", "not an address", "192.168.1.40-10", "192.168.1.300-301", "10.0.0.1-2.3", "10.0.0.1-2:99999"),
        *("192.168.1.0/33", "192.168.1.0/²", "/24", "http://[x", "rtsp://[", "rtsp://h:99999/x", "rtsp:///x", "10.0.0.1:80-90"),
        *("http://u:p@h/x.jpg", "rtsp://u:p@h/x", "u:p@10.0.0.1"),
    ],
)
def test_what_is_no_address_is_told(typed: str) -> None:
    with pytest.raises((BadAddress, BadInput)):
        addresses(typed)


def test_a_password_inside_an_address_is_not_repeated() -> None:
    for typed in ("rtsp://u:secret@[", "u:secret@h h", "http://u:secret@h/x.jpg"):
        with pytest.raises(Problem) as told:
            addresses(typed)
        assert "secret" not in str(told.value)


def test_256_addresses_are_asked_and_no_more() -> None:
    assert len(addresses("10.0.0.0-255")) == MOST_ADDRESSES
    for typed in ("10.0.0.0/8", "10.0.0.0-255, 10.0.1.0", "10.0.0.0-10.0.1.0"):
        with pytest.raises(Problem):
            addresses(typed)


@given(st.text(alphabet="0123456789.-/:[]@,; \nhtps²x", max_size=40))
def test_nothing_that_is_typed_breaks_it(typed: str) -> None:
    try:
        found = addresses(typed)
    except Problem:
        return
    for each in found:
        assert checked_address(each)


def test_streams_and_pictures_are_told_from_devices() -> None:
    assert [is_stream(each) for each in ("rtsp://h/x", "RTSPS://h/x", "http://h/x", "h")] == [True, True, False, False]
    assert [is_snapshot(each) for each in ("http://h/a.JPG", "https://h/snap.cgi?n=1", "http://h/onvif", "h.jpg")] == [
        *(True, True, False, False)
    ]


def test_a_table_gives_each_camera_its_names() -> None:
    text = f"\ufeff{HEAD}192.168.1.5,Khu A,101,Cửa\n\nrtsp://h/x,,,\n"
    assert table(text) == [Row("192.168.1.5", "Khu A", "101", "Cửa"), Row("rtsp://h/x")]


@pytest.mark.parametrize(
    "text",
    [
        "Address;Zone;Name\n10.0.0.1;Khu A;Cửa, trái\n",
        "address\tzone\tname\n10.0.0.1\tKhu A\tCửa, trái\n",
        'name,address,zone\r"Cửa, trái",10.0.0.1,Khu A\r',
        'name,address,zone,more\r\n"Cửa, trái",10.0.0.1,Khu A,x,y\r\n',
    ],
)
def test_tables_are_read_as_programs_write_them(text: str) -> None:
    assert table(text) == [Row("10.0.0.1", "Khu A", "", "Cửa, trái")]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (f"{HEAD}10.0.0.1,A,,x\nnot an address,A,,y\n", "3"),
        (f"{HEAD}10.0.0.1,A,,x\n,A,,y\n", "3"),
        ("name,address\nfoo\n", "2"),
        (f"{HEAD}http://[x,A,,x\n", "2"),
        (f"{HEAD}10.0.0.1,A,,x\nhttp://10.0.0.1,A,,y\n", "3.*2"),
        (f"{HEAD}\0,A,,x\n", "2"),
    ],
)
def test_a_wrong_line_of_a_table_is_named(text: str, line: str) -> None:
    with pytest.raises(BadInput, match=f"Line .*{line}"):
        table(text)


@pytest.mark.parametrize("text", ["", "zone,name\nA,x\n", "address zone\n"])
def test_a_table_without_addresses_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match="columns"):
        table(text)


def test_a_table_of_more_than_256_cameras_is_refused() -> None:
    rows = [f"10.0.{number // 256}.{number % 256},A,,c{number}" for number in range(MOST_ADDRESSES + 1)]
    assert len(table(HEAD + "\n".join(rows[:-1]))) == MOST_ADDRESSES
    with pytest.raises(BadInput, match="256"):
        table(HEAD + "\n".join(rows))


@given(st.text(alphabet='address,;\t"\r\n\0 10.²[', max_size=60))
def test_no_table_breaks_it(text: str) -> None:
    for each in (text, HEAD + text):
        try:
            table(each)
        except BadInput:
            continue
