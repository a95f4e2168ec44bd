"""Photos that staff uploaded for a preview and never sent: forgotten once they are old."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

from sqlalchemy import Select, delete, select, union
from sqlalchemy.orm import Session

from store.engine import Store
from store.tables import Answer, Bulletin, Delivery, Message, Photo

#: A page with a half-written answer may lie open so long.
LEFT_AFTER = timedelta(days=1)
#: Where uploads are kept below the media folder.
FOLDER = "answers"

_BATCH = 500


def clear_uploads(store: Store, media: Path, *, at: datetime) -> int:
    """Remove uploads older than `LEFT_AFTER` that no answer, message, delivery or bulletin names.

    Their rows go first, then their files; files without any row, left by a run that died, go as
    well. `at` is now, aware. Returns how many files were removed; raises what `Store.write` raises.
    """
    old = [file for file in (media / FOLDER).glob("*") if at - _saved_at(file) > LEFT_AFTER]
    removed = 0
    files = iter(old)
    while batch := list(islice(files, _BATCH)):
        with store.write() as session:
            left = _forget(session, batch)
        for file in left:
            file.unlink(missing_ok=True)
        removed += len(left)
    return removed


def _forget(session: Session, files: Sequence[Path]) -> list[Path]:
    """Delete the rows of those of these files that nothing names; returns the files."""
    names = [f"{FOLDER}/{file.name}" for file in files]
    mine = (Photo.post_id.is_(None), Photo.file.in_(names))
    used = select(union(*_uses()).subquery())
    session.execute(delete(Photo).where(*mine, Photo.id.not_in(used)))
    kept = set(session.scalars(select(Photo.file).where(*mine)))
    return [file for file, name in zip(files, names, strict=True) if name not in kept]


def _uses() -> Iterator[Select[tuple[int | None]]]:
    for table in (Answer, Message, Delivery):
        yield select(table.photo_id).where(table.photo_id.is_not(None))
    yield select(Bulletin.picture_id).where(Bulletin.picture_id.is_not(None))


def _saved_at(file: Path) -> datetime:
    return datetime.fromtimestamp(file.stat().st_mtime, UTC)
