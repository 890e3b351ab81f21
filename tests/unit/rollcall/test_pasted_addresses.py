"""E-mail and other addresses as people type and paste them; which messages hold places; plain text for Markdown. As tables."""

from __future__ import annotations

import pytest

from monitor.problems import BadInput
from rollcall.channels.addresses import read_address
from rollcall.channels.at_once import Places
from rollcall.channels.email_addresses import read_email
from rollcall.channels.markdown import escaped


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("an@example.vn", "an@example.vn"),
        (" An@Example.VN ", "An@example.vn"),
        ("An <an@example.vn>", "an@example.vn"),
        ('"Nguyễn, An" <an@example.vn>', "an@example.vn"),
        ("An (an@example.vn)", "an@example.vn"),
        ("(an@example.vn)", "an@example.vn"),
        ("an@example.vn (An)", "an@example.vn"),
        ("an@example.vn.", "an@example.vn"),
        ("an@example.vn,", "an@example.vn"),
        ("mailto:an@example.vn?subject=x", "an@example.vn"),
        ("\u200ean@example.vn\ufeff", "an@example.vn"),
        ("ａｎ＠ｅｘａｍｐｌｅ．ｖｎ", "an@example.vn"),
        ("an@tên-miền.vn", "an@xn--tn-min-iva0322d.vn"),
        ("o'neil+x@example.vn", "o'neil+x@example.vn"),
    ],
)
def test_an_address_is_taken_as_a_mail_server_takes_it(typed: str, address: str) -> None:
    assert read_email(typed) == read_address("email", typed, ()) == address


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("an", "not an e-mail address"),
        ("an@", "one @"),
        ("@example.vn", "one @"),
        ("an@@example.vn", "one @"),
        ("an@x.vn, binh@x.vn", "one e-mail address only"),
        ("an@x.vn;binh@x.vn", "one e-mail address only"),
        ("an@x.vn\r\nBcc: b@x.vn", "one e-mail address only"),
        ("an nguyen@example.vn", "no spaces"),
        ("ấn@example.vn", "“ấ”"),
        ("an(x)@example.vn", "“(”"),
        ("an@gmail,com", "“,”"),
        ("an@[192.0.2.1]", "“[”"),
        (".an@example.vn", "A dot"),
        ("an.@example.vn", "A dot"),
        ("a..n@example.vn", "A dot"),
        ("an@example", "domain such as"),
        ("an@192.0.2.1", "domain such as"),
        ("an@-x.vn", "domain such as"),
        (f"{'a' * 65}@example.vn", "too long"),
        (f"an@{'.'.join(['x' * 60] * 5)}.vn", "domain such as"),
    ],
)
def test_what_no_mail_server_takes_is_refused_with_what_is_wrong(typed: str, says: str) -> None:
    with pytest.raises(BadInput) as told:
        read_email(typed)
    assert says in str(told.value)


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("tgram://", "nothing stands after"),
        ("tgram://a b/c", "spaces"),
        ("file:///etc/passwd", "begin with one of"),
        ("json://10.0.0.1/x", "may not call"),
        ("json://[::1]/x", "may not call"),
        ("json://[::1/x", "brackets"),
    ],
)
def test_an_address_of_another_service_is_refused_with_what_is_wrong(typed: str, says: str) -> None:
    with pytest.raises(BadInput) as told:
        read_address("apprise", typed, ("tgram", "json"))
    assert says in str(told.value)
    assert read_address("apprise", " \u200ejson://8.8.8.8/x ", ("json",)) == "json://8.8.8.8/x"


def test_slow_messages_give_their_places_up_until_the_most_are_on_their_way() -> None:
    places = Places(at_once=2, most=3, patience=1.0)
    first, second = places.take(0.0), places.take(0.4)
    assert not places.free(0.9)
    assert places.wait(0.9) == pytest.approx(0.1)
    assert places.free(1.0), "the first is slow by now"
    places.take(1.0)
    assert not places.free(9.0), "the most are on their way"
    assert places.wait(9.0) is None
    places.leave(first)
    assert places.free(9.0)
    places.leave(second)
    assert places.taken == 1


def test_plain_text_stays_plain_and_a_link_stays_a_link() -> None:
    said = "Chào <b>An & Co</b> *x* _y_ [a](b): https://d.vn/a/A_b*c-1 !"
    assert escaped(said) == r"Chào \<b\>An & Co\</b\> \*x\* \_y\_ \[a\]\(b\): https://d.vn/a/A_b*c-1 \!"
