"""Links: what they hold, how long they are, what opens none, and what apps and people make of them on their way."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollcall.people.earlier_links import earlier_token, token_now
from rollcall.people.links import (
    FIRST_OF_OWN,
    FIRST_OF_SHARED,
    LENGTH,
    SIGNS,
    LinkCut,
    LinkForged,
    LinkWithdrawn,
    make_household_link,
    make_link,
    make_token,
    open_token,
    read_token,
)
from rollcall.people.pasted_links import FoundLink, LinksMixed, find_link

SECRET = b"a secret of the tests"
NONCE = "Zk9_3-aB0cD1eF2g"
NOW = datetime(2026, 11, 24, 3, tzinfo=UTC)
TOKEN, OTHER = make_token(SECRET, 17, NONCE), make_token(SECRET, 18, NONCE)
SHARED = make_token(SECRET, 17, NONCE, shared=True)
# Made by the code of before, with this secret: check-in 17, and all who share the phone of check-in 2147483647.
EARLIER = "WzE3LCJaazlfMy1hQjBjRDFlRjJnIl0.QacFpBmqViZ45sW-28hjegBcD1k"
EARLIER_SHARED = "WzIxNDc0ODM2NDcsIl9rOV8zLWFCMGNEMWVGMi0iXQ.GVU0jW9K6IXfO8cHFjXhZRsqWcI"


@given(
    st.integers(1, 2**31 - 1),
    st.text(max_size=32),
    st.booleans(),
    st.none() | st.integers(0, 10**9).map(lambda seconds: NOW + timedelta(seconds=seconds)),
)
def test_a_token_says_its_check_in_and_its_page_and_fits_its_row_alone(
    check_in: int, nonce: str, shared: bool, withdrawn_at: datetime | None
) -> None:
    token = make_token(SECRET, check_in, nonce, withdrawn_at, shared=shared)
    assert len(token) == LENGTH
    assert set(token) <= set(SIGNS)
    assert token[0] in (FIRST_OF_SHARED if shared else FIRST_OF_OWN)
    content = read_token(SECRET, token, shared=shared)
    assert (content.check_in_id, content.shared) == (check_in, shared)
    content.require(nonce, withdrawn_at)
    for row in ((nonce + "x", withdrawn_at), (nonce, NOW + timedelta(days=40000))):
        with pytest.raises(LinkWithdrawn):
            content.require(*row)


def test_a_link_is_as_short_as_128_bits_that_need_no_capitals_can_be() -> None:
    assert make_link(SECRET, "https://cachly.example.gov.vn", 17, NONCE) == f"https://cachly.example.gov.vn/{TOKEN}"
    assert make_household_link(SECRET, "http://phones", 17, NONCE) == f"http://phones/{SHARED}"
    assert len(SIGNS) ** LENGTH >= 2**128 > len(SIGNS) ** (LENGTH - 1)
    assert "".join(sorted(set(SIGNS))) == SIGNS
    assert not set(SIGNS) & set("oilu_-.")


@pytest.mark.parametrize("token", [TOKEN.upper(), TOKEN.capitalize(), TOKEN.replace("0", "O"), TOKEN.replace("1", "l")])
def test_capitals_and_signs_that_look_alike_do_not_matter(token: str) -> None:
    assert read_token(SECRET, token) == read_token(SECRET, TOKEN)


def test_no_changed_token_opens_anything() -> None:
    changed = [TOKEN[:place] + sign + TOKEN[place + 1 :] for place in range(LENGTH) for sign in SIGNS if sign != TOKEN[place]]
    assert len(changed) == LENGTH * (len(SIGNS) - 1)
    for token in (*changed, "", "x", TOKEN[1:], TOKEN + "x", TOKEN[::-1], make_token(b"other", 17, NONCE)):
        assert open_token(SECRET, token) is None
        with pytest.raises(LinkForged):
            read_token(SECRET, token)
    # One person's link is not that of all who share the phone, nor the other way round.
    with pytest.raises(LinkForged):
        read_token(SECRET, TOKEN, shared=True)
    with pytest.raises(LinkForged):
        read_token(SECRET, SHARED)


@pytest.mark.parametrize(
    "part", [TOKEN[:1], TOKEN[:13], TOKEN[:-1], TOKEN[:-3].upper(), EARLIER[:20], EARLIER[:-1], EARLIER.split(".")[0]]
)
def test_a_token_whose_end_is_missing_is_told_from_a_wrong_one(part: str) -> None:
    with pytest.raises(LinkCut):
        read_token(SECRET, part)


@pytest.mark.parametrize("wrong", ["admin.php", "é" * 40, "x" * 60, TOKEN[:-1] + "u"])
def test_what_is_no_beginning_of_a_token_is_not_called_cut(wrong: str) -> None:
    with pytest.raises(LinkForged) as problem:
        read_token(SECRET, wrong)
    assert not isinstance(problem.value, LinkCut)


def test_links_of_before_stand_for_those_of_now() -> None:
    assert token_now(SECRET, EARLIER) == TOKEN
    assert token_now(SECRET, EARLIER_SHARED) == make_token(SECRET, 2147483647, "_k9_3-aB0cD1eF2-", shared=True)
    assert earlier_token(SECRET, 17, NONCE) == EARLIER
    for wrong in ("", "x", EARLIER[:-1], EARLIER + "x", EARLIER.replace("W", "V", 1)):
        assert token_now(SECRET, wrong) is None
    assert token_now(b"another secret", EARLIER) is None


BEHIND = [
    ".", ")", ",", ").", "%20", "/", "%0A", "%3E", "*", "%C2%A0", "”", "…", "\u200b", "\ufeff", "»", "’", "!", "?", ":", ";", "]", "}",
    "**", "_", "__", "'", '"', "&gt;", "&quot;", "%22", "%2E", "%252E", "%2520", "%E2%80%9D", "\r\n", "\u3002", "。", "，", "/.", "//",
    "/)", "-", "--", "=", "%3D", "\\", "|", "`", "~", "+", "#", "@", "\u202c", "\ufffd", "%", "%2", " Cảm ơn", "Unwell", "%20Unwell%20or",
]  # fmt: skip


@pytest.mark.parametrize("behind", BEHIND)
@pytest.mark.parametrize(
    ("path", "found"),
    [
        (f"/{TOKEN}", FoundLink(TOKEN, False)),
        (f"/a/{TOKEN}", FoundLink(TOKEN, False)),
        (f"/{SHARED}", FoundLink(SHARED, True)),
        (f"/a/{TOKEN}/data", FoundLink(TOKEN, False, "/data")),
        (f"/a/{EARLIER}", FoundLink(TOKEN, False)),
        (f"/h/{EARLIER_SHARED}", FoundLink(make_token(SECRET, 2**31 - 1, "_k9_3-aB0cD1eF2-", shared=True), True)),
    ],
)
def test_what_stands_behind_a_link_does_no_harm(path: str, found: FoundLink, behind: str) -> None:
    assert find_link(SECRET, path + behind) == found


@pytest.mark.parametrize(
    "path",
    [
        f"/({TOKEN}",
        f"/<{TOKEN}>",
        f"/*{TOKEN}*",
        f"/“{TOKEN}”",
        f"//{TOKEN}",
        f"/a//{TOKEN}",
        f"/A/{TOKEN.upper()}",
        f"/{TOKEN.capitalize()}",
        f"/{TOKEN}https://cachly.example.gov.vn/{TOKEN}",
        f"/{TOKEN}/https:/cachly.example.gov.vn/{TOKEN}",
        f"/{TOKEN}%20https%3A%2F%2Fcachly.example.gov.vn%2F{TOKEN}.",
        f"/https://cachly.example.gov.vn/{TOKEN}",
        f"/{TOKEN}{TOKEN}",
        f"/{TOKEN[:12]}https://cachly.example.gov.vn/{TOKEN}",  # once cut, once whole
        f"/{TOKEN[:9]}=\r\n{TOKEN[9:]}",  # a mail broken over lines
        f"/{TOKEN[:9]}%20%20{TOKEN[9:]}",
        f"/{TOKEN[:9]}\u00ad{TOKEN[9:]}",
        f"/{TOKEN[:9]}\u200b{TOKEN[9:]}.",
        f"/{''.join(chr(ord(sign) + 0xFEE0) for sign in TOKEN)}",  # full width
        f"/{TOKEN}/fbclid",
        f"/a/{EARLIER}https://cachly.example.gov.vn/a/{EARLIER}",
        f"/a/{EARLIER.replace('_', '%5F')}",
        f"/a/{EARLIER.replace('-', '%5C-')}",
        f"/a/{EARLIER.replace('-', chr(92) + '-')}",
        f"/a/{EARLIER.replace('-', '/-')}",  # a browser takes a backslash for a slash
        f"/a/{EARLIER[:30]}\n{EARLIER[30:]}",
    ],
)
def test_a_link_is_found_in_what_apps_make_of_it(path: str) -> None:
    found = find_link(SECRET, path)
    assert found is not None
    assert (found.token, found.shared) == (TOKEN, False)


@pytest.mark.parametrize(
    "path",
    ["/", "/a/x", f"/{TOKEN[:-1]}", f"/{TOKEN[1:]}", f"/a/{EARLIER[:-1]}", "/" + "x" * 5000, f"/{TOKEN[:-1]}/{OTHER[:-1]}"],
)
def test_nothing_is_found_where_no_whole_link_is(path: str) -> None:
    assert find_link(SECRET, path) is None


def test_two_links_that_came_as_one_are_not_chosen_between() -> None:
    for path in (f"/{TOKEN}https://cachly.example.gov.vn/{OTHER}", f"/{TOKEN}/{SHARED}", f"/{TOKEN} {OTHER}"):
        with pytest.raises(LinksMixed):
            find_link(SECRET, path)
