"""Alembic's entry point: runs migrations on the connection that `monitor.database.migrate` hands over."""

from typing import Any, Literal

import sqlalchemy as sa
from alembic import context

from monitor.database.job_tables import PREFIX
from monitor.models.base import UtcDateTime
from monitor.models.every_table import METADATA


def _render(kind: str, item: Any, _context: Any) -> str | Literal[False]:
    """Migrations name plain column types, so that they still run when our own classes have changed."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, sa.Enum):
        return f"sa.String(length={item.length})"
    return False


connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=METADATA,
    render_as_batch=connection.dialect.name == "sqlite",
    render_item=_render,
    on_version_apply=context.config.attributes.get("applied"),
    include_name=lambda name, _kind, _parents: not (name or "").startswith(PREFIX),
)
# The caller's transaction holds all of it: a migration that fails leaves nothing behind.
context.run_migrations()
