"""The ledger's file: where it lies, put there whole or not at all, and why it could not be."""

import errno
import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, tzinfo
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

from openpyxl import Workbook
from openpyxl.writer.excel import ExcelWriter

from settings import Settings
from tasks.book.month import LedgerError, Month

_SUFFIX = ".xlsx"
_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
# what libxml2 says, through lxml, when a sheet that it streams to the disk does not fit
_NO_ROOM_SAID = re.compile(r"IO_(ENOSPC|EDQUOT|EFBIG)")


def target(settings: Settings, month: Month, to: Path | None) -> Path:
    """The file to write: `to`, or one of the usual name in the folder `to`, or in `var/ledger/`.

    Raises `LedgerError` where its folder cannot be made.
    """
    to = to or _folder(settings)
    path = to if to.suffix == _SUFFIX else to / _name(settings, month)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise LedgerError(
            f"{path.parent} cannot be made ({error.strerror}); name another"
        ) from error
    return path


def kept(settings: Settings) -> Iterator[tuple[Path, Month]]:
    """The ledgers of this mode that lie in `var/ledger/`, and their months."""
    for path in sorted(_folder(settings).glob(_name(settings, "*"))):
        yield path, Month.parse(path.name.split("_")[1])


def made_at(path: Path, tz: tzinfo) -> datetime:
    """The moment that a ledger tells of, as `save` left it."""
    return datetime.fromtimestamp(path.stat().st_mtime, tz)


def save(book: Workbook, path: Path, at: datetime) -> None:
    """Write the book beside its place, to the disk, then put it there in one step.

    Only its owner may read it. Its time becomes `at`, the moment that it tells of.
    """
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".ledger-", suffix=".part")
    beside = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            # a book's own `save` leaves its archive open when the disk is full
            with ZipFile(file, "w", ZIP_DEFLATED) as archive:
                ExcelWriter(book, archive).save()
            file.flush()
            os.fsync(file.fileno())
        os.utime(beside, (at.timestamp(), at.timestamp()))
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


@contextmanager
def streaming() -> Iterator[Workbook]:
    """A book whose sheets go to the disk row by row; whatever stops it, they are closed."""
    book = Workbook(write_only=True)
    book.properties.creator = "Haechi"
    try:
        yield book
    except BaseException:
        for sheet in book.worksheets * 2:  # its rows, then what encloses them
            with suppress(Exception):  # half written on a full disk, it cannot be closed well
                sheet.close()
        raise


@contextmanager
def clear_errors(path: Path) -> Iterator[None]:
    """What stops the writing of `path` becomes a `LedgerError` that says where and what to do."""
    try:
        yield
    except Exception as error:  # lxml's errors and the system's share no other base
        said = getattr(error, "errno", None) in _NO_ROOM or _NO_ROOM_SAID.search(str(error))
        if said:
            raise LedgerError(
                f"no room for the ledger in {path.parent} or in {tempfile.gettempdir()}, where it "
                "is put together; nothing was changed: make room and run it again"
            ) from error
        if isinstance(error, OSError):
            raise LedgerError(
                f"the ledger cannot be written to {path} ({error.strerror}); name another place"
            ) from error
        raise


def _folder(settings: Settings) -> Path:
    return settings.var / "ledger"


def _name(settings: Settings, month: Month | str) -> str:
    return f"ledger_{month}_{settings.mode}{_SUFFIX}"
