"""Photos are fetched, told where they were taken, and kept without it; nothing is left behind."""

import io
import os
import struct
import time
import zlib
from datetime import timedelta
from pathlib import Path

import pytest
from PIL import Image
from sqlalchemy import select

from practice.testing import PracticeServer
from registry.model import Account, Registry
from store import registry as registry_store
from store.engine import Store, StoreBusy
from store.tables import Case, Photo, PhotoState, Post
from tasks.open_cases import open_cases
from tasks.photos import GIVEN_UP_AFTER, GIVEN_UP_TRIES, fetch_photos, sweep
from tasks.reading import read
from tasks.withdraw import notice_withdrawn
from tasks.workplace import Workplace
from tests import builders
from tests.builders import NOW, Clock, small_registry
from tests.tasks.citizen import CITY_HALL, delete, picture, write
from tests.tasks.conftest import Settle


def photo(place: Workplace) -> Photo:
    with place.store.read() as session:
        return session.scalars(select(Photo)).one()


def files(place: Workplace) -> list[Path]:
    return sorted(place.settings.media.glob("*"))


def test_a_photos_place_is_read_and_then_nowhere_in_its_file(
    place: Workplace, network: PracticeServer
) -> None:
    write(network, "jiwoo", "@x_seoul 여기요", photo=picture(at=CITY_HALL), alt="꺼진 신호등")
    read(place)
    assert fetch_photos(place) == 1
    open_cases(place)
    kept = photo(place)
    assert (kept.state, kept.alt) == (PhotoState.KEPT, "꺼진 신호등")
    (file,) = files(place)
    assert file.name == kept.file
    assert not dict(Image.open(file).getexif())
    with place.store.read() as session:
        case = session.scalars(select(Case)).one()
    assert (case.lat, case.lon) == pytest.approx(CITY_HALL, abs=0.001)


def test_a_post_of_a_photo_alone_is_a_case(place: Workplace, network: PracticeServer) -> None:
    write(network, "jiwoo", "@x_seoul", photo=picture())
    read(place)
    assert fetch_photos(place) == 1
    assert open_cases(place) == 1


def bomb() -> bytes:
    """A PNG of 30,000 × 30,000 points in a few hundred bytes."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        checked = kind + data
        return struct.pack(">I", len(data)) + checked + struct.pack(">I", zlib.crc32(checked))

    header = struct.pack(">IIBBBBB", 30_000, 30_000, 8, 0, 0, 0, 0)
    body = zlib.compress(b"\0" * 100_000)
    signature = b"\x89PNG\r\n\x1a\n"
    return signature + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("raw", "why"), [(b"not a picture", "not a JPEG"), (bomb(), "too many pixels")]
)
def test_a_photo_that_is_none_is_refused_with_a_reason_and_its_post_goes_on(
    place: Workplace, network: PracticeServer, raw: bytes, why: str
) -> None:
    network.fault("jiwoo", unchecked_media=True)
    write(network, "jiwoo", "@x_seoul 사진 좀 보세요", photo=raw)
    read(place)
    assert fetch_photos(place) == 0
    assert open_cases(place) == 1
    assert photo(place).state is PhotoState.REFUSED
    assert why in photo(place).cause
    assert files(place) == []


def pending(place: Workplace, url: str, **more: str) -> None:
    with place.store.write() as session:
        builders.post(session, photos=((url, ""),), created_at=place.now(), **more)


def test_an_address_elsewhere_is_never_fetched(place: Workplace, network: PracticeServer) -> None:
    pending(place, "http://169.254.169.254/latest/meta-data")
    assert fetch_photos(place) == 0
    assert photo(place).state is PhotoState.REFUSED
    assert "media host" in photo(place).cause


def test_a_media_host_that_is_down_for_hours_loses_no_photo(at_work: Settle, clock: Clock) -> None:
    place = at_work(now=clock)
    pending(place, f"{place.settings.practice}/media/1.jpg")
    for _ in range(GIVEN_UP_TRIES + 5):
        clock.pass_(minutes=10)
        fetch_photos(place)
    assert photo(place).state is PhotoState.PENDING
    assert photo(place).cause
    clock.moment = NOW + GIVEN_UP_AFTER + timedelta(hours=1)
    fetch_photos(place)
    assert photo(place).state is PhotoState.REFUSED


def test_photos_of_a_retired_account_do_not_keep_others_waiting(
    place: Workplace, network: PracticeServer
) -> None:
    pending(place, f"{network.url}/media/gone.jpg", account_id="x_traffic")
    left: Registry = small_registry()
    accounts = {id_: one for id_, one in left.accounts.items() if id_ != "x_traffic"}
    with place.store.write() as session:
        registry_store.apply(session, small_registry_with(accounts), at=NOW)
    assert fetch_photos(place) == 0
    assert photo(place).state is PhotoState.REFUSED
    assert "retired" in photo(place).cause


def small_registry_with(accounts: dict[str, Account]) -> Registry:
    from dataclasses import replace

    return replace(small_registry(), accounts=accounts)


def test_a_failed_transaction_leaves_no_file(
    place: Workplace, at_work: Settle, network: PracticeServer
) -> None:
    write(network, "jiwoo", "@x_seoul 여기요", photo=picture())
    read(place)
    locked = at_work(network, of_store=Store(place.store.url, busy_timeout=0.1))
    with place.store.write() as session:
        session.execute(select(Photo).with_for_update()).all()
        with pytest.raises(StoreBusy, match="next run"):
            fetch_photos(locked)
    assert files(place) == []
    assert fetch_photos(place) == 1
    assert len(files(place)) == 1


def test_a_photo_deleted_while_it_was_fetched_is_not_kept(
    place: Workplace, network: PracticeServer
) -> None:
    status = write(network, "jiwoo", "@x_seoul 여기요", photo=picture())
    read(place)
    fetch_photos(place)
    delete(network, "jiwoo", status)
    assert notice_withdrawn(place) == 1
    assert photo(place).state is PhotoState.ERASED
    assert files(place) == []
    assert fetch_photos(place) == 0


def test_files_that_no_row_names_are_swept_once_they_are_old(place: Workplace) -> None:
    folder = place.settings.media
    folder.mkdir(parents=True)
    old, new, other = ("a" * 32 + ".jpg", "b" * 32 + ".png", "notes.txt")
    for name in (old, new, other):
        (folder / name).write_bytes(b"x")
    long_ago = time.time() - 7_200
    for name in (old, other):
        os.utime(folder / name, (long_ago, long_ago))
    assert sweep(place) == 1
    assert {file.name for file in files(place)} == {new, other}


def test_a_kept_photo_is_never_swept(place: Workplace, network: PracticeServer) -> None:
    write(network, "jiwoo", "@x_seoul 여기요", photo=picture())
    read(place)
    fetch_photos(place)
    (file,) = files(place)
    os.utime(file, (0, 0))
    assert sweep(place) == 0
    assert Image.open(io.BytesIO(file.read_bytes())).size == (320, 240)


def test_a_full_disk_says_so_and_the_next_run_fetches_the_photo(
    place: Workplace, network: PracticeServer
) -> None:
    write(network, "jiwoo", "@x_seoul 여기요", photo=picture())
    read(place)
    place.settings.media.parent.mkdir(exist_ok=True)
    place.settings.media.write_bytes(b"a file where the folder should be")
    with pytest.raises(OSError, match="media"):
        fetch_photos(place)
    assert photo(place).state is PhotoState.PENDING
    place.settings.media.unlink()
    assert fetch_photos(place) == 1
    with place.store.read() as session:
        assert session.scalars(select(Post)).one().text
