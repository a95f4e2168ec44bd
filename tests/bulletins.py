"""Bulletins for tests: everything has a default, a test names what matters."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from registry.model import Account, DisasterRole, Network, Registry, Role, Staff
from rules.bulletin import (
    HAZARD_NAMES,
    LEADING,
    LEADS_POST,
    PARTNERS,
    RELAYING,
    BulletinForm,
    BulletinKind,
    Content,
    Hazard,
    Language,
    Plan,
    Saying,
    Way,
    Words,
)
from store import approving, submitting
from store.tables import Bulletin, Delivery, Event
from tests import builders
from tests.builders import NOW

#: Two administrators: who submits, and who approves.
ASKS, AGREES = "chief@comms.example", "second@comms.example"

_D = DisasterRole
_WAVES = {_D.LEAD: LEADING, _D.DEPUTY: RELAYING, _D.RELAY: RELAYING, _D.LOCAL: PARTNERS}


def city(*accounts: Account, **more: Any) -> Registry:
    """The small city with a lead, a deputy, two that relay and a district; and two administrators."""
    small = builders.small_registry()
    own = accounts or (
        account("x_lead", _D.LEAD),
        account("page_deputy", _D.DEPUTY, Network.FACEBOOK),
        account("x_relay"),
        account("page_relay", network=Network.FACEBOOK),
        account("x_mapo", _D.LOCAL, office="mapo"),
    )
    second = Staff(email=AGREES, name="second", office="comms", role=Role.ADMINISTRATOR)
    accounts_by_id = {one.id: one for one in own}
    return replace(small, **{"staff": (*small.staff, second), "accounts": accounts_by_id, **more})


def account(
    id_: str, role: DisasterRole = _D.RELAY, network: Network = Network.X, **more: Any
) -> Account:
    return builders.account(id_, network, disaster_role=role, **more)


def form(**more: Any) -> BulletinForm:
    """A flood's first alert, as an exercise."""
    return BulletinForm(
        **{
            "hazard": Hazard.FLOOD,
            "submitted_by": ASKS,
            "ko": Words(act_now="지금 지하에서 나오세요.", description="비가 많이 옵니다."),
            "expires_at": NOW + timedelta(hours=6),
            **more,
        }
    )


def composer(
    registry: Registry, asked: BulletinForm
) -> Callable[[str, Event], tuple[Content, Plan]]:
    """Short words for every account that has a part in a disaster."""

    def compose(marker: str, event: Event) -> tuple[Content, Plan]:
        content = Content(
            marker=marker,
            kind=asked.kind,
            hazard=asked.hazard,
            exercise=asked.exercise,
            city=registry.city.name,
            texts={Language.KO: asked.ko},
            areas={Language.KO: registry.city.name},
            event_tag=event.event_tag,
            report_tag=event.report_tag,
            page="http://127.0.0.1/event",
            expires_at=asked.expires_at or NOW + timedelta(hours=6),
        )
        sayings = tuple(
            _saying(account, f"{asked.ko.act_now} {marker}", marker)
            for account in registry.accounts.values()
            if account.active and account.disaster_role is not _D.NONE
        )
        return content, Plan(sayings=sayings, refused={})

    return compose


def _saying(account: Account, text: str, marker: str) -> Saying:
    way = Way.REPOST if account.network is Network.X else Way.LINK
    return Saying(
        account_id=account.id,
        wave=_WAVES[account.disaster_role],
        way=way,
        part=1,
        language=Language.KO,
        text=f"{text} {LEADS_POST}",
        direct=f"{account.name}: {text}",
        marker=marker,
        with_picture=False,
    )


def draft(session: Session, registry: Registry, *, at: datetime = NOW, **asked: Any) -> Bulletin:
    """A bulletin that waits for a second person."""
    wanted = form(**asked)
    bulletin, _ = submitting.submit(
        session, registry, wanted, composer(registry, wanted), districts=(), at=at
    )
    return bulletin


def approved(
    session: Session, registry: Registry, *, at: datetime = NOW, **asked: Any
) -> tuple[Bulletin, list[Delivery]]:
    """A bulletin on its way, and its deliveries."""
    bulletin = draft(session, registry, at=at, **asked)
    typed = HAZARD_NAMES[bulletin.event.hazard]
    rows = approving.approve(session, registry, bulletin, who=AGREES, typed=typed, at=at)
    return bulletin, rows


def follow_up(
    session: Session, registry: Registry, first: Bulletin, kind: BulletinKind, **more: Any
) -> tuple[Bulletin, list[Delivery]]:
    """A correction, an update, a cancel or an all-clear of the first one's event, approved."""
    return approved(
        session,
        registry,
        kind=kind,
        event=first.event.number,
        exercise=first.exercise,
        ko=Words(act_now=f"{kind}: 앞의 글을 보지 마세요.", description="바로잡습니다."),
        **more,
    )
