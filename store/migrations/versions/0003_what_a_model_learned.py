"""until when a model learned, and how far an account's older posts were looked at

Revision: 0003
Follows: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("model", schema=None) as batch_op:
        batch_op.add_column(sa.Column("learned_until", sa.DateTime(timezone=True), nullable=True))
    op.execute("UPDATE model SET learned_until = made_at")
    with op.batch_alter_table("model", schema=None) as batch_op:
        batch_op.alter_column("learned_until", nullable=False)
    with op.batch_alter_table("reading", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("looked_at", sa.Integer(), nullable=False, server_default="0")
        )
    with op.batch_alter_table("reading", schema=None) as batch_op:
        batch_op.alter_column("looked_at", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("reading", schema=None) as batch_op:
        batch_op.drop_column("looked_at")
    with op.batch_alter_table("model", schema=None) as batch_op:
        batch_op.drop_column("learned_until")
