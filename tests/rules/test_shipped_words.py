"""The words that we ship, on every account of the city that we ship."""

from datetime import UTC, datetime

import pytest

from rules.bulletin import Blanks, BulletinForm, BulletinKind, Hazard, Language
from rules.compose import compose
from rules.relay import plan
from templates.bulletin_words import bulletin_words
from tests.rules.said import the_city

SEOUL = the_city()
PAGE = "https://haechi.seoul.example/disaster/abcdefghijkl"
AT = datetime(2026, 12, 3, 5, 0, tzinfo=UTC)


@pytest.mark.parametrize("hazard", Hazard)
@pytest.mark.parametrize("kind", BulletinKind)
def test_every_template_fits_every_account_even_in_an_exercise(
    hazard: Hazard, kind: BulletinKind
) -> None:
    form = BulletinForm(
        hazard=hazard,
        kind=kind,
        districts=["동대문구", "영등포구", "서대문구"],
        blanks=Blanks(where="영등포시장역 일대", since="14:30", measure="72mm"),
        submitted_by="chief@seoul.example",
    )
    content = compose(
        form,
        SEOUL,
        marker="[서울 훈련 2026-12-99]",
        template=bulletin_words,
        page=PAGE,
        at=AT,
    )
    made = plan(content, SEOUL)
    assert set(content.texts) == set(Language)
    assert not made.refused
    cut = [text for said in made.sayings for text in (said.text, said.direct) if PAGE in text]
    for text in cut:  # whole sentences or none, then the page that says the rest
        before = text.partition(PAGE)[0]
        assert before.endswith(("\n", ". ", "! ", "? ", "。 "))
    lead = made.sayings[0]
    assert lead.text.startswith("[모의훈련]")
    assert "실제 상황이 아닙니다." in lead.text


@pytest.mark.parametrize("hazard", Hazard)
@pytest.mark.parametrize("language", Language)
def test_a_correction_says_first_where_it_is_so_and_what_to_do_there(
    hazard: Hazard, language: Language
) -> None:
    blanks = {"where": "HERE", "phone": "02-120"}
    words = bulletin_words(hazard, BulletinKind.CORRECTION, language, blanks)
    where, to_do, withdrawn, *_ = words.description.split("\n")
    assert "HERE" in where
    assert "HERE" in to_do
    assert words.locked == (to_do, withdrawn)
