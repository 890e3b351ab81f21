"""People of the public with declarations at a fixed time, put into the tables as they are."""

from __future__ import annotations

import secrets
from datetime import date, datetime, timedelta

from sqlalchemy import select

from monitor.database.database import Database
from monitor.declarations.codes import new_code
from monitor.models.declarations import Declarant, Declaration, DeclarationForm, DeclarationState, Signs, Way
from tests.worlds.small_zone import NOW


def add_declarant(database: Database, name: str = "Trần Thị Bình", **more: object) -> int:
    """Somebody with a code of their own. more: further columns. Returns their number."""
    with database.write() as session:
        columns: dict[str, object] = {
            "full_name": name,
            "birth_date": date(1985, 5, 4),
            "language": "vi",
            "code": new_code(),
            "code_made_at": NOW,
            "page_key": secrets.token_urlsafe(24),
            "created_at": NOW,
        }
        row = Declarant(**columns | more)
        session.add(row)
        session.flush()
        return row.id


def add_declaration(
    database: Database,
    declarant_id: int,
    *,
    made_at: datetime = NOW,
    days: int = 7,
    signs: Signs = Signs.NONE,
    state: DeclarationState = DeclarationState.TAKEN,
) -> int:
    """What they declared, in force for so many days. Returns its number."""
    with database.write() as session:
        form = session.scalar(select(DeclarationForm).limit(1))
        if form is None:
            form = DeclarationForm(digest=secrets.token_hex(32), content={}, made_at=NOW)
            session.add(form)
            session.flush()
        row = Declaration(
            key=secrets.token_hex(32),
            declarant_id=declarant_id,
            form_id=form.id,
            answers={},
            way=Way.SELF,
            state=state,
            signs=signs,
            made_at=made_at,
            until=made_at + timedelta(days=days),
        )
        session.add(row)
        session.flush()
        return row.id
