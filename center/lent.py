"""Pictures lent to networks that fetch them themselves: by an address that nobody can guess."""

import re

from fastapi import APIRouter, HTTPException
from fastapi.responses import FileResponse

from center.guard import CenterHere
from rules.tickets import opens

router = APIRouter()

#: As `tasks.pictures` names what was made for a network; nothing else is ever lent.
_NAME = re.compile(r"[a-z0-9_]{1,30}-[0-9a-f]{32}\.jpg")


@router.get("/pictures/{held}")
def picture(center: CenterHere, held: str) -> FileResponse:
    """The JPEG that this ticket opens; 404 for any that is wrong or late."""
    name = opens(center.settings.center_key, held, at=center.clock())
    path = center.settings.fitted / name
    if not _NAME.fullmatch(name) or not path.is_file():
        raise HTTPException(404)
    return FileResponse(path, media_type="image/jpeg", content_disposition_type="inline")
