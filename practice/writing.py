"""The form to write as a citizen: whoever types a nickname is that citizen."""

import hashlib
from dataclasses import replace
from typing import Any
from urllib.parse import quote, unquote

from fastapi import APIRouter, Depends, Request
from starlette.datastructures import UploadFile
from starlette.responses import RedirectResponse, Response

from practice import reading, showing, tokens
from practice.accounts import Person
from practice.api import asking
from practice.api.asking import Params, TheNetwork, Told
from practice.api.statuses import place
from practice.csrf import guard
from practice.errors import ApiError
from practice.landmarks import LANDMARKS
from practice.landmarks import place as landmark
from practice.media import SIZE_LIMIT
from practice.network import Network
from practice.pictures import keep
from practice.posting import Draft, publish
from practice.text import mentions
from practice.views import page

router = APIRouter()

NICKNAME = "practice_nickname"
NAME_LIMIT = 30
TEXT_LIMIT = 500  # of a citizen who came by this form, as Mastodon counts

WORDS = {
    "Text can't be blank": "내용을 적거나 사진을 붙여 주세요.",
    "character limit": "글이 너무 깁니다. 받는 계정의 @이름을 넣어 500자까지 쓸 수 있습니다.",
    "less than 16 MB": "사진이 너무 큽니다. 16MB까지 올릴 수 있습니다.",
    "images": "사진의 가로세로가 너무 큽니다.",
    "content type": "사진 파일이 아닙니다. JPEG, PNG, GIF, WebP를 올려 주세요.",
    "Error processing": "사진 파일이 깨져 있어 읽지 못했습니다.",
    "Place": "위도와 경도를 숫자로 적어 주세요. 예: 37.5663, 126.9779",
    "Record not found": "답하려는 글이 없어졌습니다.",
    "Description": "사진 설명이 너무 깁니다. 1,500자까지 쓸 수 있습니다.",
}


@router.get("/write")
def form(request: Request, network: TheNetwork, to: str = "", reply: str = "") -> Response:
    told = {"to": to, "reply": reply, "nickname": unquote(request.cookies.get(NICKNAME, ""))}
    return _form(request, network, told)


@router.post("/write", dependencies=[Depends(guard)])
def write(request: Request, network: TheNetwork, told: Told) -> Response:
    """Publish and go to the post; a mistake shows the form again, with all that was typed."""
    try:
        author = citizen(network, asking.text(told, "nickname"))
        status = publish(network, author, _draft(network, author, told))
    except ApiError as error:
        return _form(request, network, told, problem=_in_korean(error))
    answer = RedirectResponse(f"/@{author.handle}/{status.id}", status_code=303)
    answer.set_cookie(
        NICKNAME, quote(author.name), httponly=True, samesite="lax", max_age=31_536_000
    )
    return answer


@router.get("/write/handle")
def handle(network: TheNetwork, nickname: str = "") -> dict[str, Any]:
    """For the form while a nickname is typed: whose handle it is, and how much they may write."""
    try:
        name, known = who(network, nickname)
    except ApiError as error:
        return {"problem": error.message}
    if known is None:
        return {"handle": handle_of(name), "known": False, "limit": TEXT_LIMIT}
    return {"handle": known.handle, "known": True, "limit": known.limit}


def citizen(network: Network, nickname: str) -> Person:
    """The citizen of that handle or name, made when new. Raises `ApiError` 422."""
    name, known = who(network, nickname)
    return known or network.accounts.enrol(handle_of(name), name=name, limit=TEXT_LIMIT)


def who(network: Network, nickname: str) -> tuple[str, Person | None]:
    """The name as it is kept, and the citizen who has it, if any. Raises `ApiError` 422."""
    name = " ".join(nickname.replace("\0", "").split()).removeprefix("@")[:NAME_LIMIT]
    if not name:
        raise ApiError(422, "별명을 적어 주세요.")
    known = network.accounts.by_handle(name) or _named(network, name)
    if known is not None and known.city:
        raise ApiError(422, f"{known.name}은(는) 시의 계정입니다. 다른 별명을 적어 주세요.")
    return name, known


def handle_of(name: str) -> str:
    """The handle of a new citizen: the name itself where it can be one."""
    if name.isascii() and tokens.HANDLE.fullmatch(name.lower()):
        return name.lower()
    return "c_" + hashlib.sha256(name.encode("utf-8", "replace")).hexdigest()[:10]


def _named(network: Network, name: str) -> Person | None:
    return next((person for person in network.accounts.all() if person.name == name), None)


def _draft(network: Network, author: Person, told: Params) -> Draft:
    text, to = asking.text(told, "text").strip(), asking.text(told, "to")
    raw = _photo(told)
    if not text and not raw:
        raise ApiError(422, "Text can't be blank")
    if to and to not in mentions(text):
        text = f"@{to} {text}".strip()
    chosen = landmark(asking.text(told, "landmark")) or place(told.get("place"))
    draft = Draft(text=text, in_reply_to_id=asking.number(told, "reply"), place=chosen)
    draft.check(author.limit)
    if not raw:
        return draft
    return replace(draft, media_ids=[keep(network, author, raw, asking.text(told, "description"))])


def _photo(told: Params) -> bytes:
    """The uploaded file; empty when none was chosen."""
    file = told.get("photo")
    return file.file.read(SIZE_LIMIT + 1) if isinstance(file, UploadFile) else b""


def _in_korean(error: ApiError) -> str:
    """What a person can do about it; our own messages are in Korean already."""
    return next((words for part, words in WORDS.items() if part in error.message), error.message)


def _form(request: Request, network: Network, told: Params, problem: str = "") -> Response:
    names = ("to", "reply", "nickname", "text", "description", "landmark")
    values: dict[str, Any] = {name: asking.text(told, name) for name in names}
    typed = told.get("place")
    values["place"] = {
        name: str(typed.get(name, "")) if isinstance(typed, dict) else ""
        for name in ("lat", "lon", "name")
    }
    people = network.accounts.all()
    return page(
        request,
        "write.html",
        status=422 if problem else 200,
        told=values,
        problem=problem,
        limit=TEXT_LIMIT,
        scripts=True,
        city=_by_name(network),
        citizens=[person for person in people if not person.city],
        landmarks=[name for name, _, _ in LANDMARKS],
        parent=_parent(network, values["reply"]),
    )


def _by_name(network: Network) -> list[Person]:
    """The city's accounts as a person looks for them: flagships first, then by name."""
    city = [person for person in network.accounts.all() if person.city]
    first = network.flagships
    return sorted(city, key=lambda one: (one.handle not in first, one.name, one.label, one.handle))


def _parent(network: Network, reply: str) -> showing.Shown | None:
    """The post that is to be answered, to be shown above the form."""
    if not reply:
        return None
    with network.store.read() as session:
        status = reading.find(session, asking.identify(reply), None)
        return showing.shown(network, session, [status])[0] if status else None
