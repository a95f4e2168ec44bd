"""SQL made once: a drill writes hundreds of posts a second, and making statements takes longest."""

from sqlalchemy import bindparam, delete, insert, select, update

from practice.tables import Idempotency, Mention, Notification, Status, Tagging, table_of

_STATUS, _KEY = table_of(Status), table_of(Idempotency)
_MINE = _KEY.c.account_id == bindparam("author"), _KEY.c.key == bindparam("told")
_WANTED = _STATUS.c.id == bindparam("wanted")

ADD_STATUS = insert(_STATUS)
ADD_MENTION = insert(table_of(Mention))
ADD_TAGGING = insert(table_of(Tagging))
ADD_NOTIFICATION = insert(table_of(Notification))
ADD_KEY = insert(_KEY)

LIVING = select(_STATUS).where(_WANTED, _STATUS.c.deleted_at.is_(None))
BY_KEY = select(_KEY.c.status_id, _KEY.c.created_at).where(*_MINE)
DROP_KEY = delete(_KEY).where(*_MINE)
ONE_MORE_REPLY = update(_STATUS).where(_WANTED).values(replies_count=_STATUS.c.replies_count + 1)
