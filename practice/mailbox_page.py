"""Reading the practice mailbox in a browser: list, one mail, its parts."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Depends, FastAPI, Request
from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, HTMLResponse, Response

from practice.letter import height
from practice.mailbox import Maildir, delivered_to, parse
from practice.views import HERE, STATIC, linked, policy, render

PAGE = 50
NAME = re.compile(r"[A-Za-z0-9._-]+")
TAG = re.compile(r"<[^>]*>")
HEAD = 4096  # bytes of a mail in which the delivery addresses stand
PICTURES = ("image/jpeg", "image/png", "image/gif", "image/webp")

SANDBOX = "sandbox allow-popups allow-popups-to-escape-sandbox"
HTML_POLICY = (
    "default-src 'none'; img-src 'self' data:; style-src 'unsafe-inline'; form-action 'none'; "
    f"frame-ancestors 'self'; {SANDBOX}"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One mail in the list."""

    name: str
    sender: str
    recipients: list[str]
    subject: str
    at: datetime


class Index:
    """Who got which mail, and its words; each file is read once, so that 10,000 stay quick."""

    def __init__(self, maildir: Maildir) -> None:
        self._maildir = maildir
        self._recipients: dict[str, tuple[str, ...]] = {}
        self._words: dict[str, str] = {}

    def newest_first(self, recipient: str = "", words: str = "") -> list[Path]:
        """The mails to that very address that hold all the words, in any part a person reads."""
        wanted = _folded(words).split()
        return [
            path
            for path in self._maildir.files()[::-1]
            if (not recipient or recipient in self._of(path))
            and all(word in self._words_of(path) for word in wanted)
        ]

    def recipients(self) -> list[tuple[str, int]]:
        """Everyone with mail, and how many."""
        counts: dict[str, int] = {}
        for path in self._maildir.files():
            for address in self._of(path):
                counts[address] = counts.get(address, 0) + 1
        return sorted(counts.items())

    def find(self, name: str) -> Path:
        """The mail's file. Raises `HTTPException` 404."""
        for part in ("new", "cur") if NAME.fullmatch(name) else ():
            for path in (self._maildir.folder / part).glob(f"{name}*"):
                if key(path) == name:
                    return path
        raise HTTPException(404, "그런 메일이 없습니다.")

    def _of(self, path: Path) -> tuple[str, ...]:
        name = key(path)
        if name not in self._recipients:
            with path.open("rb") as file:
                head = file.read(HEAD)
            found = re.findall(rb"^Delivered-To: ([^\r\n]+)", head, re.MULTILINE)
            self._recipients[name] = tuple(raw.decode("utf-8", "replace") for raw in found)
        return self._recipients[name]

    def _words_of(self, path: Path) -> str:
        name = key(path)
        if name not in self._words:
            self._words[name] = _searched(parse(path.read_bytes()))
        return self._words[name]


def key(path: Path) -> str:
    """A mail's name, which stays when a mail program marks it as read."""
    return path.name.partition(":")[0]


def create_page(maildir: Maildir) -> FastAPI:
    """The application behind port 8026. It only reads."""
    app = FastAPI(title="mailbox", openapi_url=None)
    app.state.index = Index(maildir)
    app.include_router(router)
    app.add_exception_handler(HTTPException, _told)
    return app


async def _index(request: Request) -> Index:
    return request.app.state.index  # type: ignore[no-any-return]  # Starlette's state is untyped


TheIndex = Annotated[Index, Depends(_index)]
router = APIRouter()


@router.get("/")
def listing(index: TheIndex, q: str = "", to: str = "", page: int = 1) -> Response:
    """Newest first; `q` shows the mails with these words, `to` one recipient's only."""
    files = index.newest_first(to, q)
    last = max(1, -(-len(files) // PAGE))
    at = min(max(1, page), last)
    mails = [_line(path) for path in files[(at - 1) * PAGE : at * PAGE]]
    return render(
        "mailbox.html",
        mails=mails,
        q=q.strip(),
        to=to,
        known=index.recipients(),
        total=len(files),
        at=at,
        last=last,
    )


@router.get("/mail/{name}")
def mail(index: TheIndex, name: str) -> Response:
    path = index.find(name)
    message = parse(path.read_bytes())
    return render(
        "mail.html",
        frames="'self'",
        line=_line(path),
        plain=linked(_text(message, "plain")),
        has_html=message.get_body(("html",)) is not None,
        tall=height(_text(message, "html")),
        attachments=[
            (number, title, found.get_content_type() in PICTURES)
            for number, title, found in _files(message)
        ],
        headers=[(title, _clean(value)) for title, value in message.items()],
    )


@router.get("/mail/{name}/html")
def html(index: TheIndex, name: str) -> Response:
    """The HTML part alone, for the frame: no script runs, links open a new tab."""
    message = parse(index.find(name).read_bytes())
    body = _with_pictures(_text(message, "html"), message, name)
    headers = {
        "Content-Security-Policy": HTML_POLICY,
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    }
    shown = f'<!doctype html><base target="_blank">{body}'
    return HTMLResponse(shown.encode("utf-8", "replace"), headers=headers)


@router.get("/mail/{name}/part/{number}")
def part(index: TheIndex, name: str, number: int) -> Response:
    for found, _, content in _files(parse(index.find(name).read_bytes())):
        if found == number:
            return _download(content)
    raise HTTPException(404, "그런 첨부가 없습니다.")


@router.get("/static/{name}")
def static(name: str) -> Response:
    if name not in STATIC:
        raise HTTPException(404, "그런 쪽이 없습니다.")
    return FileResponse(HERE / "static" / name, media_type=STATIC[name])


def _told(_: Request, problem: Exception) -> Response:
    status = problem.status_code if isinstance(problem, HTTPException) else 500
    detail = str(problem.detail) if isinstance(problem, HTTPException) else ""
    words = detail if not detail.isascii() else "그런 쪽이 없습니다."
    return render("mail_error.html", status=status, message=words)


def _line(path: Path) -> Line:
    message = parse(path.read_bytes())
    at = datetime.fromtimestamp(int(path.name.partition(".")[0]) / 1e9, UTC)
    return Line(
        name=key(path),
        sender=_clean(message.get("From", "")),
        recipients=[_clean(address) for address in delivered_to(message)],
        subject=_clean(message.get("Subject", "")) or "(제목 없음)",
        at=at,
    )


def _searched(message: EmailMessage) -> str:
    """All that a person may search a mail by: people, subject, text; folded."""
    heads = [_clean(message.get(name, "")) for name in ("From", "To", "Subject")]
    return _folded("\n".join([*heads, *delivered_to(message), _body(message)]))


def _body(message: EmailMessage) -> str:
    plain = _text(message, "plain")
    return plain or TAG.sub(" ", _text(message, "html"))


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", _clean(text)).casefold()


def _clean(value: Any) -> str:
    return str(value).encode("utf-8", "replace").decode()


def _text(message: EmailMessage, kind: str) -> str:
    """The plain or HTML part as text; empty when there is none."""
    body = message.get_body((kind,))
    if body is None:
        return ""
    try:
        return _clean(body.get_content())
    except (LookupError, ValueError):  # a charset that nobody knows
        return bytes(body.get_payload(decode=True) or b"").decode("utf-8", "replace")


def _files(message: EmailMessage) -> Iterator[tuple[int, str, EmailMessage]]:
    """Everything that is not the text itself: number, title, part."""
    bodies = [message.get_body(("plain",)), message.get_body(("html",))]
    for number, found in enumerate(message.walk()):
        if found.is_multipart() or any(found is body for body in bodies):
            continue
        yield number, _clean(found.get_filename() or _unnamed(number, found)), found


def _unnamed(number: int, part: EmailMessage) -> str:
    """What to call an attachment that came without a name: what it is."""
    kind = part.get_content_type()
    what = "사진" if kind in PICTURES else "첨부"
    return f"{what} {number} ({kind.partition('/')[2].upper()})"


def _with_pictures(body: str, message: EmailMessage, name: str) -> str:
    """The HTML part with its `cid:` pictures taken from this mail."""
    for number, _, found in _files(message):
        cid = str(found.get("Content-ID", "")).strip("<> ")
        if cid:
            body = body.replace(f"cid:{cid}", f"/mail/{name}/part/{number}")
    return body


def _download(content: EmailMessage) -> Response:
    """A picture to be shown, anything else to be saved."""
    kind = content.get_content_type()
    raw = bytes(content.get_payload(decode=True) or b"")
    shown = kind in PICTURES
    headers = {
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": policy(),
        "Content-Disposition": "inline" if shown else "attachment",
    }
    return Response(raw, media_type=kind if shown else "application/octet-stream", headers=headers)
