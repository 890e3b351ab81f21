"""The words of the product, as a test: no sentence of the catalogue says what the glossary rejected, and each thing has one name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import pytest
from babel.messages.extract import extract_from_dir

from tests.unit.monitor.test_translations import ROOT, catalogue

# Values, and what is typed as it stands.
_NOT_PROSE = re.compile(r"%\(\w+\)[.\d]*[a-z]|\{\w+\}|`[^`]*`")


@dataclass(frozen=True)
class Rejected:
    """pattern: what no sentence says; better: what to say; allowed: parts of sentences that may say it."""

    pattern: str
    better: str
    allowed: tuple[str, ...] = ()


VIETNAMESE = [
    Rejected(r"\b[Bb]ạn\b", "quý vị, or nothing"),
    Rejected(r"\b([Aa]nh chị|[Cc]ô chú)\b", "quý vị (residents); anh/chị (staff)"),
    Rejected(r"\b[Nn]gười ấy\b", "người này, người đó, or the name"),
    Rejected(r"kho[ẻ]\b|xo[á]\b|kho[á]\b|ho[à]\b|hu[ỷ]\b|thu[ỷ]\b|tu[ỳ]\b", "khỏe, xóa, khóa, hòa, hủy, thủy, tùy"),
    Rejected(r"[Vv]ui lòng|\b[Mm]ời\b", "Xin (residents), Hãy (staff)"),
    Rejected(r"[Bb]ằng chứng", "ghi nhận"),
    Rejected(r"[Gg]iám sát( viên)?\b", "cán bộ phụ trách"),
    Rejected(r"[Gg]iám hộ", "người trả lời thay"),
    Rejected(r"[Kk]iểm toán", "kiểm tra viên"),
    Rejected(r"[Bb]ỏ lỡ", "quá giờ chưa trả lời"),
    Rejected(r"\b[Vv]ắng\b(?! mặt)", "vắng mặt, of presence and permission only"),
    Rejected(
        r"\b[Ll]ần điểm danh\b|\bcác lần\b(?! (liên lạc|xem|tạm hoãn))", "đợt (a round), lượt (one person’s); lần liên lạc"
    ),
    Rejected(r"[Ll]iên kết|đường link|\b[Ll]ink\b", "đường dẫn", ("{link}",)),
    Rejected(r"[Tt]hiết lập", "cài đặt"),
    Rejected(r"[Bb]áo phát", "báo nhận"),
    Rejected(r"[Cc]ổng gửi", "cổng tin nhắn"),
    Rejected(r"[Hh]ình khóa", "khung hình chính"),
    Rejected(r"[Hh]otline", "Tổng đài"),
    Rejected(r"[Ảả]nh (đã )?đăng ký", "ảnh mẫu"),
    Rejected(r"[Ảả]nh (chân dung|tự chụp)", "ảnh điểm danh; chụp ảnh khuôn mặt"),
    Rejected(r"[Bb]ộ nhận dạng|[Nn]hận diện", "bộ so khớp; so khớp khuôn mặt"),
    Rejected(r"[Bb]ảng điều khiển", "trang quản lý"),
    Rejected(r"[Kk]ế hoạch", "lịch điểm danh"),
    Rejected(r"[Dd]iễn tập", "chạy thử"),
    Rejected(r"[Dd]ọn dữ liệu|[Ll]ưu giữ", "xóa dữ liệu hết hạn; lưu trữ"),
    Rejected(r"[Nn]hật ký (truy cập|kiểm tra)", "nhật ký hệ thống; in a sentence nhật ký"),
    Rejected(r"[Đđ]ến thăm", "đến gặp"),
    Rejected(r"[Vv]ụ việc|[Tt]rường hợp|[Ss]ự cố", "sự việc"),
    Rejected(r"\b[Vv]òng tay\b", "vòng đeo tay"),
    Rejected(r"[Nn]gành y tế|điểm danh của y tế", "cơ quan y tế"),
    Rejected(r"[Cc]ư dân|[Bb]ệnh nhân|\bđối tượng\b", "người cách ly", ("đối tượng JSON",)),
    Rejected(r"\b[Cc]ho ra\b|\bthả\b|\btrốn\b", "khi kết thúc cách ly; tự rời khu"),
    Rejected(r"(?<!cách ly )\b[Kk]hu tập trung\b", "khu cách ly tập trung"),
    Rejected(r"[Ll]ệnh cách ly", "quyết định cách ly"),
    Rejected(r"(?<!trả )\b[Ll]ời (nhắn|tin|có sẵn|riêng|này|của (tỉnh|khu))\b", "mẫu tin nhắn"),
    Rejected(r"\bSMS\b", "tin nhắn"),
    Rejected(r"đều (tốt|ổn)\b|đều bình thường", "never “all is well” of a person"),
    Rejected(r"\bSẽ có người\b|\bsẽ có người (xem|hỏi)\b", "nhân viên y tế sẽ …"),
    Rejected(
        r"không có gì tự động|[Kk]hông có hậu quả|trách bạn|tính lỗi|tính vào",
        "say what does happen; không bị coi là có lỗi; không bị bất lợi",
    ),
    Rejected(r"\b\d{4}-\d{2}-\d{2}\b", "24/11/2026", ("YYYY-MM-DD",)),
    Rejected(r"\d\.\d+ ?(°C|%)", "a comma: 37,2 °C"),
    Rejected(r"DỪNG|\bBẬT\b", "STOP, START"),
    Rejected(r'"', "“ ”", ("HMAC-SHA256(", "JSON:")),
]
"""Of every Vietnamese sentence."""

VIETNAMESE_FOR_RESIDENTS = [
    Rejected(r"\b[Hh]ãy\b", "Xin"),
]
"""Of what residents read: to staff, requests begin with Hãy."""

ENGLISH = [
    Rejected(r"\b([Ss]omebody|[Ee]verybody|[Aa]nybody)\b", "someone, everyone, anyone"),
    Rejected(r"(?<=\w)'(?=s\b|t\b|\s)|(?<=s)'", "’"),
    Rejected(
        r"\b[Aa] person (will|looks|has|would)\b",
        "health staff will …; staff …",
        ("We have your message; a person will read it.", "a person would check the answer"),
    ),
    Rejected(r"[Nn]othing (bad )?(happens|follows) by itself|nothing happens by itself", "nothing is decided automatically: …"),
    Rejected(r"[Aa]ll is well", "Received."),
    Rejected(r"[Ww]ritten down|[Ww]rite (it )?down", "saved, recorded"),
    Rejected(r"\bfor good\b", "permanently"),
    Rejected(r"nobody knows|[Nn]obody is known", "unknown"),
    Rejected(r"held against", "does not count against you"),
    Rejected(r"[Ll]ook at it again", "Reload the page to see it as it is now."),
    Rejected(r"[Ww]hat (came|became|becomes) of", "result; new state"),
    Rejected(r"\benrol(led|ment)?\b", "reference photo"),
    Rejected(r"\b[Pp]lans?\b", "schedule (roll-call schedule)", ("as planned", "planned")),
    Rejected(r"[Rr]ehears", "dry run"),
    Rejected(r"\b[Ee]vidence\b", "sign (of presence)", ("Evidence",)),
    Rejected(r"[Ll]et go on|[Pp]ut off|\banew\b|[Rr]eckon", "resumed; postponed; again; counted"),
    Rejected(
        r"(^|[.:;] )(Who|Whoever|What) (is|are|was|were|has|had|did|does|do|answers?|lives|waits|came|comes|sends|dies|needs) [^?]*$",
        "a clause as the subject: Anyone who …, The device at …",
        ("Who answers for", "Who did", "What is wrong", "Who was told", "Who is still inside", "Who is asked", "Who is asking"),
    ),
    Rejected(r"\bit takes %|\bare taken\b|is not taken\b", "accepted; must be"),
    Rejected(
        r"\bis no (?!longer\b)[a-zA-Z%]", "is not a …", ("There is no", "there is no", "If there is no", "While there is no")
    ),
    Rejected(
        r"\b(was|were|is|are) to be (seen|set|looked|read|called)\b|to be set right",
        "an actor, or “visible”, “needs correcting”",
    ),
    Rejected(r"[Ll]ooked at\b(?! my| data| this person)", "checked", ("Your look at it",)),
    Rejected(r"\bnot held\b|deceive", "does not count against; mislead"),
    Rejected(r"\bhotline\b", "Hotline: 1022 or call 1022", ("Hotline",)),
    Rejected(r"\b(color|recogniz|center\b|organiz|authoriz)", "British spelling"),
]
"""Of every English sentence."""


def complaints(sentences: Iterable[str], rejected: list[Rejected]) -> Iterator[str]:
    """One line for each rejected word in each sentence: what, where, and what to say in its place."""
    for sentence in sentences:
        bare = _NOT_PROSE.sub("", sentence)
        for each in rejected:
            if (found := re.search(each.pattern, bare)) and not any(part in sentence for part in each.allowed):
                yield f"“{found[0].strip()}” in “{sentence}”: better “{each.better}”"


def english() -> list[str]:
    return [
        each for message in catalogue() if message.id for each in ([message.id] if isinstance(message.id, str) else message.id)
    ]


def vietnamese(ids: set[str] | None = None) -> list[str]:
    """ids: only of these; None: of all."""
    found = []
    for message in catalogue():
        first = message.id if isinstance(message.id, str) else message.id[0]
        if first and (ids is None or first in ids):
            found += [message.string] if isinstance(message.string, str) else list(message.string)
    return found


def of_residents_pages() -> set[str]:
    keywords: dict[str, tuple[int, ...] | None] = {"N_": None, "_": None, "gettext": None, "ngettext": (1, 2)}
    methods = [("**.py", "python"), ("**.html", "jinja2")]
    found: set[str] = set()
    for folder in ("web/residents", "web/templates/residents"):
        for _, _, message, _, _ in extract_from_dir(ROOT / folder, methods, keywords=keywords):  # type: ignore[arg-type]
            found.add(message if isinstance(message, str) else message[0])
    return found


def test_no_vietnamese_sentence_has_a_word_that_the_glossary_rejected() -> None:
    assert not (wrong := list(complaints(vietnamese(), VIETNAMESE))), "\n".join(wrong)


def test_residents_are_asked_politely() -> None:
    pages = of_residents_pages()
    assert len(pages) > 100
    assert not (wrong := list(complaints(vietnamese(pages), VIETNAMESE_FOR_RESIDENTS))), "\n".join(wrong)


def test_no_english_sentence_has_a_word_that_the_glossary_rejected() -> None:
    assert not (wrong := list(complaints(english(), ENGLISH))), "\n".join(wrong)


@pytest.mark.parametrize(
    ("sentence", "rejected", "found"),
    [
        ("Mời bạn bấm vào đường dẫn.", VIETNAMESE, 2),
        ("Xin bấm vào đường dẫn.", VIETNAMESE, 0),
        ("Kế hoạch %(name)s", VIETNAMESE, 1),
        ("Hãy gửi lại.", VIETNAMESE_FOR_RESIDENTS, 1),
        ("Somebody's answer is held against them.", ENGLISH, 3),
        ("Someone’s answer counts.", ENGLISH, 0),
        ("`for good` in code", ENGLISH, 0),
    ],
)
def test_it_would_be_seen(sentence: str, rejected: list[Rejected], found: int) -> None:
    assert len(list(complaints([sentence], rejected))) == found
