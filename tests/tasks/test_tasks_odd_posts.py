"""Whatever a citizen posts goes all the way: a case, a mail, an answer, a public page, a ledger."""

import io
from collections.abc import Callable
from functools import cache

import pytest
from fastapi.testclient import TestClient
from openpyxl import load_workbook
from PIL import Image
from sqlalchemy import select

from center.app import create_app
from practice.mailbox import Mailbox
from practice.testing import PracticeServer
from rules.case import Status
from store.tables import Case, Photo, PhotoState
from tasks.assign import tell
from tasks.book.making import make_ledger
from tasks.classify import classify
from tasks.deliver import deliver
from tasks.mail import mail
from tasks.open_cases import open_cases
from tasks.photos import fetch_photos
from tasks.reading import read
from tasks.reply import close
from tasks.workplace import Workplace
from tests.builders import CASEWORKER, COMMS, MANAGER
from tests.tasks.citizen import picture, write

TEXTS = {
    "40,000 characters": "신호등이 꺼졌어요 " * 4_000,
    "NUL": "신호등이\x00 꺼졌어요\x07",
    "a right-to-left override": "신호등이 \u202egpj.exe\u202c 꺼졌어요\u2066",
    "a script": "<script>alert(1)</script><img src=x onerror=alert(2)>",
    "a formula": '=HYPERLINK("http://evil.example","신호등")',
    "an error value": "#REF!",
    "a file's path": "/etc/hostname",
    "a header's line break": "신호등\r\nBcc: t@evil.example\r\n\r\n=?UTF-8?Q?=0ABcc:_t@evil.example?=",
    "an emoji": "🚦",
    "a template": "{{ 7 * 7 }}{% for x in range(9) %}{{ x }}{% endfor %}",
}


@cache
def huge() -> bytes:
    """A small file that would unpack to 30,000 × 30,000 points."""
    out = io.BytesIO()
    Image.new("1", (30_000, 30_000)).save(out, "PNG", compress_level=1)
    return out.getvalue()


PHOTOS: dict[str, tuple[Callable[[], bytes], PhotoState]] = {
    "no text but a photo": (picture, PhotoState.KEPT),
    "a broken photo": (lambda: picture()[:400], PhotoState.REFUSED),
    "a 30,000 × 30,000 photo": (huge, PhotoState.REFUSED),
    "a photo that is none": (lambda: b"<svg onload=alert(1)>", PhotoState.REFUSED),
}


def whole_way(place: Workplace) -> Case:
    """From the network to the answer, as the flows and the people do it."""
    read(place)
    fetch_photos(place)
    open_cases(place)
    classify(place)
    with place.store.write() as session:
        case = session.scalars(select(Case)).one()
        assert case.status in (Status.TRIAGE, Status.DISMISSED)
        place.desk(session, who=COMMS).route(case, "traffic")
        place.desk(session, who=MANAGER).designate(case, CASEWORKER)
    tell(place)
    with place.store.write() as session:
        case = session.scalars(select(Case)).one()
        place.desk(session, who=CASEWORKER).answer(case, "고쳤습니다.", body="고쳤습니다.", more="")
    deliver(place)
    close(place)
    mail(place)
    return case


def is_told_everywhere(
    place: Workplace, case: Case, mailbox: Mailbox, network: PracticeServer
) -> None:
    """Nothing was lost on the way, and nothing that was written did what it says."""
    with place.store.read() as session:
        assert session.get_one(Case, case.id).status is Status.REPLIED
    assert any("고쳤습니다" in text and case.number in text for text in network.texts("x_seoul"))
    for person in (MANAGER, CASEWORKER):
        (letter,) = mailbox.messages(person)
        assert case.number in str(letter["Subject"])
        assert letter["Bcc"] is None
        assert {part.get_content_type() for part in letter.walk()} <= {
            "multipart/mixed",
            "multipart/alternative",
            "multipart/related",
            "text/plain",
            "text/html",
            "image/jpeg",
        }
    app = create_app(place.settings, place.store, ask_run=print, clock=place.now)
    page = TestClient(app).get(f"/c/{case.public_id}")
    assert page.status_code == 200
    assert "<script>alert" not in page.text
    assert "<img src=x" not in page.text
    made = make_ledger(place, f"{place.calendar.local(case.received_at):%Y-%m}", say=lambda _: None)
    book = load_workbook(made.path, read_only=True)
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert any(cell.value == case.number for cell in cells)
    assert not [cell for cell in cells if cell.data_type in ("f", "e")]


@pytest.mark.parametrize("what", TEXTS)
def test_an_odd_text_is_answered_like_any_other(
    place: Workplace, network: PracticeServer, mailbox: Mailbox, what: str
) -> None:
    write(network, "jiwoo", f"@x_seoul {TEXTS[what]}", limit=100_000)
    is_told_everywhere(place, whole_way(place), mailbox, network)


@pytest.mark.parametrize("what", PHOTOS)
def test_an_odd_photo_holds_up_no_answer(
    place: Workplace, network: PracticeServer, mailbox: Mailbox, what: str
) -> None:
    made, state = PHOTOS[what]
    if state is PhotoState.REFUSED:
        network.fault("jiwoo", unchecked_media=True)
    write(network, "jiwoo", "@x_seoul", photo=made(), alt="꺼진 신호등")
    case = whole_way(place)
    is_told_everywhere(place, case, mailbox, network)
    with place.store.read() as session:
        assert session.scalars(select(Photo.state)).one() is state
    (letter,) = mailbox.messages(MANAGER)
    body = letter.get_body(("plain",))
    assert body is not None
    told = "1장" if state is PhotoState.KEPT else "받지 못한 사진 1장"
    assert told in body.get_content()
