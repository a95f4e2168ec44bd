"""Pictures: upload, describe, look at one."""

from fastapi import APIRouter, Request
from sqlalchemy import insert, update
from starlette.datastructures import UploadFile

from practice.accounts import Person
from practice.api import asking
from practice.api.answer import Json
from practice.api.asking import Speaker, TheNetwork, Told
from practice.entities import media as entity
from practice.errors import invalid, not_found
from practice.media import DESCRIPTION_LIMIT, SIZE_LIMIT, UNCHECKED, check
from practice.network import Network
from practice.tables import Media, now

router = APIRouter(prefix="/api")


@router.post("/v1/media")
@router.post("/v2/media")
def upload(request: Request, network: TheNetwork, owner: Speaker, told: Told) -> Json:
    file = told.get("file")
    if not isinstance(file, UploadFile):
        raise invalid("File can't be blank")
    unchecked = "unchecked_media" in getattr(request.state, "effects", {})
    raw = file.file.read(-1 if unchecked else SIZE_LIMIT + 1)
    number = keep(network, owner, raw, asking.text(told, "description"), unchecked=unchecked)
    return _shown(request, network, owner, str(number))


@router.get("/v1/media/{media_id}")
def read(request: Request, network: TheNetwork, owner: Speaker, media_id: str) -> Json:
    return _shown(request, network, owner, media_id)


@router.put("/v1/media/{media_id}")
def describe(
    request: Request, network: TheNetwork, owner: Speaker, told: Told, media_id: str
) -> Json:
    description = _described(asking.text(told, "description"))
    unattached = (Media.account_id == owner.id, Media.status_id.is_(None))
    with network.store.write() as connection:
        mine = update(Media).where(Media.id == asking.identify(media_id), *unattached)
        if not connection.execute(mine.values(description=description)).rowcount:
            raise not_found()
    return _shown(request, network, owner, media_id)


def keep(
    network: Network, owner: Person, raw: bytes, description: str = "", *, unchecked: bool = False
) -> int:
    """Check and store a picture as it came; its id. Raises `ApiError` 422."""
    picture = UNCHECKED if unchecked else check(raw)
    described, at = _described(description), now()
    number = network.ids.next(at)
    row = {
        "id": number,
        "account_id": owner.id,
        "file": network.media.keep(raw, picture.ending),
        "mime": picture.mime,
        "width": picture.width,
        "height": picture.height,
        "description": described,
        "created_at": at,
    }
    with network.store.write() as connection:
        connection.execute(insert(Media).values(**row))
    return number


def _described(description: str) -> str | None:
    if len(description) > DESCRIPTION_LIMIT:
        raise invalid(f"Description is too long (maximum is {DESCRIPTION_LIMIT} characters)")
    return description.encode("utf-8", "replace").decode() or None


def _shown(request: Request, network: Network, owner: Person, media_id: str) -> Json:
    with network.store.read() as session:
        picture = session.get(Media, asking.identify(media_id))
    if picture is None or picture.account_id != owner.id:
        raise not_found()
    return Json(entity(picture, asking.base(request)))
