"""The demonstration's people of the public: what they declared in the last days, by the same way as anybody's declaration is taken."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from monitor.declarations.taking import Given, key_of, take
from monitor.declarations.versions import version_in_force
from monitor.declarations.who import Who
from monitor.models.declarations import Way
from monitor.people.births import Birth
from monitor.places.units.search import UnitKey
from monitor.settings import Settings

# Thủ Dầu Một, where the demonstration's zones are.
_UNIT = UnitKey("25747", date(2025, 7, 1))
_WELL = {"been": "no", "symptoms": ["none"], "met_case": "no", "met_abroad": "no", "met_ill": "no"}
# Invented: name, year of birth, telephone, way, days ago, what is otherwise than well.
_PEOPLE: tuple[tuple[str, int, str, Way, int, dict[str, object]], ...] = (
    ("Trần Thị Bình", 1985, "+84900009001", Way.SELF, 0, {}),
    ("Lê Văn Cường", 1978, "+84900009002", Way.SELF, 1, {}),
    ("Phạm Thị Dung", 1992, "+84900009003", Way.SELF, 1, {"been": "yes", "places": [{"place": "Chợ Thủ Dầu Một"}]}),
    ("Hoàng Văn Em", 1950, "+84900009004", Way.TELEPHONE, 2, {}),
    ("Vũ Thị Giang", 1961, "", Way.PAPER, 3, {}),
    ("Đặng Minh Hải", 2001, "+84900009006", Way.SELF, 0, {"symptoms": ["cough", "sore_throat"]}),
    # In force no more: a guard asks for a new one.
    ("Bùi Thị Lan", 1988, "+84900009007", Way.SELF, 9, {}),
)


def seed_declarations(session: Session, settings: Settings, now: datetime) -> None:
    """Some declarations, in the caller's write transaction, after the zones."""
    form = version_in_force(session, now).form
    for name, year, phone, way, days, otherwise in _PEOPLE:
        at = now - timedelta(days=days, hours=1)
        who = Who(
            full_name=name,
            birth=Birth(date(year, 5, 17)),
            sex=None,
            document_number="",
            insurance_number="",
            phone=phone,
            address="",
            unit=_UNIT,
        )
        given = Given(
            key=key_of("demonstration", {"name": name}),
            form=form,
            who=who,
            answers=_WELL | otherwise,
            way=way,
            language="vi",
            declared_on=at.date() if way is Way.PAPER else None,
        )
        take(session, given, zone=settings.zone, now=at)
