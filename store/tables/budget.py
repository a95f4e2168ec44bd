"""What was asked of the networks, counted for all workers together."""

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from store.tables.base import Base


class Spent(Base):
    """How much of a budget was used in the part of its window, or in the month, that began `since`."""

    __tablename__ = "spent"

    key: Mapped[str] = mapped_column(primary_key=True)
    since: Mapped[datetime] = mapped_column(primary_key=True)
    amount: Mapped[int]
