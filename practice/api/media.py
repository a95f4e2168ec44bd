"""Pictures: upload, describe, look at one."""

from fastapi import APIRouter, Request
from sqlalchemy import update
from starlette.datastructures import UploadFile

from practice.accounts import Person
from practice.api import asking
from practice.api.answer import Json
from practice.api.asking import Speaker, TheNetwork, Told
from practice.entities import media as entity
from practice.errors import invalid, not_found
from practice.media import SIZE_LIMIT
from practice.network import Network
from practice.pictures import described, keep
from practice.tables import Media

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
    description = described(asking.text(told, "description"))
    unattached = (Media.account_id == owner.id, Media.status_id.is_(None))
    with network.store.write() as connection:
        mine = update(Media).where(Media.id == asking.identify(media_id), *unattached)
        if not connection.execute(mine.values(description=description)).rowcount:
            raise not_found()
    return _shown(request, network, owner, media_id)


def _shown(request: Request, network: Network, owner: Person, media_id: str) -> Json:
    with network.store.read() as session:
        picture = session.get(Media, asking.identify(media_id))
    if picture is None or picture.account_id != owner.id:
        raise not_found()
    return Json(entity(picture, asking.base(request)))
