"""Facebook pages, by Meta's Graph API."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import datetime, timedelta

from channels import facebook_reading as reading
from channels.base import (
    Attachment,
    ChannelError,
    Cursor,
    Health,
    Idempotency,
    LookBack,
    Message,
    Page,
    Post,
    Published,
    Trouble,
)
from channels.budget import Budget, Scope
from channels.meta import WATCHED, Meta
from channels.meta_line import Line
from channels.meta_reading import identified, page
from registry.model import Account

POSTING = frozenset({"pages_manage_posts", "pages_manage_engagement"})
"""The permissions that publishing needs: posts, and comments."""


class Facebook(Meta):
    """A Facebook page; the secret is its page access token.

    Text: 63,206 characters. Pictures: uploaded unpublished first, with their alt text, then named
    by the post; a comment takes one. Relay: an API cannot share as a person does, so a message is
    said in own words. Once: nothing helps; a post is looked for on the page, a reply in its thread.
    Budget: 4,800 calls a day for each person who engaged with the page. Asked every minute, a quiet
    page costs 2,016; one that has several pages of posts a month has more than one such person.
    Only what collecting reads is counted, so that it never stops looking back.
    """

    network = "facebook"
    graph = "https://graph.facebook.com"
    look_back = LookBack.TIMELINE
    comments = replies_in_thread = True
    idempotency = Idempotency.NONE
    budgets = (
        Budget(
            name="reading",
            scope=Scope.ACCOUNT,
            limit=14_400,
            window=timedelta(days=1),
            # Looking back asks `me`. Further comments below a post look alike for both: not counted.
            requests=r"^GET /v[\d.]+/\d+/(published_posts|feed|tagged)$",
        ),
    )

    def _fetch(self, account: Account, since: Cursor) -> Page[Post]:
        return reading.citizens(self._line(account), since, self._clock(), WATCHED)

    def _prepare(self, account: Account, message: Message) -> list[str]:
        if message.in_reply_to and len(message.attachments) > 1:
            raise ChannelError(f"{account.id}: a comment on Facebook takes one picture only")
        line = self._line(account)
        return [self._upload(line, attachment) for attachment in message.attachments]

    def _upload(self, line: Line, attachment: Attachment) -> str:
        """A picture that is nowhere to be seen yet; Meta drops it after a day."""
        name = attachment.path.name
        with ExitStack() as stack:
            try:
                file = stack.enter_context(attachment.path.open("rb"))
            except OSError as error:
                raise ChannelError(
                    f"the picture {name} cannot be read: {error.strerror}"
                ) from error
            told = line.post(
                line.node,
                "photos",
                published="false",
                alt_text_custom=attachment.alt,
                files={"source": (name, file, attachment.mime)},
            )
        return identified(told)

    def _publish(self, account: Account, message: Message, prepared: list[str]) -> Published:
        line = self._line(account)
        form = {"message": message.text}
        if message.in_reply_to:
            form |= {"attachment_id": prepared[0]} if prepared else {}
            told = line.post(message.in_reply_to, "comments", **form)
        else:
            form |= {
                f"attached_media[{number}]": json.dumps({"media_fbid": photo})
                for number, photo in enumerate(prepared)
            }
            told = line.post(line.node, "feed", **form)
        return reading.published(
            {"id": identified(told), "message": message.text}, message.in_reply_to
        )

    def _timeline(self, account: Account, since: datetime) -> Iterator[Published]:
        return reading.own_posts(self._line(account), since)

    def _thread(self, account: Account, remote_id: str) -> Iterator[Published]:
        return reading.own_below(self._line(account), remote_id)

    def _own(self, line: Line) -> list[str]:
        return [identified(each) for each in page(line, line.node, "published_posts", "id")[0]]

    def _check(self, account: Account) -> Health:
        line = self._line(account)
        name = line.get(line.node, "id,name").get("name")
        expires, scopes = self._expiry(line)
        missing = sorted(POSTING - scopes) if scopes else []
        return Health(
            reads=True,
            writes=not missing,
            name=str(name or ""),
            expires=expires,
            reason=f"{Trouble.FORBIDDEN}: the token lacks {', '.join(missing)}" if missing else "",
        )


CHANNEL = Facebook
