"""Rendering pages: our templates, escaped, with headers that forbid every foreign script."""

import re
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from fastapi import Request
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape
from starlette.responses import HTMLResponse

from practice import csrf

HERE = Path(__file__).resolve().parent
ZONE = ZoneInfo("Asia/Seoul")
STATIC = {
    "practice.css": "text/css",
    "avatar.svg": "image/svg+xml",
    "write.js": "text/javascript",
}
ADDRESS = re.compile(r"https?://[^\s<>\"]+[^\s<>\".,;:!?)\]}'…]")
LINK = Markup('<a href="{url}" target="_blank" rel="noopener noreferrer">{url}</a>')
HEADERS = {
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}


def policy(*form_targets: str, frames: str = "'none'", scripts: bool = False) -> str:
    """The content security policy: nothing but our own style and pictures.

    No script at all, but on the form to write (`scripts`) our own, which asks nobody but us.
    """
    ours = "script-src 'self'; connect-src 'self'; " if scripts else ""
    return ours + (
        "default-src 'none'; style-src 'self'; img-src 'self'; font-src 'self'; base-uri 'none'; "
        f"frame-ancestors 'none'; frame-src {frames}; form-action {' '.join(('self', *form_targets))}"
    ).replace("form-action self", "form-action 'self'")


def clock(moment: datetime) -> str:
    """A time in the city's zone, as people read it."""
    return f"{moment.astimezone(ZONE):%-m월 %-d일 %H:%M}"


def letter(name: str) -> str:
    """What stands in an avatar: the name's first letter or digit, past a `[훈련]` in front."""
    own = re.sub(r"^\s*\[[^\]]*\]", "", name)
    return next((one for one in own or name if one.isalnum()), name[:1])


def _environment() -> Environment:
    loader = FileSystemLoader(HERE / "templates")
    made = Environment(
        loader=loader,
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["clock"] = clock
    made.filters["letter"] = letter
    return made


ENVIRONMENT = _environment()


def linked(text: str) -> Markup:
    """Plain text as HTML: everything escaped, addresses clickable, lines kept."""
    parts, at = [], 0
    for found in ADDRESS.finditer(text):
        url = escape(found[0])
        parts += [escape(text[at : found.start()]), LINK.format(url=url)]
        at = found.end()
    return Markup("").join([*parts, escape(text[at:])])


def render(
    template: str,
    *,
    status: int = 200,
    form_targets: tuple[str, ...] = (),
    frames: str = "'none'",
    scripts: bool = False,
    **values: Any,
) -> HTMLResponse:
    """A page from one of our templates."""
    body = ENVIRONMENT.get_template(template).render(**values)
    allowed = policy(*form_targets, frames=frames, scripts=scripts)
    headers = {**HEADERS, "Content-Security-Policy": allowed}
    return HTMLResponse(body.encode("utf-8", "replace"), status_code=status, headers=headers)


def page(request: Request, template: str, **values: Any) -> HTMLResponse:
    """A page of the practice network, with the token that its forms send back."""
    secret = csrf.secret_of(request)
    form_token = csrf.token(request.app.state.network.key, secret)
    response = render(template, form_token=form_token, **values)
    csrf.remember(response, secret)
    return response
