"""The last day of the period that a listing has free next stands in a column of its own.

Revision ID: a93e5f07c1d8
Revises: 7d20c4b9e5f1
"""

from __future__ import annotations

from datetime import date

import orjson
import sqlalchemy as sa
from alembic import op

revision = "a93e5f07c1d8"
down_revision = "7d20c4b9e5f1"
branch_labels = None
depends_on = None

ROWS = sa.table(
    "search_rows",
    sa.column("id", sa.BigInteger),
    sa.column("next_open", sa.Text),
    sa.column("open_until", sa.Date),
)
BATCH = 500


def upgrade() -> None:
    op.add_column("search_rows", sa.Column("open_until", sa.Date(), nullable=True))
    connection, last = op.get_bind(), -1
    known = sa.select(ROWS.c.id, ROWS.c.next_open).where(ROWS.c.next_open.is_not(None)).order_by(ROWS.c.id)
    while some := connection.execute(known.where(ROWS.c.id > last).limit(BATCH)).all():
        for id_, next_open in some:
            until = date.fromisoformat(orjson.loads(next_open)["ends_on"])
            connection.execute(sa.update(ROWS).where(ROWS.c.id == id_).values(open_until=until))
        last = some[-1].id


def downgrade() -> None:
    with op.batch_alter_table("search_rows") as batch:
        batch.drop_column("open_until")
