"""A site made with WordPress, by its own REST interface.

Text: no limit worth a rule; the first line, if short, is the title. Pictures: into the site's
media, shown above the text; a comment cannot hold one and links to it. Relay: a post of its own,
since a site passes no posts on. Once: the post's slug is the delivery's id, looked up before it is
written, for a slug given twice makes a second post; a comment said twice is refused by WordPress
itself. Budget: none is declared by WordPress; ours keeps far below what hosts block.
Source: WordPress's REST API Handbook, and the source of 6.1, on which it was tried.
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from channels import wordpress_reading as reading
from channels.base import (
    Attachment,
    Channel,
    ChannelError,
    Cursor,
    Health,
    Idempotency,
    LookBack,
    Message,
    Page,
    Post,
    Published,
    RemotePhoto,
    Trouble,
)
from channels.budget import Budget, Scope
from channels.credential import credential_parts
from channels.known import Known
from channels.photo_host import MediaHosts, PhotoHost
from channels.server import Server
from channels.wire import Timeouts
from channels.wire_httpx import HttpxWire
from channels.wordpress_line import Line, Lines, Refused
from channels.wordpress_values import (
    Entity,
    Kind,
    Ref,
    escaped,
    identified,
    linked,
    our_comment,
    our_post,
    slug,
    titled,
)
from registry.model import Account
from settings import Settings

_ENDINGS = {"image/jpeg": "jpg", "image/png": "png", "image/webp": "webp", "image/gif": "gif"}
_SHOWN = frozenset({"publish", "approved"})
_HELD = frozenset({"hold", "spam", "trash", "pending", "draft", "future", "private"})
_OUR_PICTURE = re.compile(r"/([a-z0-9_-]+-picture-\d+)\b[^/\"']*[\"']")


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """What stands ready: the post where an earlier try made it, whom it answers, its pictures."""

    done: Published | None = None
    parent: Entity | None = None
    pictures: tuple[tuple[str, str], ...] = ()  # address and description


class WordPress(Channel):
    """Any site made with WordPress 5.6 or later. The account's user has the role Editor.

    Its comments are read from the whole site. Ids are `post:12@host` and `comment:34@host`.
    """

    network = "wordpress"
    look_back = LookBack.TIMELINE
    comments = True
    idempotency = Idempotency.CHOSEN_ID
    budgets = (Budget(name="requests", scope=Scope.ADDRESS, limit=60, window=timedelta(minutes=1)),)

    def __init__(
        self,
        settings: Settings,
        *,
        timeouts: Timeouts | None = None,
        photo_host: PhotoHost | None = None,
    ) -> None:
        self.settings = settings
        self._lines = Lines(timeouts or Timeouts(), Known(settings.var / "known"), proxied=True)
        self._photo_host = photo_host or PhotoHost()

    def _way_out(self) -> HttpxWire:
        return self._lines.wire

    def _line(self, account: Account) -> Line:
        parts = credential_parts(account.credential, self.settings, ("user", "app_password"))
        return self._lines.to(Server.of(account.server), (parts["user"], parts["app_password"]))

    def _fetch(self, account: Account, since: Cursor) -> Page[Post]:
        return reading.comments(self._line(account), since)

    def _missing(self, account: Account, remote_ids: Collection[str]) -> set[str]:
        return set(reading.deleted(self._line(account), remote_ids))

    def _prepare(self, account: Account, message: Message) -> Prepared:
        line, name = self._line(account), slug(message.key)
        done = parent = None
        if message.in_reply_to:
            parent = line.ask("GET", Ref.of(message.in_reply_to).route, context="edit")
        else:
            done = self._made_before(line, name)
        if done:
            return Prepared(done=done)
        pictures = tuple(
            self._picture(line, attachment, f"{name}-picture-{number}")
            for number, attachment in enumerate(message.attachments, 1)
        )
        return Prepared(parent=parent, pictures=pictures)

    def _made_before(self, line: Line, name: str) -> Published | None:
        """The post that a try before this one made. Raises where a person has taken it back since."""
        found, _ = line.page("posts", slug=name, status="any")
        if not found:
            return None
        if found[0].get("status") != "publish":
            raise ChannelError(
                f"the post {name} stands there already, but as {found[0].get('status')!r}",
                Trouble.REFUSED,
            )
        return our_post(found[0], line.site)

    def _picture(self, line: Line, attachment: Attachment, name: str) -> tuple[str, str]:
        """Its address on the site: from a try before this one, or uploaded now."""
        found, _ = line.page("media", slug=name)
        return _address(found[0] if found else self._upload(line, attachment, name)), attachment.alt

    def _upload(self, line: Line, attachment: Attachment, name: str) -> Entity:
        raw = attachment.content()
        file = f"{name}.{_ENDINGS.get(attachment.mime, 'jpg')}"
        return line.ask(
            "POST",
            "media",
            files={"file": (file, raw, attachment.mime)},
            data={"alt_text": attachment.alt, "title": name, "slug": name},
        )

    def _publish(self, account: Account, message: Message, prepared: Prepared) -> Published:
        line = self._line(account)
        host = line.site
        if prepared.done:
            return prepared.done
        if message.in_reply_to:
            told = line.ask("POST", "comments", json=_comment(message, prepared))
            return our_comment(_shown(told, host), host)
        told = line.ask("POST", "posts", json=_post(message, prepared))
        return our_post(_shown(told, host), host)

    def _delete(self, account: Account, remote_id: str) -> bool:
        line, ref = self._line(account), Ref.of(remote_id)
        found = reading.standing(line, ref)
        if found is None:
            return False
        if found.get("author") != line.my_id():
            raise ChannelError(
                f"{account.id}: {remote_id} is not this account's to delete", Trouble.FORBIDDEN
            )
        self._delete_pictures(line, found)
        try:
            line.ask("DELETE", ref.route, force="false")
        except Refused as refused:
            if refused.code != "rest_trash_not_supported":
                raise
            line.ask("DELETE", ref.route, force="true")
        return True

    def _delete_pictures(self, line: Line, entity: Entity) -> None:
        """What was uploaded for it. First, since nobody would ask again once it is gone."""
        content = entity.get("content")
        shown = str(content.get("raw") if isinstance(content, dict) else "")
        for name in dict.fromkeys(_OUR_PICTURE.findall(shown)):
            for media in line.page("media", slug=name, author=line.my_id())[0]:
                line.ask("DELETE", f"media/{identified(media)}", force="true")

    def _timeline(self, account: Account, since: datetime) -> Iterator[Published]:
        return reading.own(self._line(account), since)

    def _thread(self, account: Account, remote_id: str) -> Iterator[Published]:
        return reading.own_below(self._line(account), remote_id)

    def _photo(self, account: Account, photo: RemotePhoto) -> bytes:
        return self._photo_host.fetch(photo.url, MediaHosts(own=Server.of(account.server).host))

    def _check(self, account: Account) -> Health:
        return reading.health(self._line(account))


def _post(message: Message, prepared: Prepared) -> dict[str, Any]:
    title, body = titled(message.text)
    figures = "".join(
        f'<figure><img src="{escaped(url)}" alt="{escaped(alt)}"></figure>\n\n'
        for url, alt in prepared.pictures
    )
    return {
        "title": title,
        "content": figures + body,
        "slug": slug(message.key),
        "status": "publish",
    }


def _comment(message: Message, prepared: Prepared) -> dict[str, Any]:
    links = [
        f'<a href="{escaped(url)}">{escaped(alt or "사진")}</a>' for url, alt in prepared.pictures
    ]
    above, parent = Ref.of(message.in_reply_to or ""), prepared.parent or {}
    kinds: dict[Kind, dict[str, Any]] = {
        "post": {"post": above.number},
        "comment": {"post": parent.get("post"), "parent": above.number},
    }
    return {**kinds[above.kind], "content": "\n\n".join([linked(message.text.strip()), *links])}


def _shown(told: Entity, host: str) -> Entity:
    """What the site took, where everybody sees it: a filter or a moderator may hold it back.

    Raises `ChannelError` where it does, `ValueError` where the site does not say.
    """
    status = told.get("status")
    if status in _SHOWN:
        return told
    if status in _HELD:
        raise ChannelError(
            f"{host} took it but holds it back as {status!r}: approve it in the site's dashboard, "
            "and let its filters pass what our user writes",
            Trouble.REFUSED,
        )
    raise ValueError("the answer does not say whether anybody sees it")


def _address(media: Entity) -> str:
    """Where the site shows a picture. Raises `ValueError` where it does not say."""
    address = media.get("source_url")
    if not isinstance(address, str) or not address.startswith(("https://", "http://")):
        raise ValueError("the answer holds no address of the picture")
    return address


CHANNEL = WordPress
