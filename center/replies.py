"""The words a citizen will get, and how they will look where they were written to."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

import templates
from center.remedy import says_remedy
from center.show import Show
from registry.model import Account, Registry
from rules.due import Due
from rules.text import TEXT_RULES, TextRule, count, fits
from settings import Settings
from store.messages import (
    Body,
    addressed,
    as_sent,
    asked_instead,
    body_for,
    latest_posts,
    marker_of,
    sender_of,
    signed,
)
from store.tables import AccountRow, Case, Post

#: Stands where the answer will be; a private character, which cleaned text does not hold.
_HERE = "\ue000"


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """One reply as the citizen will see it, in one post or several.

    `account` None: a person will have to put it up.
    """

    post: Post
    account: Account | None
    texts: tuple[str, ...]
    cut: bool
    before: str
    after: str
    rule: TextRule
    length: int

    @property
    def in_parts(self) -> bool:
        return len(self.texts) > 1


def answer_body(registry: Registry, case: Case, text: str) -> Body:
    """The answer with who gives it, and for whom where another account was asked."""
    by = signed(registry, case)

    def body(post: Post) -> str:
        asked = asked_instead(registry, post)
        return templates.render_post("answer", **by, text=text.strip(), asked=asked)

    return body


def put_off_body(
    registry: Registry, case: Case, kind: str, until: Due, show: Show, **said: str
) -> Body:
    """Until when it is now, and why: the words of `extension`, `survey` or `survey_ended`."""
    by = signed(registry, case)

    def body(post: Post) -> str:
        asked = asked_instead(registry, post)
        return templates.render_post(kind, **by, **said, due=show.day(until.at), asked=asked)

    return body


def put_off_more(settings: Settings, case: Case) -> str:
    """Where the whole reason is, for when the network's limit cuts it."""
    return templates.render_post("extension_more", url=_public_page(settings, case))


def more_line(settings: Settings, case: Case, text: str) -> str:
    """Where the whole answer is, for when the network's limit cuts it."""
    return templates.render_post("more", url=_public_page(settings, case), remedy=says_remedy(text))


def _public_page(settings: Settings, case: Case) -> str:
    return f"{settings.center}/c/{case.public_id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """A text on its way to one citizen. `account` None: a person will have to put it up."""

    post: Post
    account: Account | None
    within: Account | AccountRow  # whose network's limit it keeps
    marker: str
    texts: tuple[str, ...]


def replies(
    session: Session, registry: Registry, case: Case, posts: list[Post], *, body: Body, more: str
) -> list[Reply]:
    """What `store.messages.say` would send with this body, to each citizen of the case."""
    made = []
    for n, post in enumerate(latest_posts(posts), start=1):
        sender = sender_of(registry, post.account_id)
        within = sender or session.get_one(AccountRow, post.account_id)
        marker = marker_of(case, case.messages + n)
        thread = as_sent(within, post.author_handle, body_for(body, post), marker, more)
        texts = tuple(part.text for part in thread)
        made.append(Reply(post=post, account=sender, within=within, marker=marker, texts=texts))
    return made


def previews(
    session: Session,
    settings: Settings,
    registry: Registry,
    case: Case,
    posts: list[Post],
    *,
    text: str,
) -> list[Preview]:
    """The reply to each citizen of the case, with the marker it will carry."""
    body, more = answer_body(registry, case, text), more_line(settings, case, text)
    found = replies(session, registry, case, posts, body=body, more=more)
    frame = answer_body(registry, case, _HERE)
    return [_preview(reply, body_for(frame, reply.post), text) for reply in found]


def _preview(reply: Reply, frame: str, text: str) -> Preview:
    said = f"{addressed(reply.post.author_handle, frame)} {reply.marker}"
    before, _, after = said.partition(_HERE)
    whole = f"{before}{text.strip()}{after}"
    rule = TEXT_RULES[reply.within.network]
    return Preview(
        post=reply.post,
        account=reply.account,
        texts=reply.texts,
        cut=len(reply.texts) == 1 and not fits(whole, rule),
        before=before,
        after=after,
        rule=rule,
        length=count(whole, rule),
    )
