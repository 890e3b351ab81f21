"""What words to the hotline seem to be about, as tables."""

from __future__ import annotations

import pytest

from monitor.hotline.languages import is_thanks, language_of
from monitor.models.hotline import TicketKind
from rollcall.inbound.matters import kind_of


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Nhà tôi hết gạo rồi", TicketKind.FOOD),
        ("toi can gao", TicketKind.FOOD),
        ("We need food please", TicketKind.FOOD),
        ("tôi cần thuốc huyết áp", TicketKind.MEDICINE),
        ("nha toi het tien roi", TicketKind.MONEY),
        ("Bao giờ có tiền trợ cấp?", TicketKind.MONEY),
        ("Mẹ tôi khó thở quá", TicketKind.EMERGENCY),
        ("xin goi xe cap cuu", TicketKind.EMERGENCY),
        ("Ông ấy bất tỉnh, nhà hết gạo", TicketKind.EMERGENCY),
        ("Phòng 12 tụ tập uống rượu", TicketKind.VIOLATION),
        ("có người trốn cách ly", TicketKind.VIOLATION),
        ("khu nhà trọ cúp điện", TicketKind.TECHNICAL),
        ("the app does not open", TicketKind.TECHNICAL),
        ("Khi nào được tiêm vắc xin?", TicketKind.HEALTH_ADVICE),
        ("tôi bị sốt", TicketKind.HEALTH_ADVICE),
        ("xin cho hỏi", TicketKind.OTHER),
        ("GIUP", TicketKind.OTHER),
        ("", TicketKind.OTHER),
    ],
)
def test_a_first_guess_of_the_kind(text: str, kind: TicketKind) -> None:
    assert kind_of(text) is kind


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("I need food please", "en"),
        ("toi can gao", "vi"),
        ("Tôi cần gạo", "vi"),
        ("ok", "vi"),
        ("please help my mother", "en"),
        ("đau", "vi"),
    ],
)
def test_the_language_of_words(text: str, language: str) -> None:
    assert language_of(text) == language


@pytest.mark.parametrize(
    ("text", "thanks"),
    [
        ("Cảm ơn!", True),
        ("cam on nhieu a", True),
        ("Thank you very much", True),
        ("Cảm ơn, nhưng vẫn chưa có gạo", False),
        ("", False),
        ("ok", True),
    ],
)
def test_thanks_ask_for_nothing(text: str, thanks: bool) -> None:
    assert is_thanks(text) is thanks
