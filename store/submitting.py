"""Bulletins that are submitted: known already or new, numbered, worded, and kept as drafts."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from registry.model import Registry
from rules.bulletin import (
    APPROVED_WITHIN,
    HAZARD_NAMES,
    SAME_WITHIN,
    BulletinForm,
    BulletinKind,
    BulletinRefused,
    BulletinState,
    Content,
    Plan,
)
from store import bulletin_mails
from store.broadcast import check_administrator, is_drill
from store.bulletins import alerts_like, event_of
from store.tables import MACHINE, Bulletin, Event, Said

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
    if not is_drill(form.submitted_by, exercise=form.exercise):
        check_administrator(registry, form.submitted_by, "올릴")
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
    bulletin = _draft(form, content, plan)
    bulletin.event, bulletin.districts = event, list(districts)
    bulletin.digest, bulletin.generation, bulletin.submitted_at = digest, generation, at
    bulletin.cap_sender, bulletin.cap_identifier = cap or (None, None)
    session.add(bulletin)
    session.flush()
    if bulletin.submitted_by != MACHINE:
        bulletin_mails.ask_for_approval(session, registry, bulletin, at=at)
    return bulletin, True


def _draft(form: BulletinForm, content: Content, plan: Plan) -> Bulletin:
    """The words, frozen."""
    return Bulletin(
        exercise=form.exercise,
        kind=form.kind,
        marker=content.marker,
        texts={language: words.model_dump() for language, words in content.texts.items()},
        areas=dict(content.areas),
        polygon=form.polygon,
        picture_id=form.picture,
        left_out=dict(plan.left_out),
        expires_at=content.expires_at,
        submitted_by=form.submitted_by.lower(),
        refers_to=[],
        said=[Said(**asdict(saying)) for saying in plan.sayings],
    )


# --- the same trigger twice ---------------------------------------------------------------


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
    same = alerts_like(
        session, exercise=form.exercise, hazard=form.hazard, districts=districts, at=at
    )
    if same:
        raise BulletinRefused(
            f"같은 재난·지역의 알림 {same[-1].marker}이(가) 24시간 안에 나갔습니다. 그래도 보내려면 "
            f"«24시간 안에…»를 켜고, 이어지는 소식이면 사건 {same[-1].event.number}의 갱신으로 올려 주세요."
        )


# --- its event, and its number ------------------------------------------------------------


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
