"""From a form to a draft that waits for its approval: checked, worded, fitted and kept."""

import secrets
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from registry.model import Registry
from rules.bulletin import (
    HAZARD_NAMES,
    REFERRING,
    BulletinForm,
    BulletinRefused,
    BulletinState,
    Content,
    Language,
    Plan,
)
from rules.bulletin_area import named_districts
from rules.compose import Template, compose
from rules.relay import plan
from store.bulletins import event_of
from store.submitting import submit
from store.tables import Bulletin, Event, Photo, PhotoState

#: Draws the picture for networks that want one, as PNG and what it says to those who cannot see
#: it; raises `ValueError` where it cannot.
DrawCard = Callable[..., tuple[bytes, str]]

_NO_ADDRESS = (
    "시민에게 알릴 센터 주소가 정해져 있지 않아 재난 메시지를 만들지 않았습니다. "
    "HAECHI_CENTER_URL에 시민이 열 수 있는 주소를 적고 다시 시작해 주세요."
)

_DRAFTING = 4_243  # an advisory lock, ours alone


def draft(
    session: Session,
    registry: Registry,
    form: BulletinForm,
    *,
    words: Template,
    card: DrawCard,
    media: Path,
    center: str,
    at: datetime,
    cap: tuple[str, str] | None = None,
) -> tuple[Bulletin, bool]:
    """Keep what the form asks for as a draft; False where this very trigger is known already.

    `words` and `card` are `bulletin_words` and `described_card` of `templates/`; `media` is where pictures lie, `center` the
    address of the pages, empty where there is none that citizens can open. Raises
    `BulletinRefused` with everything that is wrong, nothing kept.
    """
    if not center:
        raise BulletinRefused(_NO_ADDRESS)
    _draft_alone(session)
    form = _where_it_was(session, form)
    picture = _own_picture(session, form)
    drawn: list[tuple[bytes, str]] = []

    def composed(marker: str, event: Event) -> tuple[Content, Plan]:
        content = compose(
            form,
            registry,
            marker=marker,
            template=words,
            page=f"{center}/disaster/{event.public_id}",
            at=at,
            event_tag=event.event_tag,
            report_tag=event.report_tag,
            alt=picture.alt if picture else "",
        )
        planned = plan(content, registry)
        if picture is None:
            try:
                drawn.append(_card(card, content))
            except ValueError as error:
                planned = _without_picture(planned, content, registry, str(error))
        return content, planned

    offices, _ = named_districts(form, registry)
    bulletin, new = submit(
        session,
        registry,
        form,
        composed,
        districts=[office.id for office in offices],
        at=at,
        cap=cap,
    )
    if new and drawn:
        png, alt = drawn[0]
        bulletin.picture_id = _keep(session, png, alt, media).id
    return bulletin, new


def _draft_alone(session: Session) -> None:
    """Let nobody else draft until this transaction ends; SQLite has one writer anyway.

    Two at the same moment would take the same marker, and the same trigger for a new one.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(_DRAFTING)))


def _where_it_was(session: Session, form: BulletinForm) -> BulletinForm:
    """A follow-up that says nothing of an area holds where its event's last message held.

    `districts: []`, said, is the whole city; what a page or a CAP alert asks for always says it.
    """
    if form.kind not in REFERRING or {"districts", "polygon"} & form.model_fields_set:
        return form
    event = event_of(session, form.event)
    sent = [b for b in event.bulletins if b.state is BulletinState.APPROVED] if event else []
    if not sent:
        return form
    return form.model_copy(
        update={"districts": list(sent[-1].districts), "polygon": sent[-1].polygon}
    )


def _own_picture(session: Session, form: BulletinForm) -> Photo | None:
    if form.picture is None:
        return None
    found = session.get(Photo, form.picture)
    if found is None or found.post_id is not None or found.state is not PhotoState.KEPT:
        raise BulletinRefused(f"그림 {form.picture}번이 없습니다. 그림을 다시 올려 주세요.")
    if not found.alt.strip():
        raise BulletinRefused("그림을 볼 수 없는 분을 위해 그림 설명을 적어 주세요.")
    return found


def _card(card: DrawCard, content: Content) -> tuple[bytes, str]:
    return card(
        city=content.city,
        hazard_name=HAZARD_NAMES[content.hazard],
        act_now=content.texts[Language.KO].act_now,
        marker=content.marker,
        exercise=content.exercise,
        kind=content.kind,
    )


def _without_picture(planned: Plan, content: Content, registry: Registry, why: str) -> Plan:
    """No picture can be drawn: what needs none goes all the same."""
    bare = plan(replace(content, has_picture=False), registry)
    without = {account: why for account in bare.refused if account not in planned.refused}
    return replace(
        planned,
        sayings=tuple(
            replace(saying, with_picture=False)
            for saying in planned.sayings
            if saying.account_id not in without
        ),
        left_out=dict.fromkeys(without, f"안내 그림을 만들지 못했습니다: {why}"),
    )


def _keep(session: Session, png: bytes, alt: str, media: Path) -> Photo:
    name = f"bulletins/{secrets.token_hex(16)}.png"
    path = media / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(png)
    photo = Photo(
        state=PhotoState.KEPT,
        remote_url="",
        alt=alt,
        file=name,
        mime="image/png",
        width=None,
        height=None,
    )
    session.add(photo)
    session.flush()
    return photo
