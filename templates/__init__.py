"""Every word that a person reads. Given plain values; imports nothing of ours."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

from templates.plain import PlainLoader, render

_HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Words:
    """One mail's words: a subject of one line, and both parts."""

    subject: str
    plain: str
    html: str


def render_mail(event: str, **values: Any) -> Words:
    """The words of `templates/mail/<event>/`.

    Raises `jinja2.TemplateNotFound` for an unknown event, `jinja2.UndefinedError` where a value
    that a template names was not given, and what `templates.plain` refuses.
    """
    subject, plain = (
        render(_texts().get_template(f"mail/{event}/{part}.txt"), values)
        for part in ("subject", "body")
    )
    html = render(_pages().get_template(f"mail/{event}/body.html"), values)
    return Words(subject=" ".join(subject.split()), plain=plain.strip() + "\n", html=html)


def mail_events() -> list[str]:
    """Every event that there are words for."""
    return sorted(folder.name for folder in (_HERE / "mail").iterdir() if folder.is_dir())


def render_post(kind: str, **values: Any) -> str:
    """The words of one message to a citizen: `templates/post/<kind>.txt`, as one paragraph each."""
    return render(_texts().get_template(f"post/{kind}.txt"), values).strip()


def pages() -> Environment:
    """The environment of the center's pages: everything escaped, every missing value an error."""
    return _pages()


@cache
def _pages() -> Environment:
    # Jinja's own select_autoescape goes by file endings and leaves some open; here all is escaped.
    return sandbox(_HERE, autoescape=True)


@cache
def _texts() -> Environment:
    return sandbox(_HERE, autoescape=False)


def sandbox(folder: Path, *, autoescape: bool) -> Environment:
    """Where the templates of a folder run: nothing reaches beyond the values, words are plain."""
    make: Callable[..., Environment] = ImmutableSandboxedEnvironment
    return make(
        loader=PlainLoader(folder),
        autoescape=autoescape,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
