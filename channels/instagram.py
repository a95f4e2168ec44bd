"""Instagram's professional accounts, by Meta's Graph API."""

import json
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from pyfacebook import BasicDisplayAPI, FacebookError

from channels import instagram_reading as reading
from channels.base import (
    SKEW,
    ChannelError,
    Cursor,
    Health,
    Idempotency,
    InDoubt,
    LookBack,
    Message,
    Page,
    Post,
    Published,
    Trouble,
)
from channels.budget import Budget, Scope
from channels.credential import credential_parts
from channels.known import of_another
from channels.meta import WATCHED, Meta
from channels.meta_container import Kind, Made, check_public, made, publish, shown
from channels.meta_errors import code
from channels.meta_line import Line
from channels.meta_reading import identified, page, swept
from channels.verdict import Doing
from registry.model import Account

CAPTION = 2_200
HASHTAGS = 5
"""Instagram said so in December 2025, bringing it to all accounts by and by; it was 30."""
PICTURES = 10
_HASHTAG = re.compile(r"[#＃]\w")
_LOGIN = "IG"
"""How a token begins that Instagram's own login gave; Facebook's login gives others."""
_DAY = timedelta(days=1)
_CONTAINER = Kind(
    make="media",
    publish="media_publish",
    status="status_code",
    why="status",
    text="caption",
    single={},
)


class Instagram(Meta):
    """A professional account; the secret is JSON, `{"token": "…", "user": "…"}`.

    Text: 2,200 characters, 5 hashtags. Pictures: a post has one to ten, which Instagram fetches
    from a public address; an answer has none. Relay: none, so a message is said in own words.
    Once: the container's id, kept before publishing, then asked what became of it; an answer has
    no container and is looked for in its thread. Budget: 100 posts in 24 hours.
    """

    network = "instagram"
    graph = "https://graph.facebook.com"
    graph_of_login = "https://graph.instagram.com"
    look_back = LookBack.TIMELINE
    comments = replies_in_thread = True
    idempotency = Idempotency.NONE
    budgets = (
        Budget(
            name="posts",
            scope=Scope.ACCOUNT,
            limit=100,
            window=_DAY,
            requests=r"^POST /v[\d.]+/\w+/media_publish$",
        ),
    )

    def _secret(self, account: Account) -> tuple[str, str]:
        parts = credential_parts(account.credential, self.settings, ("token", "user"))
        return parts["token"], parts["user"]

    def _home(self, token: str) -> str:
        return self._origin or (self.graph_of_login if token.startswith(_LOGIN) else self.graph)

    def renew(self, account: Account) -> tuple[str, datetime] | None:
        """A new secret for 60 days, for tokens of Instagram's login that are a day old; else None."""
        token, user = self._secret(account)
        if not token.startswith(_LOGIN):
            return None
        with self._watched(Doing.READING, account):
            fresh, ends = self._refreshed(self._line(account), BasicDisplayAPI.refresh_access_token)
        return json.dumps({"token": fresh, "user": user}), ends

    def _fetch(self, account: Account, since: Cursor) -> Page[Post]:
        line, now = self._line(account), self._clock()
        tagging = not line.api.access_token.startswith(_LOGIN)  # told for Facebook's login only
        return swept(reading.sources(line, now - WATCHED, tagging=tagging), since, now)

    def _prepare(self, account: Account, message: Message) -> Made | None:
        self._check_message(account, message)
        if message.in_reply_to:
            return None
        return made(self._line(account), _CONTAINER, message, {}, self._pause)

    def _check_message(self, account: Account, message: Message) -> None:
        """Raises `ChannelError` for what Instagram would not take, before anything is sent."""
        where, tags = account.id, len(_HASHTAG.findall(message.text))
        if len(message.text) > CAPTION:
            raise ChannelError(
                f"{where}: {len(message.text)} characters; Instagram takes {CAPTION}"
            )
        if tags > HASHTAGS:
            raise ChannelError(f"{where}: {tags} hashtags; Instagram takes {HASHTAGS}")
        if message.in_reply_to and message.attachments:
            raise ChannelError(f"{where}: an answer on Instagram takes no picture")
        if not message.in_reply_to and not 1 <= len(message.attachments) <= PICTURES:
            raise ChannelError(f"{where}: a post on Instagram needs 1 to {PICTURES} pictures")
        check_public(where, message)

    def _publish(self, account: Account, message: Message, prepared: Made | None) -> Published:
        line = self._line(account)
        if prepared is None:
            told = self._answer(line, message.in_reply_to or "", message.text)
            answer = {"id": identified(told), "text": message.text}
            return reading.published(answer, message.in_reply_to)
        if prepared.out:
            return self._found(line, account, message)
        return shown(line, publish(line, _CONTAINER, prepared.id), message)

    def _answer(self, line: Line, remote_id: str, text: str) -> dict[str, Any]:
        """Below a comment, as is usual; or below a medium, which has no such edge and says so."""
        try:
            return line.post(remote_id, "replies", message=text)
        except FacebookError as error:
            if code(error) != 100:
                raise
        return line.post(remote_id, "comments", message=text)

    def _found(self, line: Line, account: Account, message: Message) -> Published:
        """The post that an earlier try brought out. The container does not say what it became."""
        for post in reading.own_posts(line, message.at - SKEW):
            if post.text.split() == message.text.split() and post.at >= message.at - SKEW:
                return post
        raise InDoubt(f"{account.id}: it is published, but not among the account's media yet")

    def _timeline(self, account: Account, since: datetime) -> Iterator[Published]:
        return reading.own_posts(self._line(account), since)

    def _thread(self, account: Account, remote_id: str) -> Iterator[Published]:
        return reading.own_below(self._line(account), remote_id)

    def _own(self, line: Line) -> list[str]:
        return [identified(each) for each in page(line, line.node, "media", "id")[0]]

    def _check(self, account: Account) -> Health:
        line = self._line(account)
        name = line.get(line.node, "id,username").get("username")
        left = self._posts_left(line, "content_publishing_limit")
        expires = None if line.api.access_token.startswith(_LOGIN) else self._expiry(line)[0]
        reason = of_another(account.handle, str(name or ""))
        if not reason and left == 0:
            reason = f"{Trouble.LIMITED}: today's posts are used up"
        return Health(
            reads=True,
            writes=not reason,
            name=str(name or ""),
            limit_left=left,
            expires=expires,
            reason=reason,
        )


CHANNEL = Instagram
