"""the numbers of a year

Revision: 0002
Follows: 0001
"""

import hashlib
import json

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_FIRST_LINES = """
SELECT "case".number, history.hash FROM "case" JOIN history ON history.case_id = "case".id
 WHERE history.seq = 1 ORDER BY "case".id
"""


def upgrade() -> None:
    numbering = op.create_table(
        "numbering",
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.Column("head", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("year", name=op.f("pk_numbering")),
    )
    years: dict[int, dict[str, int | str]] = {}
    for number, first_line in op.get_bind().execute(sa.text(_FIRST_LINES)):
        year, _, running = number.partition("-")
        before = years.get(int(year), {}).get("head", "")
        head = hashlib.sha256(json.dumps([before, number, first_line]).encode()).hexdigest()
        years[int(year)] = {"year": int(year), "last": int(running), "head": head}
    if years:
        op.bulk_insert(numbering, list(years.values()))


def downgrade() -> None:
    op.drop_table("numbering")
