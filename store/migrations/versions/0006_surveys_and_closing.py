"""the site surveys of a case, and whether it was closed as said again and again

Revision: 0006
Follows: 0005
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("case", schema=None) as batch_op:
        batch_op.add_column(sa.Column("surveys", sa.JSON(), nullable=False, server_default="[]"))
        batch_op.add_column(sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True))
    with op.batch_alter_table("case", schema=None) as batch_op:
        batch_op.alter_column("surveys", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("case", schema=None) as batch_op:
        batch_op.drop_column("closed_at")
        batch_op.drop_column("surveys")
