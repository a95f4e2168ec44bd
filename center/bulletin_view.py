"""A bulletin as its page shows it: what each account would say, and what became of it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from sqlalchemy.orm import Session

from center.seats import Person, may
from registry.ask import administrators
from registry.model import Account, Registry
from rules.bulletin import (
    APPROVED_WITHIN,
    HAZARD_NAMES,
    KIND_NAMES,
    LEADS_POST,
    BulletinKind,
    BulletinState,
    Language,
    Way,
)
from rules.measure import TEXT_RULES, count
from store.broadcast import is_late
from store.bulletin_preview import alike, carriers
from store.tables import Bulletin, Said

#: Where the address of the lead's post will stand.
ADDRESS_SHOWN = "〔대표 글 주소〕"
#: More than this is no limit that anybody would meet.
_NO_LIMIT = 1_000_000

#: A run begins sooner than this, where Prefect is up.
_BEGINS_WITHIN = timedelta(seconds=20)

_FOLLOW_UPS = (
    BulletinKind.CORRECTION,
    BulletinKind.UPDATE,
    BulletinKind.CANCEL,
    BulletinKind.ALL_CLEAR,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One text of an account, and how much of its network's room it takes; 0: no limit."""

    language: Language
    text: str
    length: int
    limit: int
    direct: str  # what is said where nobody leads, if it is another text


@dataclass(frozen=True, slots=True, kw_only=True)
class Speaker:
    """One account of the preview."""

    account: Account
    way: Way
    parts: tuple[Part, ...]
    with_picture: bool
    skipped: bool  # a follow-up that it needs not, for it never carried the first


@dataclass(frozen=True, slots=True, kw_only=True)
class Wave:
    """Who goes together."""

    wave: int
    networks: tuple[tuple[str, tuple[Speaker, ...]], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BulletinView:
    """What the head of a bulletin's page says, and what its reader may do."""

    bulletin: Bulletin
    hazard: str
    kind: str
    state: str  # a draft that waited too long is shown as lapsed before a run says so
    people: Mapping[str, str]  # address → name
    approvers: tuple[str, ...]
    alike: tuple[Bulletin, ...]
    elders: tuple[Bulletin, ...]
    superseded_by: Bulletin | None
    until: datetime  # when a draft's time is over
    own: bool  # the reader submitted it
    unheard: bool  # no run waits for the approval yet
    acts: frozenset[str]
    follow_ups: tuple[BulletinKind, ...]


def view_of(
    session: Session, registry: Registry, bulletin: Bulletin, person: Person, *, at: datetime
) -> BulletinView:
    """The bulletin for this reader, at this moment (aware)."""
    others = [one.email for one in administrators(registry) if one.email != bulletin.submitted_by]
    named = {one.email: one.name for one in registry.staff}
    state = "lapsed" if is_late(bulletin, at=at) else bulletin.state.value
    newer = bulletin.superseded_by_id
    return BulletinView(
        bulletin=bulletin,
        hazard=HAZARD_NAMES[bulletin.event.hazard],
        kind=KIND_NAMES[bulletin.kind],
        state=state,
        people=named,
        approvers=tuple(dict.fromkeys(named[email] for email in others)),
        alike=tuple(alike(session, bulletin, at=at)),
        elders=tuple(session.get_one(Bulletin, elder) for elder in bulletin.refers_to),
        superseded_by=session.get(Bulletin, newer) if newer is not None else None,
        until=min(bulletin.submitted_at + APPROVED_WITHIN, bulletin.expires_at),
        own=person.email == bulletin.submitted_by,
        unheard=bulletin.run_id is None and at - bulletin.submitted_at > _BEGINS_WITHIN,
        acts=_acts(bulletin, state, person),
        follow_ups=_follow_ups(bulletin, person),
    )


def waves_of(session: Session, registry: Registry, bulletin: Bulletin) -> tuple[Wave, ...]:
    """Every account's words as they would go out: by wave, then network, then name."""
    carrying = carriers(session, bulletin)
    said: dict[str, list[Said]] = {}
    for one in bulletin.said:
        said.setdefault(one.account_id, []).append(one)
    lengths: dict[tuple[str, str], int] = {}
    speakers = [
        (parts[0].wave, _speaker(registry.accounts[account], parts, carrying, lengths))
        for account, parts in said.items()
        if account in registry.accounts
    ]
    speakers.sort(key=lambda one: (one[0], one[1].account.network, one[1].account.name))
    return tuple(
        Wave(wave=wave, networks=tuple(_by_network([speaker for _, speaker in together])))
        for wave, together in groupby(speakers, key=lambda one: one[0])
    )


def silent(registry: Registry, bulletin: Bulletin) -> list[Account]:
    """The accounts that say nothing of it."""
    speaking = {one.account_id for one in bulletin.said}
    return [account for account in registry.accounts.values() if account.id not in speaking]


def _by_network(speakers: list[Speaker]) -> Iterator[tuple[str, tuple[Speaker, ...]]]:
    for network, found in groupby(speakers, key=lambda speaker: speaker.account.network):
        yield network, tuple(found)


def _speaker(
    account: Account,
    said: list[Said],
    carrying: frozenset[str] | None,
    lengths: dict[tuple[str, str], int],
) -> Speaker:
    return Speaker(
        account=account,
        way=said[0].way,
        parts=tuple(_part(account, one, lengths) for one in said),
        with_picture=any(one.with_picture for one in said),
        skipped=carrying is not None and account.id not in carrying,
    )


def _part(account: Account, said: Said, lengths: dict[tuple[str, str], int]) -> Part:
    """A repost has no words of its own: shown is what is said where there is nothing to repost."""
    linked = said.way is Way.LINK and LEADS_POST in said.text
    text = said.text if linked else said.direct
    rule = TEXT_RULES[account.network]
    key = (account.network.value, text)
    if key not in lengths:
        lengths[key] = count(text, rule)
    return Part(
        language=said.language,
        text=text.replace(LEADS_POST, ADDRESS_SHOWN),
        length=lengths[key],
        limit=rule.limit if rule.limit < _NO_LIMIT else 0,
        direct=said.direct if linked and said.direct != text else "",
    )


def _acts(bulletin: Bulletin, state: str, person: Person) -> frozenset[str]:
    """The forms that this reader gets."""
    wanted = {
        "approve": state == BulletinState.DRAFT,
        "refuse": state == BulletinState.DRAFT,
        "stop": state == BulletinState.APPROVED
        and bulletin.finished_at is None
        and bulletin.stopped_at is None,
    }
    return frozenset(
        act
        for act, holds in wanted.items()
        if holds and may(person, f"POST /broadcast/{{bulletin_id}}/{act}")
    )


def _follow_ups(bulletin: Bulletin, person: Person) -> tuple[BulletinKind, ...]:
    event = bulletin.event
    is_open = event.opened_at is not None and event.closed_at is None
    stands = bulletin.state is BulletinState.APPROVED and is_open
    return _FOLLOW_UPS if stands and may(person, "POST /broadcast/{bulletin_id}/approve") else ()
