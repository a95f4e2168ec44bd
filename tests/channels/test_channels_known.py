"""Who an account is, is asked once a day and not by every process."""

from pathlib import Path

import pytest

from channels.known import KEEP, Known


class Asked:
    """A network that says who somebody is, and counts."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self) -> dict[str, str]:
        self.times += 1
        return {"id": "42", "name": "서울시"}


def test_another_process_knows_what_one_asked(tmp_path: Path) -> None:
    ask = Asked()

    told = [Known(tmp_path / "known").of("https://a.kr", "token", ask=ask) for _ in range(3)]

    assert told == [{"id": "42", "name": "서울시"}] * 3
    assert ask.times == 1


def test_another_secret_is_somebody_else(tmp_path: Path) -> None:
    ask = Asked()
    for secret in ("one", "other"):
        Known(tmp_path).of("https://a.kr", secret, ask=ask)

    assert ask.times == 2


def test_after_a_day_it_is_asked_again(tmp_path: Path) -> None:
    ask, late = Asked(), Known(tmp_path, clock=lambda: 4e9 + KEEP)
    Known(tmp_path).of("a", ask=ask)
    late.of("a", ask=ask)

    assert ask.times == 2


def test_no_secret_can_be_read_in_the_folder(tmp_path: Path) -> None:
    Known(tmp_path).of("https://a.kr", "s3cret", ask=Asked())

    (file,) = tmp_path.iterdir()
    assert "s3cret" not in file.name + file.read_text(encoding="utf-8")


@pytest.mark.parametrize("broken", ["", "{", "[]", '{"id": 3}'])
def test_what_cannot_be_read_is_asked_again(tmp_path: Path, broken: str) -> None:
    ask = Asked()
    Known(tmp_path).of("a", ask=ask)
    next(tmp_path.iterdir()).write_text(broken)

    assert Known(tmp_path).of("a", ask=ask)["id"] == "42"
    assert ask.times == 2


def test_a_folder_that_cannot_be_written_to_only_costs_the_asking(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    assert Known(tmp_path / "file" / "known").of("a", ask=Asked())["id"] == "42"
