"""What becomes of a bulletin, but for its approval: refused, lapsed, taken up, stopped.

How it is submitted is in `submitting`, how it is let go in `approving`; each act is one transaction.
"""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from registry.ask import roles_of
from registry.model import Registry, Role
from rules.bulletin import APPROVED_WITHIN, BULLETIN_MOVES, BulletinRefused, BulletinState
from store import bulletin_mails, desk_mails, outbox
from store.registry import load
from store.tables import MACHINE, Bulletin, Delivery, Event, Message


def refuse(
    session: Session, registry: Registry, bulletin: Bulletin, *, who: str, why: str, at: datetime
) -> None:
    """It must not go; who submitted it is told. Raises `BulletinRefused` without a reason, or where it was decided already."""
    check_administrator(registry, who, "거절할")
    check_draft(bulletin)
    if not why.strip():
        raise BulletinRefused("거절하는 이유를 적어 주세요.")
    move(bulletin, BulletinState.REFUSED)
    bulletin.refused_by, bulletin.refused_at, bulletin.refused_why = who.lower(), at, why.strip()
    bulletin_mails.tell_of_refusal(session, registry, bulletin, at=at)


def is_late(bulletin: Bulletin, *, at: datetime) -> bool:
    """Whether a draft waited too long, or would be sent after its own end."""
    if bulletin.state is not BulletinState.DRAFT:
        return False
    return at - bulletin.submitted_at > APPROVED_WITHIN or bulletin.expires_at <= at


def lapse(session: Session, *, at: datetime) -> list[Bulletin]:
    """Drafts that nobody approved in time end here; returns them."""
    drafts = session.scalars(select(Bulletin).where(Bulletin.state == BulletinState.DRAFT))
    late = [bulletin for bulletin in drafts if is_late(bulletin, at=at)]
    for bulletin in late:
        move(bulletin, BulletinState.LAPSED)
    return late


def take_up(bulletin: Bulletin, *, at: datetime) -> None:
    """A run sends it from now on; nobody need start another one."""
    if bulletin.conducted_at is None:
        bulletin.conducted_at = at


def stop(session: Session, bulletin: Bulletin, *, who: str, at: datetime) -> int:
    """Nothing more of it goes; returns how many deliveries were kept back.

    What is in flight may be out, and is settled by reading. The desks that were told hear of it.
    """
    bulletin.stopped_by, bulletin.stopped_at = who.lower(), at
    its = Delivery.message_id.in_(select(Message.id).where(Message.bulletin_id == bulletin.id))
    kept = outbox.drop(session, its, f"stopped by {who.lower()}", at=at)
    desk_mails.tell_of_stop(session, load(session), bulletin, at=at)
    return kept


def resume_replies(event: Event, *, who: str, at: datetime) -> None:
    """Ordinary replies, which wait while a disaster is open, go on."""
    if event.resumed_at is None:
        event.resumed_at, event.resumed_by = at, who.lower()


# --- who may decide, and what is left to decide -------------------------------------------


def is_drill(who: str, *, exercise: bool) -> bool:
    """Whether it is the monthly exercise: the machine alone has no role, and no way to be real."""
    return exercise and who == MACHINE


def check_administrator(registry: Registry, who: str, may: str) -> None:
    """Raise `BulletinRefused` for anybody else; `may` is the act in Korean, such as `거절할`."""
    if Role.ADMINISTRATOR not in roles_of(registry, who):
        raise BulletinRefused(
            f"{who or '이름 없는 사람'}: 재난 메시지를 {may} 수 있는 관리자가 아닙니다."
        )


def check_draft(bulletin: Bulletin) -> None:
    """Raise `BulletinRefused` where it was decided already."""
    if bulletin.state is not BulletinState.DRAFT:
        raise BulletinRefused("이미 처리된 메시지입니다.")


def move(bulletin: Bulletin, to: BulletinState) -> None:
    """The only way a bulletin's state changes."""
    assert to in BULLETIN_MOVES[bulletin.state], (bulletin.state, to)  # noqa: S101 -- asked before
    bulletin.state = to
