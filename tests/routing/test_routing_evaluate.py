"""Measuring a router on anyone's files."""

import csv
from collections.abc import Sequence
from pathlib import Path

import pytest

from routing.corpus import CorpusError, places_beside, read_labels, read_offices
from routing.evaluate import evaluate
from tests.routing.small_corpus import OFFICES, PLACES, small_labels

POSTS = [(label.text, label.office) for label in small_labels()]
FIGURES = {
    "top1", "top3", "target", "coverage", "precision", "possible_coverage", "calibration_error",
    "posts_per_second", "load_seconds", "memory_mb", "train", "test", "offices", "warnings",
}  # fmt: skip


class Files:
    """Three files in a folder, with defaults."""

    def __init__(self, folder: Path) -> None:
        self.offices, self.train, self.test = (
            folder / f"{n}.csv" for n in ("offices", "train", "test")
        )
        self.write_offices()
        self.write(folder / "places.csv", PLACES, "name,district,kind,lat,lon")
        self.write(self.train, POSTS)
        self.write(self.test, POSTS[:20])

    def write(
        self, path: Path, rows: Sequence[Sequence[object]], head: str = "text,office"
    ) -> None:
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([head.split(","), *rows])

    def write_offices(self) -> None:
        rows = [(o.id, o.kind, o.name, o.duties, ";".join(o.keywords)) for o in OFFICES]
        self.write(self.offices, rows, "id,kind,name,duties,keywords")

    def evaluate(self) -> dict[str, object]:
        return dict(evaluate(self.offices, self.train, self.test))


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path)


def test_the_figures_asked_for_are_there(files: Files) -> None:
    found = files.evaluate()
    assert set(found) >= FIGURES
    assert (found["offices"], found["train"], found["test"]) == (5, len(POSTS), 20)
    assert found["top1"] == 1.0
    assert found["precision"] == 1.0


def test_without_any_label_there_is_a_guess_and_no_decision(files: Files) -> None:
    files.write(files.train, [])
    found = files.evaluate()
    assert found["top3"] > 0.5  # type: ignore[operator]
    assert (found["coverage"], found["precision"], found["threshold"]) == (0.0, None, None)


def test_offices_need_only_an_id_and_a_name(files: Files) -> None:
    files.write(files.offices, [("traffic", "교통"), ("bus", "버스"), ("water", "물")], "id,name")
    files.write(files.train, [p for p in POSTS if p[1] in ("traffic", "bus", "water")])
    files.write(files.test, [("신호등이 꺼졌어요", "traffic"), ("버스가 안 와요", "버스")])
    assert files.evaluate()["top1"] == 1.0


def test_districts_are_known_by_their_names_when_no_kind_is_given(files: Files) -> None:
    files.write(
        files.offices, [("g", "강남구청"), ("s", "송파구청"), ("t", "교통운영과")], "id,name"
    )
    offices = read_offices(files.offices)
    assert [office.kind for office in offices] == ["district", "district", "department"]
    assert places_beside(files.offices, offices).find("강남구 골목").district == "g"


def test_rows_with_an_unknown_office_are_told_and_count_as_wrong(files: Files) -> None:
    files.write(files.test, [*POSTS[:9], ("전차가 멈췄어요", "tram")])
    found = files.evaluate()
    assert found["top1"] == 0.9
    assert found["warnings"] == ["test.csv: 1 with an unknown office: line 11 ('tram')"]


@pytest.mark.parametrize(
    "train",
    [
        [POSTS[0]],
        [POSTS[0]] * 300,
        [*POSTS, *[POSTS[0]] * 500],
        [("", "bus"), ("🔥", "bus"), ("\0", "bus"), ("가" * 40_000, "bus")],
        [(text, "bus") for text, _ in POSTS[:40]],
    ],
)
def test_tiny_repeated_and_lopsided_training_sets_are_survived(
    files: Files, train: list[tuple[str, str]]
) -> None:
    files.write(files.train, train)
    found = files.evaluate()
    assert 0 <= found["top1"] <= found["top3"] <= 1  # type: ignore[operator]


@pytest.mark.parametrize(
    ("which", "content", "says"),
    [
        ("offices", b"", "column id, name is missing; it has nothing"),
        ("offices", b"id,name\n", "no office in it"),
        ("offices", b"id,name\na,x\na,y\n", "line 3: the id 'a' is there twice"),
        ("offices", b"id,name\n,x\n", "line 2: an office needs an id"),
        ("offices", b"id,name,kind\na,x,ministry\n", "line 2: kind 'ministry'"),
        ("train", b"text;office\n", "column text, office is missing"),
        ("train", b"text,office\nx,nowhere\n", "none of its offices"),
        ("train", "text,office\n신호,traffic\n".encode("cp949"), "not UTF-8"),
        ("test", b"text,office\n", "no post to test with"),
    ],
)
def test_a_file_that_cannot_be_used_is_named_with_the_reason(
    files: Files, which: str, content: bytes, says: str
) -> None:
    path: Path = getattr(files, which)
    path.write_bytes(content)
    with pytest.raises(CorpusError, match=says) as error:
        files.evaluate()
    assert path.name in str(error.value)


def test_a_missing_file_is_named(files: Files) -> None:
    files.test.unlink()
    with pytest.raises(CorpusError, match=r"test\.csv: cannot be read"):
        files.evaluate()


def test_a_post_longer_than_a_csv_reader_likes_is_read(files: Files) -> None:
    files.write(files.test, [("신호등 " * 50_000, "traffic")])
    labels, _ = read_labels(files.test, read_offices(files.offices))
    assert len(labels[0].text) > 131_072
