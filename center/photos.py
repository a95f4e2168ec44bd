"""Photos of a case, from our own files and only to whom the case is open."""

from fastapi import HTTPException
from fastapi.responses import FileResponse
from sqlalchemy.orm import Session

from center.center import Center
from store.case_page import photo_in
from store.tables import Case, Photo

#: What we save ourselves; nothing else is ever served.
KINDS = frozenset({"image/jpeg", "image/png", "image/webp", "image/gif"})


def photo_file(session: Session, center: Center, case: Case | None, photo_id: int) -> FileResponse:
    """The photo, or 404 where it is not of this case, or `kept_file` gives none."""
    return kept_file(center, photo_in(session, case, photo_id) if case else None)


def kept_file(center: Center, photo: Photo | None) -> FileResponse:
    """A picture of ours, or 404: none, erased, gone, or a name that is not one of our files."""
    if photo is None or not photo.file or photo.mime not in KINDS:
        raise HTTPException(404)
    folder = center.settings.media.resolve()
    path = (folder / photo.file).resolve()
    if not path.is_relative_to(folder) or not path.is_file():
        raise HTTPException(404)
    return FileResponse(path, media_type=photo.mime, content_disposition_type="inline")
