"""Keeping an uploaded picture: the file in the folder, its facts in the database."""

from datetime import datetime

from sqlalchemy import insert

from practice.accounts import Person
from practice.errors import invalid
from practice.media import DESCRIPTION_LIMIT, UNCHECKED, check
from practice.network import Network
from practice.tables import Media, now


def keep(
    network: Network,
    owner: Person,
    raw: bytes,
    description: str = "",
    *,
    unchecked: bool = False,
    moment: datetime | None = None,
) -> int:
    """Check and store a picture as it came; its id. Raises `ApiError` 422.

    `unchecked` lets any bytes pass, as a careless network would. `moment`: when it was taken in.
    """
    picture = UNCHECKED if unchecked else check(raw)
    told, at = described(description), moment or now()
    number = network.ids.next(at)
    row = {
        "id": number,
        "account_id": owner.id,
        "file": network.media.keep(raw, picture.ending),
        "mime": picture.mime,
        "width": picture.width,
        "height": picture.height,
        "description": told,
        "created_at": at,
    }
    with network.store.write() as connection:
        connection.execute(insert(Media).values(**row))
    return number


def described(description: str) -> str | None:
    """An alt text as it is kept. Raises `ApiError` 422 for one that is too long."""
    if len(description) > DESCRIPTION_LIMIT:
        raise invalid(f"Description is too long (maximum is {DESCRIPTION_LIMIT} characters)")
    return description.encode("utf-8", "replace").decode() or None
