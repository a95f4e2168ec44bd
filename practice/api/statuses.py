"""Posts: write, read, delete, pass on; the thread around one."""

import math
from datetime import timedelta
from typing import Any

from fastapi import APIRouter, Request
from sqlalchemy.orm import Session

from practice import posting, reading, statuses
from practice.api import asking
from practice.api.answer import Json
from practice.api.asking import Params, Speaker, TheNetwork, Told, ViewerId
from practice.errors import forbidden, invalid, not_found
from practice.posting import Draft
from practice.tables import Media, Status

router = APIRouter(prefix="/api/v1/statuses")

IGNORE_KEY = "ignore_idempotency"
HIDE = "hide"


@router.post("")
def post(request: Request, network: TheNetwork, author: Speaker, told: Told) -> Json:
    key = request.headers.get("Idempotency-Key")
    effects = _effects(request)
    status = posting.publish(
        network,
        author,
        draft(told),
        key=None if IGNORE_KEY in effects else key,
        hidden=timedelta(seconds=effects.get(HIDE, 0)),
    )
    with network.store.read() as session:
        return Json(asking.writer(request, session).written([status], set())[0])


@router.get("")
def several(request: Request, network: TheNetwork, viewer: ViewerId) -> Json:
    wanted = [asking.identify(value) for value in request.query_params.getlist("id[]")][:20]
    with network.store.read() as session:
        found = [reading.find(session, number, viewer) for number in wanted]
        listed = [status for status in found if status is not None]
        return Json(asking.writer(request, session).statuses(listed))


@router.get("/{status_id}")
def read(request: Request, network: TheNetwork, viewer: ViewerId, status_id: str) -> Json:
    with network.store.read() as session:
        status = _found(session, status_id, viewer)
        return Json(asking.writer(request, session).status(status))


@router.get("/{status_id}/context")
def context(request: Request, network: TheNetwork, viewer: ViewerId, status_id: str) -> Json:
    with network.store.read() as session:
        status = _found(session, status_id, viewer)
        above, below = reading.thread(session, status, viewer)
        write = asking.writer(request, session).statuses
        return Json({"ancestors": write(above), "descendants": write(below)})


@router.get("/{status_id}/source")
def source(network: TheNetwork, viewer: Speaker, status_id: str) -> Json:
    with network.store.read() as session:
        status = _found(session, status_id, viewer.id)
    if status.account_id != viewer.id:
        raise forbidden()
    return Json({"id": status_id, "text": status.text, "spoiler_text": status.spoiler_text})


@router.delete("/{status_id}")
def delete(
    request: Request, network: TheNetwork, author: Speaker, told: Told, status_id: str
) -> Json:
    with network.store.read() as session:
        status = _found(session, status_id, author.id)
        pictures = [picture for number in status.media if (picture := session.get(Media, number))]
        entity = asking.writer(request, session).status(status) | {"text": status.text}
    statuses.remove(network, author, status.id)
    if asking.flag(told, "delete_media"):
        for picture in pictures:
            network.media.drop(picture.file)
    return Json(entity)


@router.post("/{status_id}/reblog")
def reblog(request: Request, network: TheNetwork, author: Speaker, status_id: str) -> Json:
    hidden = timedelta(seconds=_effects(request).get(HIDE, 0))
    original = _original(network, author.id, status_id)
    return _written(request, network, statuses.reblog(network, author, original, hidden=hidden))


@router.post("/{status_id}/unreblog")
def unreblog(request: Request, network: TheNetwork, author: Speaker, status_id: str) -> Json:
    original = _original(network, author.id, status_id)
    statuses.unreblog(network, author, original)
    return _written(request, network, original)


@router.get("/{status_id}/reblogged_by")
def reblogged_by(request: Request, network: TheNetwork, viewer: ViewerId, status_id: str) -> Json:
    with network.store.read() as session:
        status = _found(session, status_id, viewer)
        passed_on = reading.reblogs_of(session, status.id)
        write = asking.writer(request, session).account
        people = [network.accounts.by_id(found.account_id) for found in passed_on]
        return Json([write(person) for person in people if person])


def draft(told: Params) -> Draft:
    """A post from a request's parameters. Raises `ApiError` 422 or 404."""
    return Draft(
        text=asking.text(told, "status").strip(),
        in_reply_to_id=asking.number(told, "in_reply_to_id"),
        media_ids=asking.numbers(told, "media_ids"),
        visibility=asking.text(told, "visibility") or "public",
        language=asking.text(told, "language") or "ko",
        sensitive=asking.flag(told, "sensitive"),
        spoiler_text=asking.text(told, "spoiler_text"),
        place=place(told.get("place")),
    )


def place(told: Any) -> dict[str, Any] | None:
    """Our extension `place`: degrees and a name. Raises `ApiError` 422 for what is not on Earth."""
    if not isinstance(told, dict) or not any(str(value).strip() for value in told.values()):
        return None
    try:
        lat, lon = float(told["lat"]), float(told["lon"])
    except (KeyError, TypeError, ValueError) as error:
        raise invalid("Place needs lat and lon in degrees") from error
    if not (math.isfinite(lat) and math.isfinite(lon) and abs(lat) <= 90 and abs(lon) <= 180):
        raise invalid("Place needs lat and lon in degrees")
    return {"lat": lat, "lon": lon, "name": str(told.get("name") or "")[:200]}


def _effects(request: Request) -> dict[str, float]:
    """The faults that the gate leaves to be done here."""
    return getattr(request.state, "effects", {})


def _found(session: Session, status_id: str, viewer_id: int | None) -> Status:
    status = reading.find(session, asking.identify(status_id), viewer_id)
    if status is None:
        raise not_found()
    return status


def _original(network: TheNetwork, viewer_id: int, status_id: str) -> int:
    with network.store.read() as session:
        status = _found(session, status_id, viewer_id)
        return status.reblog_of_id or status.id


def _written(request: Request, network: TheNetwork, status_id: int) -> Json:
    with network.store.read() as session:
        status = session.get(Status, status_id)
        if status is None:
            raise not_found()
        return Json(asking.writer(request, session).status(status))
