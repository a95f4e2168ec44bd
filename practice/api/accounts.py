"""Accounts: who am I, who is that, what did they write."""

from fastapi import APIRouter, Request

from practice import reading
from practice.accounts import Person
from practice.api import asking
from practice.api.answer import Json
from practice.api.asking import Speaker, TheNetwork, ViewerId
from practice.entities import account as entity
from practice.errors import not_found
from practice.network import Network
from practice.tables import Status
from practice.text import folded

router = APIRouter(prefix="/api/v1/accounts")


@router.get("/verify_credentials")
def verify_credentials(request: Request, speaker: Speaker) -> Json:
    source = {"privacy": "public", "sensitive": False, "language": "ko", "note": "", "fields": []}
    return Json(entity(speaker, asking.base(request)) | {"source": source})


@router.get("/lookup")
def lookup(request: Request, network: TheNetwork, acct: str = "") -> Json:
    person = network.accounts.by_handle(_local(request, acct))
    if person is None:
        raise not_found()
    return Json(entity(person, asking.base(request)))


@router.get("/search")
def search(request: Request, network: TheNetwork, q: str = "") -> Json:
    page = asking.window(request, 40, 80)
    offset = request.query_params.get("offset", "0")
    start = int(offset) if offset.isdigit() else 0
    found = matching(network, _local(request, q))[start : start + page.limit]
    return Json([entity(person, asking.base(request)) for person in found])


@router.get("/{account_id}")
def read(request: Request, network: TheNetwork, account_id: str) -> Json:
    return Json(entity(_person(network, account_id), asking.base(request)))


@router.get("/{account_id}/statuses")
def statuses(request: Request, network: TheNetwork, viewer: ViewerId, account_id: str) -> Json:
    person, page = _person(network, account_id), asking.window(request)
    told = dict(request.query_params)
    if asking.flag(told, "pinned"):
        return Json([])
    query = reading.by_account(person.id, viewer)
    if asking.flag(told, "exclude_replies"):
        query = reading.without_replies(query)
    if asking.flag(told, "exclude_reblogs"):
        query = query.where(Status.reblog_of_id.is_(None))
    if asking.flag(told, "only_media"):
        query = query.where(Status.media != [])
    if told.get("tagged"):
        query = reading.with_tag(query, folded(told["tagged"]))
    with network.store.read() as session:
        found = reading.pick(session, query, page)
        headers = asking.link(request, page, [status.id for status in found])
        return Json(asking.writer(request, session).statuses(found), headers=headers)


def matching(network: Network, words: str) -> list[Person]:
    """Accounts whose handle or name holds the words; the city's first."""
    wanted = folded(words).strip()
    return [
        person
        for person in network.accounts.all()
        if wanted and (wanted in person.handle or wanted in folded(person.name))
    ]


def _person(network: Network, account_id: str) -> Person:
    person = network.accounts.by_id(asking.identify(account_id))
    if person is None:
        raise not_found()
    return person


def _local(request: Request, acct: str) -> str:
    """The handle of an `acct` that may name this server: `@x_seoul@127.0.0.1:8300`."""
    bare = acct.strip().removeprefix("@")
    handle, _, host = bare.partition("@")
    return handle if host in ("", request.url.netloc, request.url.hostname) else bare
