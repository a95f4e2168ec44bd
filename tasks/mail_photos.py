"""A citizen's photos in a mail: small copies, put in when the mail leaves and kept in no row."""

import io
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from PIL import Image
from sqlalchemy import select
from sqlalchemy.orm import Session

from channels.mail import Picture
from store.tables import Photo, PhotoState

#: Photos shown in one mail; the page has all of them.
MOST = 4

#: The longer side in a mail, in pixels.
LONGEST_SIDE = 640

#: As our template writes it; what a citizen wrote has no quotation marks left in the HTML part.
_NAMED = re.compile(r'src="cid:photo(\d+)@haechi"')


def name_of(photo_id: int) -> str:
    """What the HTML part calls a photo: `<img src="cid:NAME">`."""
    return f"photo{photo_id}@haechi"


def files_of(session: Session, html: str, media: Path) -> Mapping[str, Path]:
    """The files of the photos that a mail's HTML part names, as far as they are still kept."""
    ids = {int(number) for number in _NAMED.findall(html)}
    if not ids:
        return {}
    kept = select(Photo.id, Photo.file).where(Photo.id.in_(ids), Photo.state == PhotoState.KEPT)
    return {name_of(row.id): media / row.file for row in session.execute(kept) if row.file}


def pictures(files: Mapping[str, Path]) -> tuple[Picture, ...]:
    """Small copies to send; a photo that cannot be read any more is left out."""
    return tuple(_pictures(files))


def _pictures(files: Mapping[str, Path]) -> Iterator[Picture]:
    for name, file in files.items():
        with suppress(OSError), Image.open(file) as photo:
            small = photo.convert("RGB")
            small.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
            out = io.BytesIO()
            small.save(out, "JPEG", quality=80, optimize=True)
            yield Picture(name=name, jpeg=out.getvalue())
