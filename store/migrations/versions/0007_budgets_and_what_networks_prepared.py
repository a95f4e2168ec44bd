"""budgets for all workers, what a network prepared, when a credential ends, answers in parts

Revision: 0007
Follows: 0006
"""

import sqlalchemy as sa
from alembic import op

from store.tables.base import UtcDateTime

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "spent",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("since", UtcDateTime(timezone=True), nullable=False),
        sa.Column("amount", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("key", "since", name=op.f("pk_spent")),
    )
    with op.batch_alter_table("account", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("in_parts", sa.Boolean(), server_default=sa.false(), nullable=False)
        )
    with op.batch_alter_table("delivery", schema=None) as batch_op:
        batch_op.add_column(sa.Column("prepared", sa.String(), nullable=True))
    with op.batch_alter_table("reading", schema=None) as batch_op:
        batch_op.add_column(sa.Column("expires_at", UtcDateTime(timezone=True), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("reading", schema=None) as batch_op:
        batch_op.drop_column("expires_at")
    with op.batch_alter_table("delivery", schema=None) as batch_op:
        batch_op.drop_column("prepared")
    with op.batch_alter_table("account", schema=None) as batch_op:
        batch_op.drop_column("in_parts")
    op.drop_table("spent")
