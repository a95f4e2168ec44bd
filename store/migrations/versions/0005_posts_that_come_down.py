"""posts that come down: the whole copy, who withdrew it, and how often it was tried

Revision: 0005
Follows: 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_STANDING = sa.text("withdrawn_at IS NULL")


def upgrade() -> None:
    with op.batch_alter_table("removal", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("uq_removal_delivery_id"), type_="unique")
        batch_op.add_column(sa.Column("photo_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("url", sa.String(), server_default="", nullable=False))
        batch_op.add_column(sa.Column("remote_id", sa.String(), server_default="", nullable=False))
        batch_op.add_column(sa.Column("published_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(
            sa.Column("withdrawn_why", sa.String(), server_default="", nullable=False)
        )
        batch_op.add_column(sa.Column("not_before", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("tries", sa.Integer(), server_default="0", nullable=False))
        batch_op.add_column(sa.Column("by_hand_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("removed_by", sa.String(), nullable=True))
        batch_op.create_foreign_key(
            batch_op.f("fk_removal_photo_id"), "photo", ["photo_id"], ["id"]
        )
        batch_op.create_index(
            "uq_removal_standing",
            ["delivery_id"],
            unique=True,
            sqlite_where=_STANDING,
            postgresql_where=_STANDING,
        )
    # what was asked for before is copied as it stands, and what was agreed on goes down now
    op.execute(
        """
        UPDATE removal SET
            photo_id = (SELECT photo_id FROM delivery WHERE delivery.id = removal.delivery_id),
            url = (SELECT coalesce(url, '') FROM delivery WHERE delivery.id = removal.delivery_id),
            remote_id = (
                SELECT coalesce(remote_id, '') FROM delivery
                WHERE delivery.id = removal.delivery_id
            ),
            published_at = (
                SELECT settled_at FROM delivery WHERE delivery.id = removal.delivery_id
            ),
            seen_at = (SELECT seen_at FROM delivery WHERE delivery.id = removal.delivery_id),
            not_before = CASE WHEN removed_at IS NULL THEN agreed_at END
        """
    )


def downgrade() -> None:
    # an older version knows one row for each post
    op.execute("DELETE FROM removal WHERE withdrawn_at IS NOT NULL")
    with op.batch_alter_table("removal", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_removal_standing", sqlite_where=_STANDING, postgresql_where=_STANDING
        )
        batch_op.drop_constraint(batch_op.f("fk_removal_photo_id"), type_="foreignkey")
        for column in (
            "removed_by",
            "by_hand_at",
            "tries",
            "not_before",
            "withdrawn_why",
            "withdrawn_at",
            "seen_at",
            "published_at",
            "remote_id",
            "url",
            "photo_id",
        ):
            batch_op.drop_column(column)
        batch_op.create_unique_constraint(batch_op.f("uq_removal_delivery_id"), ["delivery_id"])
