"""XML as cameras write it is read, and no value in it becomes another."""

from __future__ import annotations

from xml.sax.saxutils import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cameras.onvif.mending import SOAP, is_cut_off, is_whole, mended, read_xml

OLD = "http://schemas.xmlsoap.org/soap/envelope/"
HEAD = '<?xml version="1.0" encoding="utf-8"?>'


def envelope(inside: str, space: str = SOAP, more: str = "") -> str:
    return f'<s:Envelope xmlns:s="{space}" xmlns:tt="urn:t"{more}><s:Body><tt:A><tt:Uri>{inside}</tt:Uri></tt:A></s:Body></s:Envelope>'


def uri(content: str | bytes) -> str | None:
    root = read_xml(content)
    return None if root is None else root.findtext(".//{*}Uri")


@pytest.mark.parametrize(
    ("content", "value"),
    [
        (envelope("rtsp://c/?a=1&amp;b=2"), "rtsp://c/?a=1&b=2"),
        (envelope("rtsp://c/?a=1&b=2"), "rtsp://c/?a=1&b=2"),
        (envelope("rtsp://c/?a=1&copy=2&amp;c=3"), "rtsp://c/?a=1&copy=2&c=3"),
        (envelope("<![CDATA[a&b=<1>]]>&c"), "a&b=<1>&c"),
        (envelope("a&#10;b"), "a\nb"),
        (envelope("a&#27;b"), "a\ufffdb"),
        (f"\0\0 \r\n{HEAD}" + envelope("x"), "x"),
        ("\ufeff" + HEAD + envelope("x") + "\0\0\0", "x"),
        (envelope("x").replace(' xmlns:tt="urn:t"', ""), "x"),
        (envelope("x", more="").replace("<tt:A>", '<tt:A xsi:nil="true">'), "x"),
        (envelope("x", OLD), "x"),
        (envelope("x").replace("s:", "").replace("xmlns:s=", "xmlns="), "x"),
        (envelope("Cổng") .encode(), "Cổng"),
        (envelope("C\x07ng").encode(), "C\ufffdng"),
        (envelope("A").encode().replace(b"A<", b"A\xc3<"), "A\ufffd"),
        (b'<?xml version="1.0" encoding="GB2312"?>' + envelope("门").encode("gb2312"), "门"),
        (b'<?xml version="1.0" encoding="nonsense"?>' + envelope("x").encode(), "x"),
        (envelope("x")[:-12], None),
        ("<html><body>no</body></html>", None),
        ("<!DOCTYPE a [<!ENTITY b 'c'>]>" + envelope("&b;"), None),
        ("", None),
    ],
)  # fmt: skip
def test_what_cameras_write_is_read_as_it_was_meant_or_not_at_all(content: str | bytes, value: str | None) -> None:
    assert uri(content) == value


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters="<>\ufffe\uffff"), max_size=40))
def test_a_value_with_bare_signs_is_the_value(text: str) -> None:
    bare = text.replace("&", "&" if "&" in text and ";" not in text else "&amp;")
    assert (uri(envelope(bare)) or "") == text
    assert (uri(envelope(escape(text))) or "") == text


def test_an_older_envelope_is_told_in_the_newer_ones_names() -> None:
    fault = f'<x:Envelope xmlns:x="{OLD}"><x:Header/><x:Body><x:Fault><faultcode>x:Client</faultcode></x:Fault></x:Body></x:Envelope>'
    root = read_xml(mended(fault.encode()))
    assert [each.tag for each in root] == [f"{{{SOAP}}}Header", f"{{{SOAP}}}Body"]
    assert root.find(f"{{{SOAP}}}Body/{{{SOAP}}}Fault/faultcode") is not None


def test_what_needs_no_mending_is_left_as_it_came() -> None:
    plain = (HEAD + envelope("x")).encode()
    assert mended(plain) is plain
    assert mended(b"no xml & nothing") == b"no xml & nothing"


def test_an_envelope_knows_its_end() -> None:
    whole = envelope("x").encode()
    assert is_whole(whole + b"\r\n\0")
    assert not is_cut_off(whole)
    assert is_cut_off(whole[:-3])
    assert not is_cut_off(b"<html>no</html>")
