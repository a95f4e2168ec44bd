"""Timelines and search."""

from typing import Any

from fastapi import APIRouter, Request
from sqlalchemy import Select, func, select

from practice import reading
from practice.api import asking
from practice.api.accounts import matching
from practice.api.answer import Json
from practice.api.asking import Speaker, TheNetwork, Viewer
from practice.entities import account as entity
from practice.network import Network
from practice.tables import Status, Tagging
from practice.text import folded

router = APIRouter(prefix="/api")


@router.get("/v1/timelines/home")
def home(request: Request, network: TheNetwork, speaker: Speaker) -> Json:
    return _timeline(request, network, reading.home(speaker.id))


@router.get("/v1/timelines/public")
def public(request: Request, network: TheNetwork) -> Json:
    return _timeline(request, network, reading.public())


@router.get("/v1/timelines/tag/{tag}")
def tag(request: Request, network: TheNetwork, tag: str) -> Json:
    return _timeline(request, network, reading.tagged(folded(tag.removeprefix("#"))))


@router.get("/v2/search")
def search(
    request: Request, network: TheNetwork, viewer: Viewer, q: str = "", type: str = ""
) -> Json:
    """`type`: accounts, statuses or hashtags; all three by default. Statuses need a signed-in reader."""
    words = q.strip()
    wanted = {type} if type else {"accounts", "statuses", "hashtags"}
    found: dict[str, list[Any]] = {"accounts": [], "statuses": [], "hashtags": []}
    page = asking.window(request)
    offset = request.query_params.get("offset", "")
    start = int(offset) if offset.isdigit() else 0
    if "accounts" in wanted:
        people = matching(network, words.removeprefix("@"))[start : start + page.limit]
        found["accounts"] = [entity(person, asking.base(request)) for person in people]
    with network.store.read() as session:
        if "statuses" in wanted and words and viewer:
            author = asking.number(dict(request.query_params), "account_id")
            query = reading.searched(words, viewer.id, author)
            listed = reading.pick(session, query.offset(start), page)
            found["statuses"] = asking.writer(request, session).statuses(listed)
        if "hashtags" in wanted and words:
            start_with = Tagging.tag.startswith(folded(words.removeprefix("#")), autoescape=True)
            tags = select(Tagging.tag, func.count()).where(start_with).group_by(Tagging.tag)
            base = asking.base(request)
            found["hashtags"] = [
                {"name": name, "url": f"{base}/tags/{name}", "history": [], "following": False}
                for name, _ in session.execute(
                    tags.order_by(Tagging.tag).offset(start).limit(page.limit)
                )
            ]
    return Json(found)


def _timeline(request: Request, network: Network, query: Select[Any]) -> Json:
    page, told = asking.window(request), dict(request.query_params)
    if asking.flag(told, "only_media"):
        query = query.where(Status.media != [])
    if asking.flag(told, "remote"):
        return Json([])
    with network.store.read() as session:
        found = reading.pick(session, query, page)
        headers = asking.link(request, page, [status.id for status in found])
        return Json(asking.writer(request, session).statuses(found), headers=headers)
