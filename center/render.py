"""A page as an answer: what every page shows, and the browser's word for forms."""

from collections.abc import Mapping
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse

from center.center import Center, center_of
from center.cookies import FORMS
from center.seats import Person, may
from center.show import Show
from center.visitor import STRANGER, Visitor, form_token, form_word
from store.registry import NoRegistry

#: The main menu: where it leads; the words are in the template.
MENU = ("/", "/broadcast", "/triage", "/offices", "/outbox", "/accounts")


def render(
    request: Request, name: str, /, *, status: int = 200, done: str = "", **values: Any
) -> HTMLResponse:
    """The page `templates/pages/<name>.html` for this visitor. `done` names what just happened."""
    center = center_of(request)
    visitor: Visitor = getattr(request.state, "visitor", STRANGER)
    common: Mapping[str, Any] = {
        "mode": center.settings.mode,
        "path": request.url.path,
        "person": visitor.person,
        "everywhere": visitor.everywhere,
        "menu": _menu(visitor.person) if visitor.everywhere else (),
        "form_token": form_token(request, center, visitor) if _has_word(request) else "",
        "done": done,
        "alarm": getattr(request.state, "alarm", None),
        "may_resume": visitor.everywhere and may(visitor.person, "POST /resume-replies"),
        "show": Show(_timezone(request, center)),
        "now": center.clock(),
    }
    answer = HTMLResponse(center.page(name, **{**common, **values}), status_code=status)
    _keep_word(request, center, answer)
    return answer


def see_other(path: str) -> RedirectResponse:
    """After a form: look at this page now, so that reloading it sends nothing again."""
    return RedirectResponse(path, status_code=303)


def _menu(person: Person | None) -> tuple[str, ...]:
    return tuple(path for path in MENU if may(person, f"GET {path}"))


def _timezone(request: Request, center: Center) -> str:
    """The city's, as the gate read it; where there was no gate (an unknown path), read here."""
    try:
        known: str | None = getattr(request.state, "timezone", None)
        return known or center.registry().city.timezone
    except NoRegistry:
        return "UTC"


def _has_word(request: Request) -> bool:
    return FORMS in request.cookies or hasattr(request.state, "new_form_word")


def _keep_word(request: Request, center: Center, answer: HTMLResponse) -> None:
    if FORMS not in request.cookies and _has_word(request):
        answer.set_cookie(
            FORMS, form_word(request), httponly=True, samesite="lax", secure=center.secure
        )
