"""What we say to citizens: put into the outbox together with the decision behind it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from registry.ask import answering_account
from registry.model import Account, Registry
from rules.outbox import DeliveryState
from rules.text import TEXT_RULES, TextRule, count, cut, fits, leaving_room
from rules.thread import parts
from store import cases
from store.tables import AccountRow, Case, Delivery, Message, MessageKind, Post

#: More posts than this are no answer: it is cut, and its page has the whole.
MOST_PARTS = 5

#: The finished text of a message; or what makes it, where it differs from one post to the other.
Body = str | Callable[[Post], str]


def say(
    session: Session,
    case: Case,
    kind: MessageKind,
    body: Body,
    *,
    registry: Registry,
    by: str,
    at: datetime,
    more: str = "",
    photo_id: int | None = None,
    answer_id: int | None = None,
    to: Sequence[Post] | None = None,
) -> list[Delivery]:
    """Enqueue one message to every citizen of the case (or `to` some), on the post they wrote.

    `body` is the finished text or makes it; `more` is added where the network's limit cuts it (a link to the
    case's public page). Call it in the transaction of the decision that caused it.
    """
    return [
        delivery
        for post in (latest_posts(cases.posts_of(session, case)) if to is None else to)
        for delivery in _enqueue(
            session,
            case,
            Message(
                post_id=post.id, kind=kind, photo_id=photo_id, answer_id=answer_id, by=by, at=at
            ),
            post,
            registry=registry,
            body=body_for(body, post),
            more=more,
        )
    ]


def latest_posts(posts: Sequence[Post]) -> list[Post]:
    """The last post of each citizen that still stands: the ones to reply to."""
    by_author = {(post.network, post.author_id): post for post in posts if not post.withdrawn_at}
    return sorted(by_author.values(), key=lambda post: post.id)


@dataclass(frozen=True, slots=True)
class Part:
    """One post of a message: `marker` is in its text, and in no other's."""

    text: str
    marker: str


def as_sent(
    account: Account | AccountRow, handle: str, body: str, marker: str, more: str = ""
) -> tuple[Part, ...]:
    """The text as the citizen will see it: whom it answers, the words, and the marker.

    What is too long for the account's network is cut at a sentence, with `more` after it; where
    the registry asks for parts it becomes a thread, unless that would be a long one.
    """
    rule = TEXT_RULES[account.network]
    whole = addressed(handle, body)
    if fits(f"{whole} {marker}", rule):
        return (Part(cut(whole, rule, tail=marker), marker),)
    if account.in_parts and (thread := _thread(whole, rule, marker)):
        return thread
    tail = f"{more} {marker}" if more else marker
    return (Part(cut(whole, rule, tail=tail), marker),)


def addressed(handle: str, body: str) -> str:
    """The words with whom they answer before them, where the network gave a handle."""
    return f"@{handle} {body}" if handle else body


def _thread(whole: str, rule: TextRule, marker: str) -> tuple[Part, ...]:
    """The whole in parts, each with a marker of its own; empty where it takes too many."""
    if count(whole, rule) > MOST_PARTS * rule.limit:
        return ()
    marks = [marker, *(f"{marker[:-1]}/{n}]" for n in range(2, MOST_PARTS + 1))]
    pieces = parts(whole, leaving_room(rule, f" {marks[-1]}"))
    if len(pieces) > MOST_PARTS:
        return ()
    return tuple(Part(f"{piece} {mark}", mark) for piece, mark in zip(pieces, marks, strict=False))


def marker_of(case: Case, serial: int) -> str:
    """What a message carries so that it can be found on a timeline."""
    return f"[{case.number}-{serial}]"


def body_for(body: Body, post: Post) -> str:
    """The text that answers this post."""
    return body if isinstance(body, str) else body(post)


def asked_instead(registry: Registry, post: Post) -> str:
    """The account that was asked, by name, where another one answers; empty where it does itself."""
    account = registry.accounts.get(post.account_id)
    return account.name if account and (account.personal or account.answers_as) else ""


def signed(registry: Registry, case: Case) -> dict[str, str]:
    """Who speaks, as every message says it: `city`, `office`, its `officer` (may be empty), `phone`.

    A notice names its officer and how to reach them (Petitions Act and its decree).
    """
    office = registry.offices.get(case.office_id or "")
    names = {person.email: person.name for person in registry.staff}
    return {
        "city": registry.city.name,
        "office": office.name if office else registry.city.name,
        "officer": names.get(case.caseworker or "", ""),
        "phone": registry.city.phone,
    }


def sender_of(registry: Registry, account_id: str) -> Account | None:
    """The account that replies for what came in on `account_id`; None: a person must."""
    account = registry.accounts.get(account_id)
    return answering_account(registry, account) if account else None


def _enqueue(
    session: Session,
    case: Case,
    message: Message,
    post: Post,
    *,
    registry: Registry,
    body: str,
    more: str,
) -> list[Delivery]:
    case.messages += 1
    message.case_id, message.serial = case.id, case.messages
    marker = marker_of(case, message.serial)
    sender = sender_of(registry, post.account_id)
    # an account that was retired meanwhile is not in the registry any more, and a person replies
    account = sender or session.get_one(AccountRow, post.account_id)
    if post.public:
        thread = as_sent(account, post.author_handle, body, marker, more)
    else:  # a person brings it over; no public page has the whole of it
        thread = (Part(f"{addressed(post.author_handle, body)} {marker}", marker),)
    message.text = "\n\n".join(part.text for part in thread)
    session.add(message)
    session.flush()
    deliveries = [
        _delivery(message, part, number, account.id, post, f"haechi-{case.public_id}")
        for number, part in enumerate(thread, 1)
    ]
    for delivery in deliveries:
        if sender is None:
            delivery.state = DeliveryState.NEEDS_PERSON
            delivery.cause = f"no_account: no account may reply for {account.id}: reply by hand"
        elif not post.public:
            delivery.state = DeliveryState.NEEDS_PERSON
            delivery.cause = (
                "private: it was written in private, and replies are public: reply by hand"
            )
    session.add_all(deliveries)
    session.flush()
    return deliveries


def _delivery(
    message: Message, part: Part, number: int, account_id: str, post: Post, key: str
) -> Delivery:
    """The first part answers the post and has the photo; each other hangs below the one before."""
    first = number == 1
    return Delivery(
        account_id=account_id,
        message_id=message.id,
        part=number,
        text=part.text,
        in_reply_to=post.remote_id if first else None,
        photo_id=message.photo_id if first else None,
        marker=part.marker,
        key=f"{key}-{message.serial}" + ("" if first else f"-{number}"),
        queued_at=message.at,
        not_before=message.at,
    )
