"""The demonstration's hotline: units, an answer and a script, who sits at which telephone, and requests of the last hours."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from monitor.hotline.desk_words import save
from monitor.hotline.doing import Doer, hand_over, mark
from monitor.hotline.setting_up import UnitDetails, save_unit
from monitor.hotline.shifts import begin
from monitor.hotline.steps import Party
from monitor.hotline.tickets import Contact, take_in
from monitor.models.accounts import Account
from monitor.models.hotline import TicketChannel, TicketKind
from monitor.models.hotline_desk import TextPurpose
from monitor.places.units.search import UnitKey

EXTENSION = "101"
"""Of the telephone at which the demonstration's switchboard rings."""
OPERATOR, HEAD = "dieuduong", "giamsat"
CALLERS = ("+84900009001", "+84900009002", "+84000000103", "+84900009004", "+84000000212", "+84900009006", "+84000000224", "")
"""Who calls, in turn: people of the public, residents, and a line that shows no number."""
# Thủ Dầu Một, where the demonstration's zones are.
_WARD = UnitKey("25747", date(2025, 7, 1))
_SUPPLIES = (TicketKind.FOOD, TicketKind.MEDICINE, TicketKind.MONEY)
# How long ago, in minutes: the unit is warned of the first, its head of the second, the province of the third, within minutes.
_CAME = (
    (178, TicketKind.FOOD, "Nhà tôi có hai cháu nhỏ, hết gạo từ hôm qua.", "+84900009003"),
    (237, TicketKind.MEDICINE, "Mẹ tôi 78 tuổi, hết thuốc huyết áp.", "+84900009005"),
    (295, TicketKind.MONEY, "Bao giờ có tiền trợ cấp cho người lao động tự do?", "+84900009008"),
    (12, TicketKind.HEALTH_ADVICE, "Test nhanh hai vạch thì phải làm gì?", "+84900009009"),
)


def seed_hotline(session: Session, now: datetime) -> None:
    """In the caller's write transaction, after the zones and accounts."""
    operator, head = (session.scalars(select(Account.id).where(Account.username == each)).one() for each in (OPERATOR, HEAD))
    supplies = UnitDetails("Tổ hậu cần phường Phú Cường", _SUPPLIES, place=_WARD, head_id=head, members=[head])
    kinds = [kind for kind in TicketKind if kind not in _SUPPLIES]
    unit = save_unit(session, None, 0, supplies, now)
    save_unit(
        session, None, 0, UnitDetails("Trạm Y tế phường Phú Cường", kinds, place=_WARD, head_id=head, members=[head]), now
    )
    save(
        session,
        TextPurpose.ANSWER,
        kind=TicketKind.FOOD,
        titles=("Giao lương thực", "Food delivery"),
        texts=(
            "Tổ hậu cần sẽ giao gạo và thực phẩm đến nhà quý vị trong ngày hôm nay.",
            "The supply team will bring rice and food to your home today.",
        ),
        account_id=head,
        now=now,
    )
    save(
        session,
        TextPurpose.SCRIPT,
        kind=TicketKind.EMERGENCY,
        titles=("Khó thở", "Trouble breathing"),
        texts=(
            "Người bệnh có tỉnh không? Có nói được cả câu không? Giữ máy, tôi gọi 115 ngay.",
            "Is the person awake? Can they speak whole sentences? Stay on the line, I am calling 115 now.",
        ),
        account_id=head,
        now=now,
    )
    begin(session, operator, EXTENSION, now)
    for minutes, kind, said, caller in _CAME:
        contact = Contact(
            TicketChannel.TEXT,
            f"demonstration-{minutes}",
            said,
            kind,
            at=now - timedelta(minutes=minutes),
            caller=caller,
            unit=_WARD,
            quiet=True,
        )
        ticket = take_in(session, contact, now)
        if kind in _SUPPLIES:
            hand_over(session, ticket.id, unit, Doer(operator, frozenset({Party.DESK})), now, seen=mark(ticket))
