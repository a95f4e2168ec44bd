"""Photos that citizens sent: fetched from the network's own media host, kept without metadata."""

import contextlib
import re
import secrets
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from channels.base import ChannelBusy, ChannelError, RemotePhoto
from channels.photo import PhotoRefused, SavedPhoto, resave
from registry.model import Account
from store.tables import Case, Photo, PhotoState, Post
from tasks.side_by_side import side_by_side
from tasks.workplace import Workplace

THREADS = 8
BATCH = 200

#: Seconds that a run waits for photos; cases are not held up by a slow media host.
PATIENCE = 15.0

#: A photo that could not be had for so long, in so many tries, is given up; the page says so.
GIVEN_UP_AFTER = timedelta(days=3)
GIVEN_UP_TRIES = 10

#: A file of ours that no row names is left from a run that died, once it is this old.
LEFT_AFTER = timedelta(hours=1)

_ENDINGS = {"image/jpeg": ".jpg", "image/png": ".png"}
_OURS = re.compile(r"[0-9a-f]{32}\.(jpg|png)")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A photo to fetch, and the account it came in on; None where that is retired."""

    photo_id: int
    account: Account | None
    remote: RemotePhoto


@dataclass(frozen=True, slots=True)
class Fetched:
    """What became of a wanted photo: there it is, refused for good, or not yet."""

    wanted: Wanted
    saved: SavedPhoto | None = None
    cause: str = ""
    final: bool = False


def fetch_photos(place: Workplace, *, patience: float = PATIENCE) -> int:
    """Fetch what is pending; returns how many photos were kept.

    Raises `OSError` where the disk takes none: they stay pending, and the next run fetches them.
    """
    wanted = _wanted(place)
    if not wanted:
        return 0
    found = side_by_side(
        lambda one: _fetch(place, one),
        wanted,
        name=lambda one: f"photo {one.photo_id}",
        odd=lambda one, cause: Fetched(one, cause=cause),
        threads=THREADS,
        patience=patience,
    )
    fetched = [
        one or Fetched(of, cause=f"not fetched within {patience:g} s")
        for of, one in zip(wanted, found, strict=True)
    ]
    with _files(place.settings.media, fetched) as files, place.store.write() as session:
        return sum(_write_down(session, one, files, place.now()) for one in fetched)


def _wanted(place: Workplace) -> list[Wanted]:
    query = (
        select(Photo.id, Photo.remote_url, Photo.alt, Post.account_id)
        .join(Post, Photo.post_id == Post.id)
        .where(Photo.state == PhotoState.PENDING)
        .order_by(Photo.tries, Photo.id)
        .limit(BATCH)
    )
    with place.store.read() as session:
        rows = session.execute(query).all()
    accounts = place.registry.accounts
    return [
        Wanted(row.id, accounts.get(row.account_id), RemotePhoto(url=row.remote_url, alt=row.alt))
        for row in rows
    ]


def _fetch(place: Workplace, wanted: Wanted) -> Fetched:
    if wanted.account is None:
        return Fetched(wanted, cause="its account is retired", final=True)
    try:
        raw = place.channel_of(wanted.account).photo(wanted.account, wanted.remote)
        return Fetched(wanted, saved=resave(raw))
    except ChannelBusy as busy:
        return Fetched(wanted, cause=str(busy))
    except (ChannelError, PhotoRefused) as refused:
        return Fetched(wanted, cause=str(refused), final=True)


@contextlib.contextmanager
def _files(folder: Path, fetched: Sequence[Fetched]) -> Iterator[dict[int, str]]:
    """The photos as files of ours, by the photo's id. What the block does not take is removed."""
    written: dict[int, str] = {}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for photo_id, saved in [(one.wanted.photo_id, one.saved) for one in fetched if one.saved]:
            written[photo_id] = secrets.token_hex(16) + _ENDINGS[saved.mime]
            (folder / written[photo_id]).write_bytes(saved.raw)
        unused = dict(written)
        yield unused
        written = unused  # the block took out what it has a row for
    finally:
        for file in written.values():
            (folder / file).unlink(missing_ok=True)


def _write_down(session: Session, fetched: Fetched, files: dict[int, str], at: datetime) -> bool:
    """Note what became of a photo; True where it is kept. Who was faster has settled it."""
    photo = session.get_one(Photo, fetched.wanted.photo_id, with_for_update=True)
    if photo.state is not PhotoState.PENDING:
        return False
    post = session.get_one(Post, photo.post_id)
    photo.tries += 1
    photo.cause = fetched.cause
    saved = fetched.saved
    if saved:
        photo.state, photo.file, photo.mime = PhotoState.KEPT, files.pop(photo.id), saved.mime
        photo.width, photo.height = saved.width, saved.height
        _place(session, post, saved)
    elif fetched.final or _hopeless(photo, post, at):
        photo.state = PhotoState.REFUSED
    return saved is not None


def _hopeless(photo: Photo, post: Post, at: datetime) -> bool:
    return photo.tries >= GIVEN_UP_TRIES and at - post.collected_at > GIVEN_UP_AFTER


def _place(session: Session, post: Post, saved: SavedPhoto) -> None:
    """Where the photo was taken is where the matter is, unless the post says its own place."""
    if post.lat is None and saved.place:
        post.lat, post.lon = saved.place
    case = session.get(Case, post.case_id) if post.case_id else None
    if case is not None and case.lat is None:
        case.lat, case.lon = post.lat, post.lon


def sweep(place: Workplace) -> int:
    """Remove citizens' photos that no row names: a run died before, or after, its commit."""
    with place.store.read() as session:
        named = set(session.scalars(select(Photo.file).where(Photo.file.is_not(None))))
    folder = place.settings.media
    files = [file for file in folder.glob("*") if _OURS.fullmatch(file.name)]
    left = [file for file in files if file.name not in named and _age(file) > LEFT_AFTER]
    for file in left:
        file.unlink(missing_ok=True)
    return len(left)


def _age(file: Path) -> timedelta:
    """How old a file is, by the machine's own clock, which also dated it."""
    return timedelta(seconds=time.time() - file.stat().st_mtime)
