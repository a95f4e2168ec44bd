"""The trained models, newest last."""

from datetime import datetime
from typing import Any

from sqlalchemy import LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from store.tables.base import Base


class Model(Base):
    """One trained router; kept in the store so that every worker routes with the same one."""

    __tablename__ = "model"

    id: Mapped[int] = mapped_column(primary_key=True)
    made_at: Mapped[datetime]  # when the texts that it learned from were read
    learned_until: Mapped[datetime]  # it knows no decision after that
    in_use: Mapped[bool]
    why: Mapped[str]  # why it is in use, or why the older one stayed
    figures: Mapped[dict[str, Any]]
    content: Mapped[bytes] = mapped_column(LargeBinary)  # empty: no longer in use, forgotten
