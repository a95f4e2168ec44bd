"""What a request says: who asks, with which parameters, for which page."""

from typing import Annotated, Any
from urllib.parse import quote, urlencode

from fastapi import Depends, Query, Request
from sqlalchemy.orm import Session
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException

from practice.accounts import Person
from practice.entities import Writer
from practice.errors import ApiError, needs_user, not_found, unauthorized
from practice.network import Network
from practice.reading import Window

Params = dict[str, Any]
MOST = 2**63 - 1
BOUNDS = ("max_id", "since_id", "min_id")


async def the_network(request: Request) -> Network:
    return request.app.state.network  # type: ignore[no-any-return]  # Starlette's state is untyped; create_app puts a Network there


async def viewer(request: Request) -> Person | None:
    """Whose token the request carries, as the gate found; None without one."""
    return _asking(request)


def _asking(request: Request) -> Person | None:
    return getattr(request.state, "speaker", None)


async def viewer_id(request: Request) -> int | None:
    """The viewer's account id; None without a token."""
    person = _asking(request)
    return person.id if person else None


async def speaker(request: Request) -> Person:
    """The same, for what needs an account. Raises `ApiError` 401, or 422 for an app's token."""
    found = _asking(request)
    if found is not None:
        return found
    raise needs_user() if "authorization" in request.headers else unauthorized()


def base(request: Request) -> str:
    return str(request.base_url).rstrip("/")


async def parameters(request: Request) -> Params:
    """Body and query as one mapping: `a[]` becomes a list, `a[b]` a mapping, JSON stays JSON."""
    params = _nested(request.query_params.multi_items())
    kind = request.headers.get("content-type", "")
    if kind.startswith("application/json"):
        try:
            told = await request.json()
        except ValueError as error:
            raise ApiError(400, "Error occurred while parsing request parameters") from error
        return params | told if isinstance(told, dict) else params
    if kind.startswith(("application/x-www-form-urlencoded", "multipart/form-data")):
        try:
            form = await request.form(max_files=2, max_part_size=8 * 1024 * 1024)
        except HTTPException as error:
            raise ApiError(400, "Error occurred while parsing request parameters") from error
        return params | _nested(form.multi_items())
    return params


def _nested(items: list[tuple[str, Any]]) -> Params:
    params: Params = {}
    for name, value in items:
        head, bracket, rest = name.partition("[")
        inner = rest.rstrip("]")
        if not bracket:
            params[name] = value
        elif inner:
            params.setdefault(head, {})[inner] = value
        else:
            params.setdefault(head, []).append(value)
    return params


def text(params: Params, name: str) -> str:
    """A text parameter; empty when it is missing."""
    value = params.get(name)
    return "" if value is None or isinstance(value, UploadFile | list | dict) else str(value)


def flag(params: Params, name: str) -> bool:
    return text(params, name).lower() in ("1", "true", "on")


def number(params: Params, name: str) -> int | None:
    """An id. Raises `ApiError` 404 for what cannot be one."""
    value = text(params, name)
    return identify(value) if value else None


def numbers(params: Params, name: str) -> list[int]:
    value = params.get(name) or []
    return [identify(str(item)) for item in (value if isinstance(value, list) else [value])]


def identify(value: str) -> int:
    """An id from a path or parameter. Raises `ApiError` 404 for what cannot be one."""
    if not (value.isascii() and value.isdigit()) or int(value) > MOST:
        raise not_found()
    return int(value)


def window(request: Request, default: int = 20, most: int = 40) -> Window:
    """The page asked for; ids that cannot be one are ignored, as Mastodon does."""
    query = request.query_params
    bounds = {name: query.get(name, "") for name in BOUNDS}
    numbers = {
        name: int(value)
        for name, value in bounds.items()
        if value.isascii() and value.isdigit() and int(value) <= MOST
    }
    asked = query.get("limit", "")
    limit = min(int(asked), most) if asked.isascii() and asked.isdigit() else default
    return Window(limit=max(1, limit), **numbers)


def link(request: Request, page: Window, ids: list[int]) -> dict[str, str]:
    """The `Link` header: `next` to older ones while the page is full, `prev` to newer ones."""
    if not ids:
        return {}
    places = {"prev": {"min_id": ids[0]}}
    if len(ids) >= page.limit:
        places = {"next": {"max_id": ids[-1]}, **places}
    asked = [item for item in request.query_params.multi_items() if item[0] not in BOUNDS]
    address = base(request) + quote(request.url.path)
    links = [
        f'<{address}?{urlencode([*asked, *bound.items()])}>; rel="{rel}"'
        for rel, bound in places.items()
    ]
    return {"Link": ", ".join(links)}


def writer(request: Request, session: Session) -> Writer:
    return Writer(request.app.state.network, session, base(request), _asking(request))


TheNetwork = Annotated[Network, Depends(the_network)]
Viewer = Annotated[Person | None, Depends(viewer)]
ViewerId = Annotated[int | None, Depends(viewer_id)]
Speaker = Annotated[Person, Depends(speaker)]
Told = Annotated[Params, Depends(parameters)]
Types = Annotated[list[str], Query(alias="types[]")]
ExcludeTypes = Annotated[list[str], Query(alias="exclude_types[]")]
