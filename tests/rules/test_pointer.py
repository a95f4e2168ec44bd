"""What an old post is told by: every kind, every language, and never the markers of the posts."""

import pytest

from rules.bulletin import REFERRING, BulletinKind, Language
from rules.pointer import pointer_marker, pointer_text

OLD, NEW = "[서울 재난 2026-12-2]", "[서울 재난 2026-12-3]"


def test_it_says_in_each_language_that_the_old_one_holds_no_more_and_where_the_new_one_is() -> None:
    said = pointer_text(
        BulletinKind.CORRECTION, {Language.EN}, "https://city.example/3", "[m]", exercise=False
    )
    assert said.splitlines() == [
        "이 안내는 정정되었습니다.",
        "This notice has been corrected.",
        "새 안내: https://city.example/3",
        "[m]",
    ]


@pytest.mark.parametrize("kind", sorted(REFERRING))
@pytest.mark.parametrize("language", Language)
def test_whatever_takes_another_messages_place_has_words(
    kind: BulletinKind, language: Language
) -> None:
    said = pointer_text(kind, {language}, "", "[m]", exercise=False).splitlines()
    assert said[-2:] == ["새 안내는 이 계정의 새 글에 있습니다.", "[m]"]
    assert len(said) == (3 if language is Language.KO else 4)


def test_in_an_exercise_every_line_says_so() -> None:
    said = pointer_text(
        BulletinKind.CANCEL, {Language.EN, Language.KO}, "", "[m]", exercise=True
    ).splitlines()
    assert said[0].startswith("[모의훈련] 실제 상황이 아닙니다.")
    assert said[1].startswith("[EXERCISE] This is not a real emergency.")


def test_its_marker_names_both_messages_and_holds_the_marker_of_neither() -> None:
    marker = pointer_marker(OLD, NEW)
    assert marker == "[서울 재난 2026-12-2 → 서울 재난 2026-12-3]"
    assert OLD not in marker
    assert NEW not in marker
