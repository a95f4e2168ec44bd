"""Disaster bulletins: submitted, approved or refused, stopped. Each is one transaction."""

import hashlib
from collections.abc import Callable, Sequence
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from registry.ask import roles_of
from registry.model import Registry, Role
from rules.bulletin import (
    APPROVED_WITHIN,
    BULLETIN_MOVES,
    HAZARD_NAMES,
    REFERRING,
    SAME_WITHIN,
    BulletinForm,
    BulletinKind,
    BulletinRefused,
    BulletinState,
    Content,
    Plan,
)
from rules.outbox import UNSETTLED, DeliveryState
from store import bulletin_mails, notices, outbox
from store.bulletins import bulletin_of as bulletin_of
from store.bulletins import deliveries_of as deliveries_of
from store.bulletins import event_of, standing
from store.bulletins import open_events as open_events
from store.tables import MACHINE, Bulletin, Delivery, Event, Message, MessageKind, Said
from store.waves import CARRIES, advance

_D = DeliveryState

#: Makes the words from a marker; raises `BulletinRefused` where they cannot be made.
Compose = Callable[[str, Event], tuple[Content, Plan]]


def submit(
    session: Session,
    registry: Registry,
    form: BulletinForm,
    compose: Compose,
    *,
    districts: Sequence[str],
    at: datetime,
    cap: tuple[str, str] | None = None,
) -> tuple[Bulletin, bool]:
    """Keep a draft with all that its accounts would say; False where this trigger is known already.

    `districts` are ids of offices, none for the whole city; `cap` is sender and identifier of
    the alert that it came from. Raises `BulletinRefused`.
    """
    if not _is_drill(form.submitted_by, exercise=form.exercise):
        _check_role(registry, form.submitted_by, "올릴")
    digest = _digest(form, cap)
    known, generation = _known(session, digest, at=at)
    if known is not None:
        return known, False
    _check_not_the_same(session, form, districts, at=at)
    event = _event(session, form, at=at)
    marker = _next_marker(session, registry, exercise=form.exercise, at=at)
    content, plan = compose(marker, event)
    event.event_tag, event.report_tag = content.event_tag, content.report_tag
    if plan.refused:
        raise BulletinRefused(*(f"{account}: {why}" for account, why in plan.refused.items()))
    bulletin = Bulletin(
        event=event,
        exercise=form.exercise,
        kind=form.kind,
        marker=marker,
        digest=digest,
        generation=generation,
        texts={language: words.model_dump() for language, words in content.texts.items()},
        areas=dict(content.areas),
        districts=list(districts),
        polygon=form.polygon,
        picture_id=form.picture,
        left_out=dict(plan.left_out),
        expires_at=content.expires_at,
        submitted_by=form.submitted_by.lower(),
        submitted_at=at,
        refers_to=[],
        cap_sender=cap[0] if cap else None,
        cap_identifier=cap[1] if cap else None,
        said=[
            Said(
                account_id=saying.account_id,
                wave=saying.wave,
                way=saying.way,
                part=saying.part,
                language=saying.language,
                text=saying.text,
                direct=saying.direct,
                marker=saying.marker,
                with_picture=saying.with_picture,
            )
            for saying in plan.sayings
        ],
    )
    session.add(bulletin)
    session.flush()
    if bulletin.submitted_by != MACHINE:
        bulletin_mails.ask_for_approval(session, registry, bulletin, at=at)
    return bulletin, True


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
    by_machine = _is_drill(who, exercise=bulletin.exercise) and bulletin.submitted_by == MACHINE
    if not by_machine:
        _check_role(registry, who, "승인할")
    _check_draft(bulletin)
    if is_late(bulletin, at=at):
        raise BulletinRefused("승인할 수 있는 시간이 지났습니다. 다시 올려 주세요.")
    if who.lower() == bulletin.submitted_by and not alone_why.strip():
        raise BulletinRefused("올린 사람은 승인할 수 없습니다. 다른 관리자가 승인해야 합니다.")
    if not bulletin.exercise and typed.strip() != HAZARD_NAMES[bulletin.event.hazard]:
        raise BulletinRefused(
            f"실제 발송을 확인하려면 재난 이름 «{HAZARD_NAMES[bulletin.event.hazard]}»을 그대로 적어 주세요."
        )
    _move(bulletin, BulletinState.APPROVED)
    bulletin.approved_by, bulletin.approved_at = who.lower(), at
    bulletin.alone_why = alone_why.strip() or None
    _open_or_close(bulletin.event, bulletin.kind, at=at)
    if bulletin.alone_why and not by_machine:
        bulletin_mails.tell_of_one_alone(session, registry, bulletin, at=at)
    rows = _enqueue(session, registry, bulletin, _take_place(session, bulletin, at=at), at=at)
    notices.tell_desks(session, registry, bulletin, at=at)
    advance(session, registry, bulletin, at=at)
    return rows


def refuse(
    session: Session, registry: Registry, bulletin: Bulletin, *, who: str, why: str, at: datetime
) -> None:
    """It must not go; who submitted it is told. Raises `BulletinRefused` without a reason, or where it was decided already."""
    _check_role(registry, who, "거절할")
    _check_draft(bulletin)
    if not why.strip():
        raise BulletinRefused("거절하는 이유를 적어 주세요.")
    _move(bulletin, BulletinState.REFUSED)
    bulletin.refused_by, bulletin.refused_at, bulletin.refused_why = who.lower(), at, why.strip()
    bulletin_mails.tell_of_refusal(session, registry, bulletin, at=at)


def is_late(bulletin: Bulletin, *, at: datetime) -> bool:
    """Whether a draft waited too long, or would be sent after its own end."""
    if bulletin.state is not BulletinState.DRAFT:
        return False
    return at - bulletin.submitted_at > APPROVED_WITHIN or bulletin.expires_at <= at


def take_up(bulletin: Bulletin, *, at: datetime) -> None:
    """A run sends it from now on; nobody need start another one."""
    if bulletin.conducted_at is None:
        bulletin.conducted_at = at


def lapse(session: Session, *, at: datetime) -> list[Bulletin]:
    """Drafts that nobody approved in time end here; returns them."""
    drafts = session.scalars(select(Bulletin).where(Bulletin.state == BulletinState.DRAFT))
    late = [bulletin for bulletin in drafts if is_late(bulletin, at=at)]
    for bulletin in late:
        _move(bulletin, BulletinState.LAPSED)
    return late


def stop(session: Session, bulletin: Bulletin, *, who: str, at: datetime) -> int:
    """Nothing more of it goes; returns how many were kept back. What is in flight may be out."""
    bulletin.stopped_by, bulletin.stopped_at = who.lower(), at
    return _drop(session, [bulletin.id], f"stopped by {who.lower()}", at=at)


def resume_replies(event: Event, *, who: str, at: datetime) -> None:
    """Ordinary replies, which wait while a disaster is open, go on."""
    if event.resumed_at is None:
        event.resumed_at, event.resumed_by = at, who.lower()


# --- submitting ---------------------------------------------------------------------------


def _digest(form: BulletinForm, cap: tuple[str, str] | None) -> str:
    asked = form.model_dump_json() + repr(cap)
    return hashlib.sha256(asked.encode()).hexdigest()


def _known(session: Session, digest: str, *, at: datetime) -> tuple[Bulletin | None, int]:
    """The same trigger, while it waits or was approved within a day; and its next number."""
    query = select(Bulletin).where(Bulletin.digest == digest).order_by(Bulletin.generation.desc())
    last = session.scalars(query).first()
    if last is None:
        return None, 1
    waits = last.state is BulletinState.DRAFT and at - last.submitted_at <= APPROVED_WITHIN
    went = last.approved_at is not None and at - last.approved_at <= SAME_WITHIN
    return (last if waits or went else None), last.generation + 1


def _check_not_the_same(
    session: Session, form: BulletinForm, districts: Sequence[str], *, at: datetime
) -> None:
    if form.kind is not BulletinKind.ALERT or form.again:
        return
    query = (
        select(Bulletin)
        .join(Bulletin.event)
        .where(
            Bulletin.exercise == form.exercise,
            Bulletin.kind == BulletinKind.ALERT,
            Bulletin.approved_at > at - SAME_WITHIN,
            Event.hazard == form.hazard,
        )
    )
    same = [b for b in session.scalars(query) if set(b.districts) == set(districts)]
    if same:
        raise BulletinRefused(
            f"같은 재난·지역의 알림 {same[-1].marker}이(가) 24시간 안에 나갔습니다. 그래도 보내려면 "
            f"«24시간 안에…»를 켜고, 이어지는 소식이면 사건 {same[-1].event.number}의 갱신으로 올려 주세요."
        )


def _event(session: Session, form: BulletinForm, *, at: datetime) -> Event:
    if form.kind is BulletinKind.ALERT and not form.event:
        return _new_event(session, form, at=at)
    event = event_of(session, form.event)
    if event is None or event.exercise != form.exercise:
        raise BulletinRefused(
            f"사건 «{form.event}»이(가) 없습니다. 사건 번호와 훈련 여부를 확인해 주세요."
        )
    if event.hazard != form.hazard:
        raise BulletinRefused(f"사건 {event.number}의 재난은 «{HAZARD_NAMES[event.hazard]}»입니다.")
    if event.opened_at is None or event.closed_at is not None:
        raise BulletinRefused(f"사건 {event.number}은(는) 열려 있지 않습니다.")
    return event


def _new_event(session: Session, form: BulletinForm, *, at: datetime) -> Event:
    letter = "X" if form.exercise else "D"
    prefix = f"{letter}{at:%Y}-"
    numbers = session.scalars(select(Event.number).where(Event.number.startswith(prefix)))
    last = max((int(number.removeprefix(prefix)) for number in numbers), default=0)
    event = Event(
        number=f"{prefix}{last + 1}",
        exercise=form.exercise,
        hazard=form.hazard,
        event_tag=form.event_tag,
        report_tag=form.report_tag,
    )
    session.add(event)
    session.flush()
    return event


def _next_marker(session: Session, registry: Registry, *, exercise: bool, at: datetime) -> str:
    """`[서울 재난 2026-12-3]`: the third of that month, in the city's zone; `훈련` for exercises."""
    month = at.astimezone(registry.city.zone)
    prefix = f"[{registry.city.called} {'훈련' if exercise else '재난'} {month:%Y-%m}-"
    markers = session.scalars(select(Bulletin.marker).where(Bulletin.marker.startswith(prefix)))
    last = max((int(m.removeprefix(prefix).rstrip("]")) for m in markers), default=0)
    return f"{prefix}{last + 1}]"


# --- approving ----------------------------------------------------------------------------


def _is_drill(who: str, *, exercise: bool) -> bool:
    """Whether it is the monthly exercise: the machine alone has no role, and no way to be real."""
    return exercise and who == MACHINE


def _check_role(registry: Registry, who: str, may: str) -> None:
    if Role.ADMINISTRATOR not in roles_of(registry, who):
        raise BulletinRefused(
            f"{who or '이름 없는 사람'}: 재난 메시지를 {may} 수 있는 관리자가 아닙니다."
        )


def _check_draft(bulletin: Bulletin) -> None:
    if bulletin.state is not BulletinState.DRAFT:
        raise BulletinRefused("이미 처리된 메시지입니다.")


def _move(bulletin: Bulletin, to: BulletinState) -> None:
    assert to in BULLETIN_MOVES[bulletin.state], (bulletin.state, to)  # noqa: S101 -- asked before
    bulletin.state = to


def _open_or_close(event: Event, kind: BulletinKind, *, at: datetime) -> None:
    if event.opened_at is None:
        event.opened_at = at
    if kind is BulletinKind.ALL_CLEAR:
        event.closed_at = at


def _take_place(
    session: Session, bulletin: Bulletin, *, at: datetime
) -> dict[str, Delivery] | None:
    """Supersede the event's older bulletins; which accounts carry one, and by which delivery.

    None for a first alert: it goes to everybody.
    """
    if bulletin.kind not in REFERRING:
        return None
    bulletin.refers_to = [
        elder.id for elder in standing(session, bulletin.event_id, at=at) if elder.id != bulletin.id
    ]
    query = select(Bulletin.id).where(
        Bulletin.event_id == bulletin.event_id,
        Bulletin.state == BulletinState.APPROVED,
        Bulletin.id != bulletin.id,
    )
    elders = list(session.scalars(query))
    session.execute(
        update(Bulletin)
        .where(Bulletin.id.in_(elders), Bulletin.superseded_by_id.is_(None))
        .values(superseded_by_id=bulletin.id)
    )
    _drop(session, elders, f"superseded by {bulletin.marker}", at=at)
    carried = (
        select(Delivery)
        .join(Message)
        .where(Message.bulletin_id.in_(elders), Delivery.part == 1, Delivery.state.in_(CARRIES))
        .order_by(Delivery.id)
    )
    return {delivery.account_id: delivery for delivery in session.scalars(carried)}


def _drop(session: Session, bulletins: Sequence[int], why: str, *, at: datetime) -> int:
    """What is not out of these must not go any more; returns how many provably will not."""
    of_these = select(Message.id).where(Message.bulletin_id.in_(bulletins))
    session.execute(
        update(Delivery)
        .where(
            Delivery.message_id.in_(of_these),
            Delivery.state.in_([_D.QUEUED, *sorted(UNSETTLED)]),
            Delivery.dropped.is_(None),
        )
        .values(dropped=why)
    )
    return outbox.cancel_dropped(session, at=at)


def _enqueue(
    session: Session,
    registry: Registry,
    bulletin: Bulletin,
    carriers: dict[str, Delivery] | None,
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
    rows = []
    for said in bulletin.said:
        account = registry.accounts.get(said.account_id)
        if (
            account is None
            or not account.active
            or (carriers is not None and said.account_id not in carriers)
        ):
            continue
        elder = carriers.get(said.account_id) if carriers else None
        rows.append(
            Delivery(
                account_id=said.account_id,
                message_id=message.id,
                exercise=bulletin.exercise,
                part=said.part,
                text=said.direct,
                photo_id=bulletin.picture_id if said.with_picture else None,
                marker=said.marker,
                key=f"haechi-{bulletin.event.public_id}-{bulletin.id}-{said.account_id}-{said.part}",
                queued_at=at,
                not_before=at,
                wave=said.wave,
                way=said.way,
                language=said.language,
                held=True,
                after_id=elder.id if elder is not None else None,
                expires_at=bulletin.expires_at,
            )
        )
    session.add_all(rows)
    session.flush()
    return rows
