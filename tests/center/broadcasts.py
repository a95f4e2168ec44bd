"""Bulletins in the town: accounts that carry them, two administrators, drafts and deliveries."""

from datetime import timedelta
from typing import Any

from PIL import Image

from registry.model import (
    Account,
    DisasterRole,
    Hashtag,
    HashtagPurpose,
    Network,
    Registry,
    Role,
    Staff,
)
from rules.bulletin import HAZARD_NAMES, BulletinKind, Language, Words
from rules.outbox import DeliveryState
from store import approving, submitting
from store.bulletins import deliveries_of
from store.registry import apply, load
from store.tables import Bulletin, Delivery, Message, Photo, PhotoState
from tests import bulletins
from tests.center.town import ADMINISTRATOR, Town, registry

#: The administrator who approves what ADMINISTRATOR submits.
SECOND = "second@town.example"

_D = DisasterRole


def _account(id_: str, role: DisasterRole, network: Network, **more: Any) -> Account:
    values = {"server": "", "handle": id_, "name": f"{id_} 계정", "office": "comms", **more}
    return Account(id=id_, network=network, disaster_role=role, **values)


def ready(**changes: Any) -> Registry:
    """The town, ready for a disaster."""
    town = registry()
    own = (
        _account("x_lead", _D.LEAD, Network.X),
        _account("page_deputy", _D.DEPUTY, Network.FACEBOOK),
        _account("x_relay", _D.RELAY, Network.X),
        _account("blog_relay", _D.RELAY, Network.NAVER_BLOG),
        _account("x_river", _D.LOCAL, Network.X, office="river"),
    )
    second = Staff(email=SECOND, name="이승인", office="comms", role=Role.ADMINISTRATOR)
    values = {
        "accounts": {**town.accounts, **{account.id: account for account in own}},
        "staff": (*town.staff, second),
        "hashtags": (
            Hashtag(tag="우리시재난", purpose=HashtagPurpose.EVENT),
            Hashtag(tag="우리시제보", purpose=HashtagPurpose.REPORT),
        ),
    }
    return registry(**{**values, **changes})


def make_ready(town: Town) -> None:
    """Give the town its accounts for disasters and its second administrator."""
    with town.store.write() as session:
        apply(session, ready(), at=town.now)


def draft(town: Town, **asked: Any) -> int:
    """A bulletin that waits for a second person; its number."""
    with town.store.write() as session:
        city = load(session)
        wanted = bulletins.form(
            **{
                "submitted_by": ADMINISTRATOR,
                "expires_at": town.now + timedelta(hours=6),
                "en": Words(act_now="Leave basements now.", description="Heavy rain."),
                **asked,
            }
        )
        bulletin, _ = submitting.submit(
            session,
            city,
            wanted,
            bulletins.composer(city, wanted),
            districts=[],
            at=town.now,
        )
        # the short words of the composer are in Korean alone
        bulletin.texts = {**bulletin.texts, Language.EN.value: wanted.en.model_dump()}
        bulletin.areas = {**bulletin.areas, Language.EN.value: "Our City"}
        return bulletin.id


def approved(town: Town, **asked: Any) -> int:
    """A bulletin on its way; its number."""
    number = draft(town, **asked)
    with town.store.write() as session:
        bulletin = session.get_one(Bulletin, number)
        typed = HAZARD_NAMES[bulletin.event.hazard]
        approving.approve(session, load(session), bulletin, who=SECOND, typed=typed, at=town.now)
    return number


def follow_up(town: Town, first: int, kind: BulletinKind, **asked: Any) -> int:
    """An approved follow-up of the first one's event."""
    with town.store.read() as session:
        bulletin = session.get_one(Bulletin, first)
        values = {"event": bulletin.event.number, "exercise": bulletin.exercise, "kind": kind}
    words = Words(act_now=f"{kind}: 앞의 글을 보지 마세요.", description="바로잡습니다.")
    return approved(town, **{**values, "ko": words, **asked})


def put(town: Town, number: int, account: str, state: DeliveryState, **values: Any) -> int:
    """Give the delivery on this account a state; its id."""
    with town.store.write() as session:
        row = _delivery(session, number, account)
        row.state, row.held = state, False
        if state is DeliveryState.PUBLISHED:
            row.url, row.remote_id = f"https://x.example/{account}/1", "1"
            row.settled_at, row.tries = town.now + timedelta(seconds=2), 1
        for name, value in values.items():
            setattr(row, name, value)
        return row.id


def give_picture(town: Town, number: int, colour: str = "teal") -> None:
    """A picture with its description."""
    name = f"bulletins/{number}.png"
    path = town.settings.media / name
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (320, 320), colour).save(path)
    with town.store.write() as session:
        photo = Photo(
            state=PhotoState.KEPT, remote_url="", alt="침수 안내 그림", file=name, mime="image/png"
        )
        session.add(photo)
        session.flush()
        session.get_one(Bulletin, number).picture_id = photo.id


def states(town: Town, number: int) -> dict[str, DeliveryState]:
    """What became of it, by account."""
    with town.store.read() as session:
        return {row.account_id: row.state for row in deliveries_of(session, number)}


def read(town: Town, number: int) -> Bulletin:
    """The bulletin as the store has it."""
    with town.store.read() as session:
        bulletin = session.get_one(Bulletin, number)
        _ = bulletin.event.number  # read while the session is open
        return bulletin


def event_of(town: Town, number: int) -> str:
    """What the address of its event's public page ends with."""
    with town.store.read() as session:
        return session.get_one(Bulletin, number).event.public_id


def _delivery(session: Any, number: int, account: str) -> Delivery:
    query = session.query(Delivery).join(Message).filter(Message.bulletin_id == number)
    found: Delivery = query.filter(Delivery.account_id == account).one()
    return found
