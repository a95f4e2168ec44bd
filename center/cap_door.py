"""An alert from outside becomes a draft that two people look at as at any other."""

from typing import Annotated

from fastapi import APIRouter, BackgroundTasks, Header, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse
from sqlalchemy.orm import Session

from cap.check import accept
from cap.inward import Standing, draft_of
from cap.model import Alert, CapRefused, Fault
from cap.references import references
from cap.write import fingerprint
from center.acting import Refused, ask
from center.bulletin_cap import ours
from center.center import Center
from center.deciding import keeping
from center.guard import CenterHere
from center.limits import TooLarge
from registry.ask import roles_of
from registry.model import Role
from store.disasters import from_cap
from store.drafting import draft
from store.registry import load
from store.tables import Bulletin
from templates.bulletin_words import bulletin_words
from templates.card import described_card

router = APIRouter()

#: What each refusal of the store is to a program; anything else is about the alert itself.
_CODES = {"busy": 503, "full": 503, "decided": 409}
_SAID = {
    "busy": "시스템이 잠시 바쁩니다. 잠시 뒤 다시 보내 주세요.",
    "full": "저장 공간이 부족합니다. 시스템 관리자에게 알려 주세요.",
    "decided": "같은 경보를 지금 다른 요청이 처리하고 있습니다. 잠시 뒤 다시 보내 주세요.",
}


@router.post("/cap")
async def cap_in(
    request: Request,
    center: CenterHere,
    later: BackgroundTasks,
    x_haechi_submitter: Annotated[str, Header()] = "",
) -> JSONResponse:
    """Take an alert in: 201 for a new draft, 200 for one that is known; else every fault.

    `X-Haechi-Submitter` is the administrator's address in whose name it is submitted.
    """
    try:
        data = await request.body()
    except TooLarge:
        return _faults(413, [Fault("", "size", "1 MB보다 큰 파일은 받지 않습니다.")])
    return await run_in_threadpool(_take, center, later, x_haechi_submitter.strip(), data)


def _take(center: Center, later: BackgroundTasks, submitter: str, data: bytes) -> JSONResponse:
    if Role.ADMINISTRATOR not in roles_of(center.registry(), submitter):
        said = "X-Haechi-Submitter 헤더에 재난 메시지를 올릴 관리자의 메일 주소를 적어 주세요."
        return _faults(403, [Fault("", "submitter", said)])
    try:
        alert = accept(data, at=center.clock())
        with keeping(center) as session:
            known = from_cap(session, alert.sender, alert.identifier)
            bulletin, notes = (known, ()) if known else _draft(session, center, submitter, alert)
            if bulletin.cap_fingerprint != fingerprint(alert):
                return _faults(409, [_other_content(alert)])
            answer = _told(center, bulletin, notes)
    except CapRefused as refused:
        return _faults(422, list(refused.whys))
    except Refused as refused:
        return _refused(refused)
    if known is None:
        later.add_task(ask, center, "take-up", {"bulletin": bulletin.id})
    return JSONResponse(answer, status_code=200 if known else 201)


def _draft(
    session: Session, center: Center, submitter: str, alert: Alert
) -> tuple[Bulletin, tuple[str, ...]]:
    registry = load(session)
    asked = draft_of(
        alert,
        registry,
        submitted_by=submitter.lower(),
        at=center.clock(),
        standing=_standing(session, center, alert),
    )
    bulletin, _ = draft(
        session,
        registry,
        asked.form,
        words=bulletin_words,
        card=described_card,
        media=center.settings.media,
        center=center.settings.public_center,
        at=center.clock(),
        cap=(alert.sender, alert.identifier),
    )
    bulletin.cap_fingerprint = asked.fingerprint
    return bulletin, asked.notes


def _standing(session: Session, center: Center, alert: Alert) -> Standing | None:
    """The one event that the alert refers to, by others' messages that we took in or by our own."""
    found = [
        bulletin
        for one in references(alert)
        if (
            bulletin := from_cap(session, one.sender, one.identifier)
            or ours(session, center.settings, one.sender, one.identifier)
        )
    ]
    events = {bulletin.event_id: bulletin for bulletin in found}
    if len(events) > 1:
        said = "서로 다른 사건의 메시지를 함께 가리킵니다. 한 사건의 메시지만 가리켜 주세요."
        raise CapRefused((Fault("alert/references", "one_event", said),))
    if not found:
        return None
    last = found[-1]
    return Standing(
        number=last.event.number,
        hazard=last.event.hazard,
        exercise=last.exercise,
        districts=last.districts,
    )


def _told(center: Center, bulletin: Bulletin, notes: tuple[str, ...]) -> dict[str, object]:
    return {
        "bulletin": bulletin.id,
        "marker": bulletin.marker,
        "state": bulletin.state.value,
        "page": f"{center.settings.center}/broadcast/{bulletin.id}",
        "notes": list(notes),
    }


def _other_content(alert: Alert) -> Fault:
    said = f"‘{alert.identifier}’은(는) 다른 내용으로 이미 받은 경보입니다. 새 번호로 보내 주세요."
    return Fault("alert/identifier", "identifier_once", said)


def _refused(refused: Refused) -> JSONResponse:
    lines = refused.said.split("\n") if refused.key == "refused" else [_SAID[refused.key]]
    faults = [Fault("", refused.key, line) for line in lines]
    return _faults(_CODES.get(refused.key, 422), faults)


def _faults(code: int, faults: list[Fault]) -> JSONResponse:
    told = [{"element": one.element, "rule": one.rule, "said": one.said} for one in faults]
    return JSONResponse({"faults": told}, status_code=code)
