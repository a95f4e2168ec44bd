"""A small city, and what happens in it: everything has a default, a test names what matters."""

import itertools
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from registry.model import (
    Account,
    City,
    DayOff,
    Example,
    Hashtag,
    HashtagPurpose,
    Network,
    Office,
    OfficeKind,
    Registry,
    Role,
    Staff,
)
from rules.kind import Kind
from store.cases import open_case
from store.desk import Desk, calendar_of
from store.engine import Store
from store.posts import Incoming, store_posts
from store.tables import (
    MACHINE,
    AccountRow,
    Base,
    Case,
    DayOffRow,
    Delivery,
    ExampleRow,
    HashtagRow,
    Message,
    MessageKind,
    OfficeRow,
    Post,
    StaffRow,
    Stamp,
)

#: A Monday, ten in the morning in Seoul, in UTC.
NOW = datetime(2026, 11, 2, 1, 0, tzinfo=UTC)
TZ = "Asia/Seoul"

MANAGER = "manager@traffic.example"
CASEWORKER = "worker@traffic.example"
COMMS = "comms@comms.example"

_numbers = itertools.count(1)


@dataclass
class Clock:
    """A clock that stands still until told."""

    moment: datetime = NOW

    def __call__(self) -> datetime:
        return self.moment

    def pass_(self, seconds: float = 0, **more: float) -> datetime:
        """Later by so much; returns the new moment."""
        self.moment += timedelta(seconds=seconds, **more)
        return self.moment


def office(id_: str, kind: OfficeKind = OfficeKind.DEPARTMENT, **more: Any) -> Office:
    return Office(
        id=id_,
        kind=kind,
        name=f"{id_} office",
        email=f"{id_}@seoul.example",
        **{"duties": id_, **more},
    )


def account(id_: str, network: Network = Network.X, **more: Any) -> Account:
    return Account(
        id=id_,
        **{
            "network": network,
            "server": "",
            "handle": id_,
            "name": f"{id_} account",
            "office": "comms",
            **more,
        },
    )


def small_registry(
    *, offices: tuple[Office, ...] = (), accounts: tuple[Account, ...] = (), **more: Any
) -> Registry:
    """Five offices, five accounts; each office has a manager and a caseworker.

    `road` reviews its answers; `x_mayor` is personal; `x_old` is closed.
    """
    all_offices = (
        office("comms"),
        office("traffic"),
        office("road", review=True),
        office("mapo", OfficeKind.DISTRICT),
        office("metro", OfficeKind.AGENCY),
        *offices,
    )
    all_accounts = (
        account("x_seoul", flagship=True),
        account("x_mayor", personal=True),
        account("x_traffic", office="traffic"),
        account("page_seoul", Network.FACEBOOK, flagship=True),
        account("x_old", active=False),
        *accounts,
    )
    people = tuple(
        Staff(email=f"{who}@{o.id}.example", name=f"{who} of {o.id}", office=o.id, role=role)
        for o in all_offices
        for who, role in (("manager", Role.MANAGER), ("worker", Role.CASEWORKER))
    )
    team = (
        Staff(email=COMMS, name="comms", office="comms", role=Role.COMMS_TEAM),
        Staff(email="chief@comms.example", name="chief", office="comms", role=Role.ADMINISTRATOR),
    )
    return Registry(
        **{
            "city": City(id="seoul", name="서울특별시", timezone=TZ, calendar="KR", phone="02-120"),
            "offices": {o.id: o for o in all_offices},
            "accounts": {a.id: a for a in all_accounts},
            "staff": (*people, *team),
            "hashtags": (
                Hashtag(tag="서울대설", purpose=HashtagPurpose.EVENT, hazard="heavy_snow"),
            ),
            "days_off": (DayOff(day=datetime(2026, 11, 27).date(), name="쉬는 날"),),
            "examples": (Example(text="신호등이 꺼졌어요", office="traffic"),),
            **more,
        }
    )


def incoming(**more: Any) -> Incoming:
    """A post as collected; each one is another post."""
    number = next(_numbers)
    return Incoming(
        **{
            "network": Network.X,
            "remote_id": f"r{number}",
            "account_id": "x_seoul",
            "author_id": f"a{number}",
            "author_handle": f"citizen{number}",
            "author_name": "시민",
            "text": "횡단보도 신호등이 사흘째 꺼져 있어요",
            "url": f"https://x.example/{number}",
            "created_at": NOW - timedelta(minutes=5),
            **more,
        }
    )


def post(session: Session, **more: Any) -> Post:
    """A stored post."""
    one = incoming(**more)
    store_posts(session, [one], at=NOW)
    return session.scalars(select(Post).where(Post.remote_id == one.remote_id)).one()


def case(session: Session, *, kind: Kind = Kind.COMPLAINT, **of_post: Any) -> Case:
    """A case that was just received."""
    first = post(session, **of_post)
    opened = open_case(session, first, at=NOW, tz=TZ)
    opened.kind = kind
    session.flush()
    return opened


def desk(
    session: Session, *, who: str = MACHINE, at: datetime = NOW, registry: Registry | None = None
) -> Desk:
    """Somebody at work on cases of the small city."""
    city = registry or small_registry()
    return Desk(session=session, registry=city, who=who, at=at, calendar=calendar_of(city))


def assigned_case(session: Session, *, office_id: str = "traffic", **of_post: Any) -> Case:
    """A case on its caseworker's desk."""
    opened = case(session, **of_post)
    desk(session).route(opened, office_id)
    desk(session, who=f"manager@{office_id}.example").designate(
        opened, f"worker@{office_id}.example"
    )
    return opened


def delivery(session: Session, of_case: Case | None = None, **more: Any) -> Delivery:
    """A reply that is queued; without a case, one of its own."""
    of = of_case or case(session)
    of.messages += 1
    first = session.scalars(select(Post).where(Post.case_id == of.id)).first()
    assert first is not None
    marker = f"[{of.number}-{of.messages}]"
    at = more.pop("at", NOW)
    message = Message(
        case_id=of.id,
        serial=of.messages,
        post_id=first.id,
        kind=MessageKind.ANSWER,
        text=f"고쳤습니다. {marker}",
        by=MACHINE,
        at=at,
    )
    session.add(message)
    session.flush()
    row = Delivery(
        **{
            "account_id": first.account_id,
            "message_id": message.id,
            "text": message.text,
            "in_reply_to": first.remote_id,
            "marker": marker,
            "key": f"haechi-{of.public_id}-{of.messages}",
            "queued_at": at,
            "not_before": at,
            **more,
        }
    )
    session.add(row)
    session.flush()
    return row


_KEPT = (AccountRow, DayOffRow, ExampleRow, HashtagRow, OfficeRow, StaffRow, Stamp)


def wipe(store: Store) -> None:
    """Forget what happened; the registry stays. For a state machine's next example."""
    kept = {table.__table__ for table in _KEPT}
    with store.write() as session:
        for table in reversed(Base.metadata.sorted_tables):
            if table not in kept:
                session.execute(delete(table))
