"""What docs/registry.md says is so."""

import re
from pathlib import Path

import pytest

from registry.sheets import CITY_KEYS, SHEETS

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "registry.md").read_text(encoding="utf-8")


def test_the_code_on_the_page_runs(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ROOT)
    code = re.search(r"```python\n(.*?)```", PAGE, re.DOTALL)
    assert code is not None
    exec(code.group(1), {})  # noqa: S102 - our own page, run as a reader would
    assert "모두 추가" in capsys.readouterr().out


def test_every_sheet_column_and_key_is_explained() -> None:
    for sheet in SHEETS.values():
        assert f"**{sheet.name}**" in PAGE
        for column in sheet.columns:
            assert re.search(rf"\b{column.name}\b", PAGE), column.name
    assert all(f"| {key} |" in PAGE for key in CITY_KEYS)


def test_every_word_to_choose_is_named() -> None:
    choices = {word for s in SHEETS.values() for c in s.columns for word in c.choices or ()}
    assert [word for word in sorted(choices) if not re.search(rf"\b{word}\b", PAGE)] == []
