"""Words that staff edit can neither hang nor fill a machine: they are refused before they run."""

import time
from pathlib import Path
from typing import Any

import pytest
from jinja2.exceptions import TemplateSyntaxError

import templates
from templates import plain
from templates.plain import TooMuch

VALUES: dict[str, Any] = {
    "case": {"text": "글" * 40_000, "rows": [["번호", "1"]] * 1_000},
    "facts": {"day": "", "groups": [{"title": "가", "rows": [{"n": "1"}, {"n": "2"}]}]},
}

REFUSED = {
    "a huge text": "{{ 'x' * 10**9 }}",
    "a huge number": "{{ 9**9**9 }}",
    "a wide number": "{{ '%1000000000d' % 1 }}",
    "a wide format": "{{ '{:>1000000000}'.format(1) }}",
    "a method": "{{ 'x'.ljust(1000000000) }}",
    "a filter that pads": "{{ 'x'|center(1000000000) }}",
    "a filter that turns escaping off": "{{ case.text|safe }}",
    "escaping turned off": "{% autoescape false %}{{ case.text }}{% endautoescape %}",
    "doubling": "{% set a = case.text ~ case.text %}{% set b = a ~ a %}{{ b }}",
    "adding": "{{ case.text + case.text }}",
    "collecting": "{% set a %}{{ case.text }}{% endset %}{{ a }}",
    "a huge range": "{% for n in range(100000) %}{{ n }}{% endfor %}",
    "a list of its own": "{% for n in [1, 2, 3] %}{{ n }}{% endfor %}",
    "the same list twice": "{% for a in case.rows %}{% for b in case.rows %}{% endfor %}{% endfor %}",
    "the outer list again": (
        "{% for a in facts.groups %}{% for b in a.rows %}{% for c in a.rows %}"
        "{% endfor %}{% endfor %}{% endfor %}"
    ),
    "a text for each row": "{% for row in case.rows %}{{ case.text }}{% endfor %}",
    "a loop that calls itself": "{% for a in case.rows recursive %}{{ loop(a) }}{% endfor %}",
    "a macro that calls itself": "{% macro m(x) %}{{ m(x) }}{% endmacro %}{{ m(1) }}",
    "a macro that calls another": (
        "{% macro a(x) %}{{ x }}{% endmacro %}{% macro b(x) %}{{ a(x) }}{% endmacro %}{{ b(1) }}"
    ),
    "a macro of a macro": "{% macro m(x) %}{{ x }}{{ x }}{% endmacro %}{{ m(m(m(case.text))) }}",
    "a macro's default": "{% macro m(x) %}{% endmacro %}{% macro n(x=m(1)) %}{% endmacro %}",
    "a macro in a loop": "{% macro m(x) %}{% endmacro %}{% for r in case.rows %}{{ m(r) }}{% endfor %}",
    "a block in a loop": "{% for row in case.rows %}{% block b %}{% endblock %}{% endfor %}",
    "a block again": "{% block b %}{{ self.b() }}{% endblock %}",
    "a page": "{% from 'pages/parts.html' import pages %}{{ pages(1, 9, '/') }}",
    "an import with all values": "{% from 'mail/test.txt' import x with context %}",
    "another file": "{% include 'mail/test.txt' %}",
    "a name for a file": "{% extends case.text %}",
    "a global": "{{ lipsum(1000) }}",
    "nesting without end": "{{ " + "(" * 5_000 + "1" + ")" * 5_000 + " }}",
}


def made(folder: Path, source: str) -> str:
    (folder / "mail").mkdir(exist_ok=True)
    (folder / "mail" / "test.txt").write_text(source, encoding="utf-8")
    found = templates.sandbox(folder, autoescape=True).get_template("mail/test.txt")
    return plain.render(found, VALUES)


@pytest.mark.parametrize("source", REFUSED.values(), ids=REFUSED)
def test_what_could_grow_without_end_is_refused_at_once(tmp_path: Path, source: str) -> None:
    begun = time.monotonic()
    with pytest.raises(TemplateSyntaxError) as error:
        made(tmp_path, source)
    assert error.value.name == "mail/test.txt"
    assert error.value.lineno
    assert time.monotonic() - begun < 2


def test_plain_words_are_made(tmp_path: Path) -> None:
    source = (
        "{% macro one(row) %}<{{ row.title }}>{% endmacro %}"
        "{% for group in facts.groups %}{{ group.title }}:"
        "{% for row in group.rows if row.n %}{{ row.n }}{% endfor %}"
        "{{ group.rows|length - 1 }}{% endfor %}"
        "{{ one(facts.groups[0]) }}{{ '긴 글' if case.text and not facts.day else '' }}"
    )
    assert made(tmp_path, source) == "가:121<가>긴 글"


def test_a_loop_over_every_letter_of_a_long_text_is_only_as_long_as_the_text(
    tmp_path: Path,
) -> None:
    deep = "{% for a in case.text %}{% for b in a %}{% for c in b %}{{ c }}{% endfor %}{% endfor %}{% endfor %}"
    assert made(tmp_path, deep) == VALUES["case"]["text"]


def test_a_text_that_grows_too_long_is_stopped_while_it_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plain, "MOST", 100_000)
    with pytest.raises(TooMuch, match=r"mail/test\.txt"):
        made(tmp_path, "{{ case.text }}" * 3)


def test_a_text_that_takes_too_long_is_stopped_while_it_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plain, "LONGEST", 0.0)
    with pytest.raises(TooMuch):
        made(tmp_path, "{% for row in case.rows %}{{ row[0] }}{% endfor %}")


def test_a_file_that_extends_itself_is_stopped(tmp_path: Path) -> None:
    with pytest.raises(TooMuch, match="itself"):
        made(tmp_path, "{% extends 'mail/test.txt' %}")


def test_a_value_that_is_no_data_is_an_error_and_is_not_called() -> None:
    with pytest.raises(TypeError, match="text and numbers"):
        templates.render_post("more", url=print)


def test_the_pages_are_code_and_may_do_more(tmp_path: Path) -> None:
    (tmp_path / "pages").mkdir()
    (tmp_path / "pages" / "a.html").write_text("{% set a = 1 %}{{ a ~ a }}")
    page = templates.sandbox(tmp_path, autoescape=True).get_template("pages/a.html")
    assert page.render() == "11"
