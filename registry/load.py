"""Load a registry, from a folder or from a workbook, checked."""

from pathlib import Path

from registry import folder
from registry.check import Checked, check
from registry.draft import Draft
from registry.mistakes import Mistake, RegistryError, whole
from registry.model import Registry


def load(path: Path) -> Registry:
    """The registry in this folder or `.xlsx`. Raises `RegistryError` with every mistake in it."""
    return examine(path).accepted()


def examine(path: Path) -> Checked:
    """The verdict on this folder or `.xlsx`: registry or mistakes, and the warnings.

    Raises `RegistryError` where there is nothing to check: no such file, or a file not to be opened.
    """
    return check(read(path))


def read(path: Path) -> Draft:
    """The raw rows of this folder or `.xlsx`. Raises `RegistryError` as `examine` does."""
    if path.is_dir():
        return folder.read(path)
    if path.is_file() and path.suffix.lower() == ".xlsx":
        from registry import workbook  # openpyxl takes half a second; folders do without

        return workbook.read(path)
    raise RegistryError([_neither(path)])


def _neither(path: Path) -> Mistake:
    problem = "등록부 파일이 아닙니다." if path.exists() else "이런 파일이나 폴더가 없습니다."
    right = "CSV 폴더나 .xlsx 파일의 경로를 적으세요."
    return whole(path.name, str(path), problem, right)
