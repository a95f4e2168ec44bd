"""Notifications: who spoke to me, who passed me on."""

from fastapi import APIRouter, Request
from sqlalchemy import Select, delete, func, select

from practice.accounts import Person
from practice.api import asking
from practice.api.answer import Json
from practice.api.asking import ExcludeTypes, Speaker, TheNetwork, Types
from practice.errors import not_found
from practice.tables import Notification

router = APIRouter(prefix="/api/v1/notifications")


@router.get("")
def page(
    request: Request,
    network: TheNetwork,
    speaker: Speaker,
    types: Types = [],  # noqa: B006 (FastAPI copies it)
    exclude_types: ExcludeTypes = [],  # noqa: B006 (FastAPI copies it)
) -> Json:
    window = asking.window(request, 40, 80)
    query = _mine(speaker)
    if types:
        query = query.where(Notification.type.in_(types))
    if exclude_types:
        query = query.where(Notification.type.not_in(exclude_types))
    sender = request.query_params.get("account_id")
    if sender:
        query = query.where(Notification.from_id == asking.identify(sender))
    with network.store.read() as session:
        found = window.newest_first(list(session.scalars(window.cut(query, Notification.id))))
        headers = asking.link(request, window, [notification.id for notification in found])
        return Json(asking.writer(request, session).notifications(found), headers=headers)


@router.get("/unread_count")
def unread_count(network: TheNetwork, speaker: Speaker) -> Json:
    with network.store.read() as session:
        query = select(func.count()).select_from(_mine(speaker).limit(100).subquery())
        return Json({"count": session.scalar(query)})


@router.post("/clear")
def clear(network: TheNetwork, speaker: Speaker) -> Json:
    with network.store.write() as connection:
        connection.execute(delete(Notification).where(Notification.account_id == speaker.id))
    return Json({})


@router.get("/{notification_id}")
def read(request: Request, network: TheNetwork, speaker: Speaker, notification_id: str) -> Json:
    query = _mine(speaker).where(Notification.id == asking.identify(notification_id))
    with network.store.read() as session:
        written = asking.writer(request, session).notifications(session.scalars(query))
    if not written:
        raise not_found()
    return Json(written[0])


@router.post("/{notification_id}/dismiss")
def dismiss(network: TheNetwork, speaker: Speaker, notification_id: str) -> Json:
    mine = Notification.account_id == speaker.id
    with network.store.write() as connection:
        one = Notification.id == asking.identify(notification_id)
        if not connection.execute(delete(Notification).where(mine, one)).rowcount:
            raise not_found()
    return Json({})


def _mine(speaker: Person) -> Select[tuple[Notification]]:
    return select(Notification).where(Notification.account_id == speaker.id)
