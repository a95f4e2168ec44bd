"""Letting a bulletin go: what its approval writes, all in one transaction."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from registry.model import Registry
from rules.bulletin import HAZARD_NAMES, REFERRING, BulletinKind, BulletinRefused, BulletinState
from store import bulletin_mails, desk_mails, outbox, waves
from store.broadcast import check_administrator, check_draft, is_drill, is_late, move
from store.bulletins import approved_besides, carriers_of, standing
from store.tables import MACHINE, Bulletin, Delivery, Event, Message, MessageKind, Said

#: What a delivery has just as it was said, column by column.
_AS_SAID = ("account_id", "part", "language", "marker", "wave", "way")


def approve(
    session: Session,
    registry: Registry,
    bulletin: Bulletin,
    *,
    who: str,
    typed: str,
    at: datetime,
    alone_why: str = "",
) -> list[Delivery]:
    """Let a bulletin go: its deliveries are queued, the districts' desks are told, and what it
    takes the place of is dropped.

    `typed` is the hazard's name, asked for where it is no exercise. `alone_why` breaks the glass:
    the submitter approves alone, and says why. The machine may approve its own exercises, nothing
    else. Raises `BulletinRefused`.
    """
    by_machine = is_drill(who, exercise=bulletin.exercise) and bulletin.submitted_by == MACHINE
    if not by_machine:
        check_administrator(registry, who, "승인할")
    _check_may_go(bulletin, who=who, typed=typed, alone=bool(alone_why.strip()), at=at)
    move(bulletin, BulletinState.APPROVED)
    bulletin.approved_by, bulletin.approved_at = who.lower(), at
    bulletin.alone_why = alone_why.strip() or None
    _open_or_close(bulletin.event, bulletin.kind, at=at)
    if bulletin.alone_why and not by_machine:
        bulletin_mails.tell_of_one_alone(session, registry, bulletin, at=at)
    rows = _enqueue(session, registry, bulletin, _take_place(session, bulletin, at=at), at=at)
    desk_mails.tell_desks(session, registry, bulletin, at=at)
    waves.advance(session, registry, bulletin, at=at)
    return rows


def _check_may_go(bulletin: Bulletin, *, who: str, typed: str, alone: bool, at: datetime) -> None:
    check_draft(bulletin)
    if is_late(bulletin, at=at):
        raise BulletinRefused("승인할 수 있는 시간이 지났습니다. 다시 올려 주세요.")
    if bulletin.event.closed_at is not None:
        raise BulletinRefused(
            f"사건 {bulletin.event.number}은(는) 그사이 상황이 해제되었습니다. "
            "더 알릴 것이 있으면 새 알림으로 올려 주세요."
        )
    if who.lower() == bulletin.submitted_by and not alone:
        raise BulletinRefused("올린 사람은 승인할 수 없습니다. 다른 관리자가 승인해야 합니다.")
    hazard = HAZARD_NAMES[bulletin.event.hazard]
    if not bulletin.exercise and typed.strip() != hazard:
        raise BulletinRefused(f"실제 발송을 확인하려면 재난 이름 «{hazard}»을 그대로 적어 주세요.")


def _open_or_close(event: Event, kind: BulletinKind, *, at: datetime) -> None:
    if event.opened_at is None:
        event.opened_at = at
    if kind is BulletinKind.ALL_CLEAR:
        event.closed_at = at


def _take_place(session: Session, bulletin: Bulletin, *, at: datetime) -> Mapping[str, int | None]:
    """Supersede the event's older bulletins; who is to say this one, each after which delivery.

    A first alert goes to everybody; all others to the accounts that carry an older one, or may.
    """
    if bulletin.kind not in REFERRING:
        return {said.account_id: None for said in bulletin.said}
    elders = approved_besides(session, bulletin)
    still = standing(session, bulletin.event_id, at=at)
    bulletin.refers_to = [elder.id for elder in still if elder.id != bulletin.id]
    _supersede(session, elders, bulletin, at=at)
    return carriers_of(session, elders)


def _supersede(
    session: Session, elders: Sequence[int], bulletin: Bulletin, *, at: datetime
) -> None:
    session.execute(
        update(Bulletin)
        .where(Bulletin.id.in_(elders), Bulletin.superseded_by_id.is_(None))
        .values(superseded_by_id=bulletin.id)
    )
    theirs = Delivery.message_id.in_(select(Message.id).where(Message.bulletin_id.in_(elders)))
    outbox.drop(session, theirs, f"superseded by {bulletin.marker}", at=at)


def _enqueue(
    session: Session,
    registry: Registry,
    bulletin: Bulletin,
    addressed: Mapping[str, int | None],
    *,
    at: datetime,
) -> list[Delivery]:
    message = Message(
        bulletin_id=bulletin.id,
        exercise=bulletin.exercise,
        serial=0,
        kind=MessageKind.BULLETIN,
        text=bulletin.texts["ko"]["act_now"],
        photo_id=bulletin.picture_id,
        by=bulletin.approved_by,
        at=at,
    )
    session.add(message)
    session.flush()
    active = {account.id for account in registry.accounts.values() if account.active}
    rows = [
        _delivery(said, bulletin, message, after=addressed[said.account_id], at=at)
        for said in bulletin.said
        if said.account_id in addressed and said.account_id in active
    ]
    session.add_all(rows)
    session.flush()
    return rows


def _delivery(
    said: Said, bulletin: Bulletin, message: Message, *, after: int | None, at: datetime
) -> Delivery:
    """One row of the outbox, held until its wave; `after` is settled before it goes."""
    where = f"{bulletin.event.public_id}-{bulletin.id}-{said.account_id}-{said.part}"
    return Delivery(
        **{column: getattr(said, column) for column in _AS_SAID},
        message_id=message.id,
        exercise=bulletin.exercise,
        text=said.direct,
        photo_id=bulletin.picture_id if said.with_picture else None,
        key=f"haechi-{where}",
        queued_at=at,
        not_before=at,
        held=True,
        after_id=after,
        expires_at=bulletin.expires_at,
    )
