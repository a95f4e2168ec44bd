"""Is this file a workbook that may be opened? Asked before anything in it is."""

import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from registry.mistakes import RegistryError, whole

MB = 2**20
LARGEST = 50 * MB  # the file itself
UNPACKED = 200 * MB  # everything in it
RATIO = 100  # unpacked to packed; an honest sheet has 5 to 20
SMALL = MB  # a part below this may have any ratio: it cannot fill a memory
PARTS = 1000
NOT_XML = (".vml", ".png", ".jpg", ".jpeg", ".gif", ".emf", ".wmf", ".bin")
MACROS = ("vbaproject.bin", "vbadata.xml")
MACRO_FOLDER = "macrosheets/"
CHUNK = 64 * 1024


class _Nothing:
    """The parser's target: the XML is only checked, nothing is built."""

    def start(self, tag: str, attributes: object) -> None: ...
    def end(self, tag: str) -> None: ...
    def data(self, text: str) -> None: ...
    def close(self) -> None: ...


def refuse_dangerous(path: Path) -> None:
    """Raises `RegistryError` for a file that is too large, no workbook, a bomb, or carries code.

    Limits: 50 MB packed, 200 MB unpacked, 100 times its packed size, no macro, no DTD or entity.
    """
    size = path.stat().st_size
    if size > LARGEST:
        _refuse(path, "파일이 너무 큽니다.", f"{LARGEST // MB} MB까지 받습니다.", _mb(size))
    try:
        with zipfile.ZipFile(path) as archive:
            for question in QUESTIONS:
                question(path, archive)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError) as error:
        raise _error(
            path,
            "엑셀 파일(.xlsx)로 열 수 없습니다.",
            "암호를 풀고, 옛 형식(.xls)이라면 .xlsx로 다시 저장하세요.",
        ) from error


def _sizes(path: Path, archive: zipfile.ZipFile) -> None:
    parts = archive.infolist()
    total = sum(part.file_size for part in parts)
    right = "엑셀에서 새 파일로 다시 저장하세요."
    if len(parts) > PARTS:
        _refuse(path, "파일 안의 조각이 너무 많습니다.", right, f"{len(parts):,}개")
    if total > UNPACKED:
        _refuse(
            path, f"압축을 풀면 너무 큽니다. {UNPACKED // MB} MB까지 받습니다.", right, _mb(total)
        )
    packed = [("", total, path.stat().st_size)]
    packed += [(part.filename, part.file_size, part.compress_size) for part in parts]
    for name, large, small in packed:
        if large > max(SMALL, RATIO * small):
            problem = f"압축률이 지나칩니다. {RATIO}배까지 받습니다."
            _refuse(path, problem, right, f"{name} {_mb(large)}".strip())


def _macros(path: Path, archive: zipfile.ZipFile) -> None:
    for name in archive.namelist():
        if name.lower().endswith(MACROS) or MACRO_FOLDER in name.lower():
            _refuse(path, "매크로가 들어 있습니다.", "매크로 없는 .xlsx로 저장하세요.", name)


def _workbook(path: Path, archive: zipfile.ZipFile) -> None:
    if "[Content_Types].xml" not in archive.namelist():
        _refuse(path, "엑셀 파일(.xlsx)이 아닙니다.", "내보낸 엑셀 파일을 고쳐서 쓰세요.")


def _xml(path: Path, archive: zipfile.ZipFile) -> None:
    for part in archive.infolist():
        if part.is_dir() or part.filename.lower().endswith(NOT_XML):
            continue
        try:
            _parse(archive, part)
        except DefusedXmlException as error:
            raise _error(
                path,
                "XML에 DTD나 개체가 들어 있습니다.",
                "새로 내보낸 파일을 쓰세요.",
                part.filename,
            ) from error
        except ParseError as error:
            raise _error(
                path, "파일이 깨져 있습니다.", "엑셀에서 다시 저장하세요.", part.filename
            ) from error


def _parse(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> None:
    parser = DefusedXMLParser(target=_Nothing(), forbid_dtd=True)
    with archive.open(part) as stream:
        while chunk := stream.read(CHUNK):
            parser.feed(chunk)
    parser.close()


def _mb(size: int) -> str:
    return f"{size / MB:.1f} MB"


def _error(path: Path, problem: str, right: str, value: str = "") -> RegistryError:
    return RegistryError([whole(path.name, value, problem, right)])


def _refuse(path: Path, problem: str, right: str, value: str = "") -> None:
    raise _error(path, problem, right, value)


QUESTIONS: Sequence[Callable[[Path, zipfile.ZipFile], None]] = (_sizes, _workbook, _macros, _xml)
