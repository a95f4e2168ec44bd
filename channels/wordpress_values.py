"""WordPress's posts and comments as our values, and our texts as its HTML."""

import html
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from channels.errors import ChannelError, Trouble
from channels.html_text import text_of
from channels.model import Post, Published

Entity = Mapping[str, Any]
Kind = Literal["post", "comment"]

TITLE = 100
"""Characters of a first line that is a title; a longer one stays in the text whole."""
_REF = re.compile(r"(post|comment):(\d{1,18})(?:@.*)?")
_NOT_IN_A_SLUG = re.compile(r"[^a-z0-9_]+")
_LINK = re.compile(r"https?://[^\s<>\"'()\[\]]*[^\s<>\"'()\[\].,;:!?]")
_HEADING = re.compile(r"#{1,6}\s+")
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Ref:
    """A post or a comment, by its number. Numbers are a site's own, so the site's name goes along."""

    kind: Kind
    number: int

    @classmethod
    def of(cls, remote_id: str) -> "Ref":
        """Raises `ChannelError` for what no site of WordPress's calls anything by."""
        match = _REF.fullmatch(remote_id)
        if match is None:
            raise ChannelError(f"{remote_id[:80]!r} names no post or comment", Trouble.REFUSED)
        return cls("post" if match[1] == "post" else "comment", int(match[2]))

    def at(self, host: str) -> str:
        return f"{self.kind}:{self.number}@{host}"

    @property
    def route(self) -> str:
        return f"{self.kind}s/{self.number}"


def identified(entity: Entity) -> int:
    """An entity's number. Raises `ValueError` where there is none."""
    found = entity.get("id")
    if not isinstance(found, int) or isinstance(found, bool) or found <= 0:
        raise ValueError("the answer holds no id")
    return found


def moment(entity: Entity) -> datetime:
    """When it was written; an import may have left it empty, and then it is long ago."""
    with suppress(ValueError):
        return datetime.fromisoformat(str(entity.get("date_gmt"))).replace(tzinfo=UTC)
    return _NEVER


def above(comment: Entity, host: str) -> str:
    """What a comment answers: another one, or the post."""
    parent = comment.get("parent")
    if isinstance(parent, int) and parent > 0:
        return Ref("comment", parent).at(host)
    return Ref("post", int(comment["post"])).at(host)


def citizens_comment(comment: Entity, host: str) -> Post:
    """A guest has no identity that proves anything, and his address is none of our business."""
    remote_id = Ref("comment", identified(comment)).at(host)
    author = comment.get("author")
    known = isinstance(author, int) and author > 0
    return Post(
        remote_id=remote_id,
        author_id=f"user:{author}@{host}" if known else remote_id,
        author_handle=_handle(comment) if known else "",
        author_name=html.unescape(str(comment.get("author_name") or "")),
        text=_said(comment),
        url=str(comment.get("link") or ""),
        created_at=moment(comment),
        in_reply_to=above(comment, host),
        public=comment.get("status") == "approved",
    )


def our_comment(comment: Entity, host: str) -> Published:
    return Published(
        remote_id=Ref("comment", identified(comment)).at(host),
        url=str(comment.get("link") or ""),
        text=_said(comment),
        at=moment(comment),
        in_reply_to=above(comment, host),
    )


def _said(comment: Entity) -> str:
    """A comment is kept as it was typed: its line breaks are no HTML yet."""
    return text_of(_written(comment, "content").replace("\n", "<br>"))


def our_post(post: Entity, host: str) -> Published:
    title = html.unescape(_written(post, "title"))
    return Published(
        remote_id=Ref("post", identified(post)).at(host),
        url=str(post.get("link") or ""),
        text=f"{title}\n\n{text_of(_written(post, 'content'))}",
        at=moment(post),
    )


def slug(key: str) -> str:
    """The delivery's id as it stands in an address; WordPress would turn it into this itself."""
    return _NOT_IN_A_SLUG.sub("-", key.lower()).strip("-")


def titled(text: str) -> tuple[str, str]:
    """The title and the body as HTML: a short first line is the title, a heading's marks go."""
    first, _, rest = text.strip().partition("\n")
    title = _HEADING.sub("", first).strip()
    if len(title) > TITLE:
        return escaped(title[: TITLE - 1].rstrip() + "…"), paragraphs(text)
    return escaped(title), paragraphs(rest if rest.strip() else title)


def paragraphs(text: str) -> str:
    """A text as HTML: an empty line parts paragraphs, addresses become links."""
    parts = re.split(r"\n\s*\n", text.strip())
    return "\n\n".join(f"<p>{linked(part)}</p>".replace("\n", "<br>") for part in parts)


def escaped(text: str) -> str:
    """Neither HTML nor a shortcode, whatever stands in it."""
    return html.escape(text).replace("[", "&#91;").replace("]", "&#93;")


def linked(text: str) -> str:
    """A text as a comment takes it: no tags but links, line breaks as they are."""
    parts, done = [], 0
    for match in _LINK.finditer(text):
        link = escaped(match[0])
        parts += [escaped(text[done : match.start()]), f'<a href="{link}">{link}</a>']
        done = match.end()
    return "".join([*parts, escaped(text[done:])])


def _written(entity: Entity, name: str) -> str:
    """As it was written, where we may see that, else as it is shown."""
    told = entity.get(name)
    if not isinstance(told, Mapping):
        return ""
    raw = told.get("raw")
    return raw if isinstance(raw, str) else str(told.get("rendered") or "")


def _handle(comment: Entity) -> str:
    embedded = comment.get("_embedded")
    authors = embedded.get("author") if isinstance(embedded, Mapping) else None
    author = authors[0] if isinstance(authors, list) and authors else None
    name = author.get("slug") if isinstance(author, Mapping) else None
    return name if isinstance(name, str) else ""
