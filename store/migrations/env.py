"""Alembic's entry point: the connection comes from `store.open`, never from a file."""

from typing import Any, Literal

from alembic import context

from store.tables import Base
from store.tables.base import UtcDateTime


def plain(kind: str, item: Any, _context: Any) -> str | Literal[False]:
    """Write our time type as the database's own, so that old migrations need none of our code."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    return False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,  # SQLite cannot alter a table in place
    compare_type=True,
    render_item=plain,
)
with context.begin_transaction():
    context.run_migrations()
