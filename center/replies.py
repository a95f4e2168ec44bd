"""The words a citizen will get, and how they will look where they were written to."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

import templates
from center.show import Show
from registry.model import Account, Registry
from rules.due import Due
from rules.text import TEXT_RULES, TextRule, count, fits
from settings import Settings
from store.messages import as_sent, latest_posts, marker_of, sender_of
from store.tables import AccountRow, Case, Post

#: Stands where the answer will be; a private character, which cleaned text does not hold.
_HERE = "\ue000"


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """One reply as the citizen will see it. `account` None: a person will have to put it up."""

    post: Post
    account: Account | None
    text: str
    cut: bool
    before: str
    after: str
    rule: TextRule
    length: int


def answer_body(office: str, text: str) -> str:
    """The answer with who gives it."""
    return templates.render_post("answer", text=text.strip(), office=office)


def extension_body(office: str, why: str, longer: Due, show: Show) -> str:
    """Why it takes longer, and until when."""
    return templates.render_post(
        "extension", office=office, why=why.strip(), due=show.day(longer.at)
    )


def more_line(settings: Settings, case: Case) -> str:
    """Where the whole answer is, for when the network's limit cuts it."""
    return templates.render_post("more", url=f"{settings.center}/c/{case.public_id}")


def previews(
    session: Session,
    settings: Settings,
    registry: Registry,
    case: Case,
    posts: list[Post],
    *,
    office: str,
    text: str,
) -> list[Preview]:
    """The reply to each citizen of the case, with the marker it will carry."""
    made = []
    for n, post in enumerate(latest_posts(posts), start=1):
        sender = sender_of(registry, post.account_id)
        account = sender or session.get_one(AccountRow, post.account_id)
        marker = marker_of(case, case.messages + n)
        made.append(_preview(settings, case, post, account, sender, marker, office, text))
    return made


def _preview(
    settings: Settings,
    case: Case,
    post: Post,
    account: Account | AccountRow,
    sender: Account | None,
    marker: str,
    office: str,
    text: str,
) -> Preview:
    before, _, after = f"@{post.author_handle} {answer_body(office, _HERE)} {marker}".partition(
        _HERE
    )
    whole = f"{before}{text.strip()}{after}"
    rule = TEXT_RULES[account.network]
    more = more_line(settings, case)
    return Preview(
        post=post,
        account=sender,
        text=as_sent(account, post.author_handle, answer_body(office, text), marker, more),
        cut=not fits(whole, rule),
        before=before,
        after=after,
        rule=rule,
        length=count(whole, rule),
    )
