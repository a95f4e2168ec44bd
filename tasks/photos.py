"""Photos that citizens sent: fetched from the network's own media host, kept without metadata."""

import secrets
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from channels.base import ChannelBusy, ChannelError, RemotePhoto
from channels.photo import PhotoRefused, SavedPhoto, resave
from registry.model import Account
from store.tables import Case, Photo, PhotoState, Post
from tasks.workplace import Workplace

THREADS = 8
BATCH = 200

#: A photo that could not be had after so many runs is given up; the page says so.
MOST_TRIES = 10

_ENDINGS = {"image/jpeg": ".jpg", "image/png": ".png"}


@dataclass(frozen=True, slots=True)
class Wanted:
    """A photo to fetch, and the account it came in on."""

    photo_id: int
    account: Account
    remote: RemotePhoto


@dataclass(frozen=True, slots=True)
class Fetched:
    """What became of a wanted photo: kept in a file of ours, refused for good, or not yet."""

    wanted: Wanted
    saved: SavedPhoto | None = None
    file: str = ""
    cause: str = ""
    final: bool = False


def fetch_photos(place: Workplace) -> int:
    """Fetch what is pending; returns how many photos were kept."""
    wanted = _wanted(place)
    with ThreadPoolExecutor(THREADS) as pool:
        fetched = list(pool.map(lambda photo: _fetch(place, photo), wanted))
    with place.store.write() as session:
        for photo in fetched:
            _write_down(session.get_one(Photo, photo.wanted.photo_id), photo)
            if photo.saved and photo.saved.place:
                _place_case(session.get_one(Photo, photo.wanted.photo_id), photo.saved, session)
    return sum(photo.saved is not None for photo in fetched)


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
        Wanted(row.id, accounts[row.account_id], RemotePhoto(url=row.remote_url, alt=row.alt))
        for row in rows
        if row.account_id in accounts
    ]


def _fetch(place: Workplace, wanted: Wanted) -> Fetched:
    try:
        raw = place.channel_of(wanted.account).photo(wanted.account, wanted.remote)
        saved = resave(raw)
    except ChannelBusy as busy:
        return Fetched(wanted, cause=str(busy))
    except (ChannelError, PhotoRefused) as refused:
        return Fetched(wanted, cause=str(refused), final=True)
    folder = place.settings.media
    folder.mkdir(parents=True, exist_ok=True)
    file = secrets.token_hex(16) + _ENDINGS[saved.mime]
    (folder / file).write_bytes(saved.raw)
    return Fetched(wanted, saved=saved, file=file)


def _write_down(photo: Photo, fetched: Fetched) -> None:
    photo.tries += 1
    photo.cause = fetched.cause
    if fetched.saved:
        photo.state, photo.file, photo.mime = PhotoState.KEPT, fetched.file, fetched.saved.mime
        photo.width, photo.height = fetched.saved.width, fetched.saved.height
    elif fetched.final or photo.tries >= MOST_TRIES:
        photo.state = PhotoState.REFUSED


def _place_case(photo: Photo, saved: SavedPhoto, session: Session) -> None:
    """Where the photo was taken is where the matter is, unless the post says its own place."""
    post = session.get_one(Post, photo.post_id)
    if post.lat is None and saved.place:
        post.lat, post.lon = saved.place
    case = session.get(Case, post.case_id) if post.case_id else None
    if case is not None and case.lat is None:
        case.lat, case.lon = post.lat, post.lon
