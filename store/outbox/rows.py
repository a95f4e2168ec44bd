"""The outbox's rows, as statements write them."""

from typing import Any

from sqlalchemy import Table, Update
from sqlalchemy.orm import Session

from store.tables import Delivery

#: For statements without the mapper: eighty of them go into one commit.
ROWS: Table = Delivery.__table__  # type: ignore[assignment]  # it is a table, and says FromClause


def count(session: Session, statement: Update) -> int:
    """Execute it; how many rows it changed."""
    result: Any = session.execute(statement)
    return int(result.rowcount)
