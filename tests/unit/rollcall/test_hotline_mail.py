"""Mails to the hotline as they come, honest, broken and false: read into plain values, as tables."""

from __future__ import annotations

from email.message import EmailMessage

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rollcall.hotline.mail_reading import LONGEST_WORDS, Mail, read_mail, read_part, without_quoted

DOMAIN, SERVER = "1022.example.vn", "mx.example.vn"
OURS = "<0123456789abcdef0123456789abcdef@1022.example.vn>"


def mail(words: str = "Nhà tôi hết gạo", **headers: str) -> bytes:
    made = EmailMessage()
    usual = {"From": "An <an@example.vn>", "To": "1022@1022.example.vn", "Subject": "Xin giúp", "Message-ID": "<m1@example.vn>"}
    for name, value in (usual | {name.replace("_", "-"): value for name, value in headers.items()}).items():
        made[name] = value
    made.set_content(words)
    return made.as_bytes()


def read(content: bytes) -> Mail:
    return read_mail(content, DOMAIN, SERVER)


def test_a_plain_mail_is_read_whole() -> None:
    found = read(mail())
    assert (found.sender, found.sender_name, found.subject) == ("an@example.vn", "An", "Xin giúp")
    assert (found.words, found.message_id) == ("Nhà tôi hết gạo", "<m1@example.vn>")
    assert (found.automatic, found.returned, found.own, found.references, found.confirmed) == (False, False, "", (), None)


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto-Submitted": "auto-replied"},
        {"Auto-Submitted": "auto-generated; owner=x"},
        {"Precedence": "bulk"},
        {"Precedence": "auto_reply"},
        {"List-Id": "<news.example.vn>"},
        {"List-Unsubscribe": "<mailto:x@example.vn>"},
        {"X-Autoreply": "yes"},
        {"Return-Path": "<>"},
        {"From": "MAILER-DAEMON@example.vn"},
        {"From": "No Reply <no-reply@example.vn>"},
    ],
)
def test_machines_are_told_from_people(headers: dict[str, str]) -> None:
    assert read(mail(**headers)).automatic
    assert not read(mail(**{"Auto-Submitted": "no"})).automatic


def test_an_answer_to_ours_is_known_by_its_references_and_its_own_words() -> None:
    found = read(
        mail(
            "Vẫn chưa có gạo.\n\nVào Th 3, 1 thg 12, 2026 lúc 10:00 Tổng đài 1022 <1022@1022.example.vn> đã viết:\n> Mã: ABCD-EFGH\n",
            In_Reply_To=OURS,
            References=f"<x@example.vn> {OURS} <y@1022.example.vn>",
        )
    )
    assert found.references == ("0123456789abcdef0123456789abcdef", "y")
    assert found.fresh == "Vẫn chưa có gạo."
    assert "ABCD-EFGH" in found.words, "nothing is thrown away"


def test_our_own_mail_and_what_is_returned_are_known() -> None:
    assert read(mail(Message_ID=OURS)).own == "0123456789abcdef0123456789abcdef"
    report = b"\r\n".join(
        [
            b"From: MAILER-DAEMON@mx.example.vn",
            b"Return-Path: <>",
            b'Content-Type: multipart/report; report-type=delivery-status; boundary="b"',
            b"",
            b"--b",
            b"Content-Type: text/plain",
            b"",
            b"No such user",
            b"--b",
            b"Content-Type: message/rfc822-headers",
            b"",
            b"Message-ID: " + OURS.encode(),
            b"--b--",
            b"",
        ]
    )
    found = read(report)
    assert found.returned
    assert found.automatic
    assert found.references == ("0123456789abcdef0123456789abcdef",)


@pytest.mark.parametrize(
    ("told", "confirmed"),
    [
        ("mx.example.vn; dmarc=pass header.from=example.vn", True),
        ("mx.example.vn; spf=pass; dkim=pass; dmarc=fail", False),
        ("mx.example.vn; spf=softfail", False),
        ("mx.example.vn; spf=fail; dkim=pass", True),
        ("mx.example.vn; none", None),
        ("mx.evil.example; dmarc=pass", None),
        ("", None),
    ],
)
def test_a_sender_is_as_sure_as_our_own_mail_server_says(told: str, confirmed: bool | None) -> None:
    assert read(mail(**({"Authentication-Results": told} if told else {}))).confirmed is confirmed
    assert read_mail(mail(**{"Authentication-Results": "mx.example.vn; dmarc=pass"}), DOMAIN).confirmed is None


def test_a_page_without_plain_words_is_read_as_words() -> None:
    page = (
        "<html><head><style>p{color:red}</style><title>x</title><body><p>Mẹ tôi <b>khó thở</b></p><p>ở số&nbsp;5</p>"
        "<script>alert(1)</script></body></html>"
    )
    made = EmailMessage()
    made["From"] = "an@example.vn"
    made.set_content(page, subtype="html")
    assert read(made.as_bytes()).words == "Mẹ tôi khó thở\n\nở số 5"
    broken = b"From: an@example.vn\r\nContent-Type: text/html\r\n\r\n<head><style><p>hello</p>"
    assert "hello" in read(broken).words


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"From: a@example.vn\r\n\r\nxin ch\xc3\xa0o", "xin chào"),
        ("From: a@example.vn\r\nContent-Type: text/plain; charset=nonsense\r\n\r\nxin chào".encode(), "xin chào"),
        (b"From: a@example.vn\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nxin ch\xc3", "xin ch\ufffd"),
        (b"From: a@example.vn\r\n\r\nb\0a", "ba"),
        (b"", ""),
        (b"From: a@example.vn\r\nSubject: x\r\n\r\n\r\n", ""),
        (b"\xff\xfe\x00", "ÿ₫"),
        (b"Subject: =?utf-8?b?!!!!?=\r\nFrom: =?x?q?y?=\r\n\r\nhi", "hi"),
        (b"Content-Type: multipart/mixed; boundary=\r\n\r\nhi", "hi"),
    ],
)
def test_what_is_broken_is_read_as_far_as_it_goes(content: bytes, words: str) -> None:
    assert read(content).words == words


@settings(max_examples=200, deadline=None)
@given(
    st.binary(max_size=400),
    st.sampled_from([b"", b"From: ", b"Content-Type: ", b"Subject: =?utf-8?q?", b"Content-Transfer-Encoding: base64\r\n\r\n"]),
)
def test_no_mail_whatsoever_stops_the_reader(rest: bytes, before: bytes) -> None:
    found = read(before + rest)
    for text in (found.words, found.subject, found.sender_name, found.digest):
        text.encode()  # what no database takes would be a mail that is lost
        assert "\0" not in text


def test_copies_are_one_mail_and_other_words_another() -> None:
    one = mail(Date="Tue, 1 Dec 2026 10:00:00 +0700")
    copy = b"Received: from elsewhere\r\nDelivered-To: x\r\n" + one
    assert read(one).digest == read(copy).digest
    assert read(one).digest != read(mail("Khác", Date="Tue, 1 Dec 2026 10:00:00 +0700")).digest


def test_files_are_counted_and_long_words_cut() -> None:
    made = EmailMessage()
    made["From"] = "an@example.vn"
    made.set_content("x" * (LONGEST_WORDS + 5))
    made.add_attachment(b"picture", maintype="image", subtype="jpeg", filename="a.jpg")
    found = read(made.as_bytes())
    assert (found.attachments, found.cut, len(found.words)) == (1, True, LONGEST_WORDS)
    assert read_part(b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n", b"Z+G6oW8=") == "gạo"
    assert read_part(b"Content-Type: image/png\r\n", b"xx") == ""


@pytest.mark.parametrize(
    ("words", "fresh"),
    [
        ("một", "một"),
        ("một\n> hai\nba", "một"),
        ("> hai\nba", "ba"),
        ("> hai", "> hai"),
        ("one\nOn Tue, 1 Dec 2026 at 10:00, 1022 wrote:\n> two", "one"),
        ("one\n-----Original Message-----\nFrom: x", "one"),
        ("một\nTừ: 1022 <a@b.vn>\nĐã gửi: thứ ba\nĐến: An", "một"),
        ("Từ: hôm qua nhà tôi hết gạo", "Từ: hôm qua nhà tôi hết gạo"),
    ],
)
def test_what_is_quoted_is_told_from_what_is_said(words: str, fresh: str) -> None:
    assert without_quoted(words) == fresh
