"""The plain pages: read what city and citizens write."""

from typing import Any

from fastapi import APIRouter, Request
from sqlalchemy import Select, or_, select
from starlette.responses import FileResponse, RedirectResponse, Response

from practice import reading, showing
from practice.accounts import Person
from practice.api import asking
from practice.api.accounts import matching
from practice.api.asking import TheNetwork
from practice.errors import ApiError, not_found
from practice.network import Network
from practice.reading import Window
from practice.tables import Mention, Status
from practice.text import folded
from practice.views import HERE, STATIC, page

router = APIRouter()


@router.get("/")
def front(request: Request, network: TheNetwork, q: str = "") -> Response:
    """The city's accounts, and what was written last; `q` filters both."""
    words = q.strip()
    query = reading.containing(folded(words), None) if words else reading.public()
    city = [person for person in network.accounts.all() if person.city]
    found = {person.id for person in matching(network, words)} if words else set()
    listed = [person for person in city if not words or person.id in found or words == person.label]
    with network.store.read() as session:
        counts = showing.spoken_to(session)
    listed.sort(key=lambda person: (-counts.get(person.id, 0), person.handle))
    return _posts(request, network, query, "front.html", city=listed, counts=counts, q=words)


@router.get("/@{handle}")
def account(request: Request, network: TheNetwork, handle: str, only: str = "") -> Response:
    """An account's posts and those that speak to it; `only`: own or mentions."""
    person = _person(network, handle)
    own = Status.account_id == person.id
    spoken = Status.id.in_(select(Mention.status_id).where(Mention.account_id == person.id))
    chosen = {"own": own, "mentions": spoken}.get(only, or_(own, spoken))
    query = select(Status).where(chosen, reading.readable(None))
    return _posts(request, network, query, "account.html", person=person, only=only)


@router.get("/@{handle}/{status_id}")
def thread(request: Request, network: TheNetwork, handle: str, status_id: str) -> Response:
    """One post with the conversation around it; its address names its author."""
    number = asking.identify(status_id)
    with network.store.read() as session:
        status = reading.find(session, number, None)
        if status is None:
            raise _gone(session.get(Status, number))
        posts = showing.thread(network, session, status)
    post = next(found for found in posts if found.id in (number, status.reblog_of_id))
    if (post.author.handle, post.id) != (handle, number):
        return RedirectResponse(f"/@{post.author.handle}/{post.id}", status_code=303)
    return page(request, "thread.html", posts=posts, chosen=number)


@router.get("/users/{handle}/statuses/{status_id}")
def permanent(handle: str, status_id: str) -> Response:
    return RedirectResponse(f"/@{handle}/{asking.identify(status_id)}", 301)


@router.get("/tags/{tag}")
def tag(request: Request, network: TheNetwork, tag: str) -> Response:
    return _posts(request, network, reading.tagged(folded(tag)), "tag.html", tag=tag)


@router.get("/static/{name}")
def static(name: str) -> Response:
    if name not in STATIC:
        raise not_found()
    return FileResponse(HERE / "static" / name, media_type=STATIC[name])


def _posts(
    request: Request, network: Network, query: Select[Any], template: str, **values: Any
) -> Response:
    """A page of posts, newest first, with the way to older ones."""
    before = asking.window(request).max_id
    window = Window(max_id=before, limit=showing.PAGE + 1)
    with network.store.read() as session:
        found = reading.pick(session, query, window)
        posts = showing.shown(network, session, found[: showing.PAGE])
    older = found[showing.PAGE - 1].id if len(found) > showing.PAGE else None
    return page(request, template, posts=posts, older=older, newest=before is None, **values)


def _person(network: Network, handle: str) -> Person:
    person = network.accounts.by_handle(handle)
    if person is None:
        raise ApiError(404, "그런 계정이 없습니다.")
    return person


def _gone(status: Status | None) -> ApiError:
    if status is not None and status.deleted_at is not None:
        return ApiError(410, "글쓴이가 지운 글입니다.")
    return ApiError(404, "그런 글이 없습니다.")
