"""An upload that was never sent is forgotten after a day; what was sent, or is new, stays."""

import os
from datetime import timedelta
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from store.case_page import add_upload
from store.engine import Store
from store.photos_left import LEFT_AFTER, clear_uploads
from store.tables import Answer, Case, Photo
from tests.builders import CASEWORKER, NOW, assigned_case, delivery, desk

LONG_AGO = LEFT_AFTER + timedelta(minutes=1)


def file(media: Path, name: str, *, age: timedelta = LONG_AGO) -> Path:
    path = media / "answers" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"picture")
    saved = (NOW - age).timestamp()
    os.utime(path, (saved, saved))
    return path


def upload(session: Session, case: Case, name: str) -> Photo:
    return add_upload(
        session, case, file=f"answers/{name}", mime="image/jpeg", size=(1, 1), alt="등"
    )


def names(store: Store) -> set[str | None]:
    with store.read() as session:
        return set(session.scalars(select(Photo.file)))


def test_an_upload_that_nothing_names_goes_with_its_row_after_a_day(
    store: Store, tmp_path: Path
) -> None:
    old, new = file(tmp_path, "old.jpg"), file(tmp_path, "new.jpg", age=timedelta(hours=23))
    with store.write() as session:
        case = assigned_case(session)
        upload(session, case, "old.jpg")
        upload(session, case, "new.jpg")
    assert clear_uploads(store, tmp_path, at=NOW) == 1
    assert names(store) == {"answers/new.jpg"}
    assert not old.exists()
    assert new.exists()


def test_what_an_answer_or_a_delivery_names_stays_however_old(store: Store, tmp_path: Path) -> None:
    files = [file(tmp_path, name) for name in ("sent.jpg", "review.jpg", "alone.jpg")]
    with store.write() as session:
        case = assigned_case(session)
        photos = [upload(session, case, path.name) for path in files]
        writer = desk(session, who=CASEWORKER)
        writer.answer(case, "고쳤습니다", body="고쳤습니다", more="…", photo_id=photos[0].id)
        waiting = assigned_case(session, office_id="road")
        review = Answer(
            case_id=waiting.id, text="초안", photo_id=photos[1].id, written_by="w", written_at=NOW
        )
        session.add(review)
        delivery(session, photo_id=photos[2].id)
    assert clear_uploads(store, tmp_path, at=NOW) == 0
    assert len(names(store)) == 3
    assert all(path.exists() for path in files)


def test_a_file_without_a_row_goes_and_other_folders_are_left_alone(
    store: Store, tmp_path: Path
) -> None:
    left = file(tmp_path, "half.part")
    citizens = file(tmp_path, "../citizen.jpg")
    assert clear_uploads(store, tmp_path, at=NOW) == 1
    assert not left.exists()
    assert citizens.exists()


def test_where_nothing_was_ever_uploaded_there_is_nothing_to_do(
    store: Store, tmp_path: Path
) -> None:
    assert clear_uploads(store, tmp_path, at=NOW) == 0
