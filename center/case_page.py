"""The page of one case."""

from typing import Any

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse, Response

from center.case_view import case_view
from center.center import Center
from center.guard import CenterHere, Visiting
from center.photos import photo_file
from center.render import render
from center.visitor import Visitor
from store.case_page import photo_in
from store.cases import by_number
from store.registry import load

router = APIRouter()


@router.get("/cases/{number}")
def case_page(
    request: Request, center: CenterHere, visitor: Visiting, number: str, done: str = ""
) -> HTMLResponse:
    return show_case(request, center, visitor, number, done=done)


def show_case(
    request: Request,
    center: Center,
    visitor: Visitor,
    number: str,
    *,
    status: int = 200,
    done: str = "",
    typed: dict[str, str] | None = None,
    **more: Any,
) -> HTMLResponse:
    """The page, with what was typed still in its form. `more`: what an act has to say."""
    said: dict[str, Any] = {"problem": None, "confirm": None, **more}
    typed = typed or {}
    with center.store.read() as session:
        case = by_number(session, number)
        if case is None:
            raise HTTPException(404)
        registry = load(session)
        view = case_view(session, center, registry, visitor, case, text=typed.get("text", ""))
        photo_id = typed.get("photo_id", "")
        said["photo"] = photo_in(session, case, int(photo_id)) if photo_id.isdecimal() else None
        return render(
            request, "case", status=status, done=done, view=view, case=case, typed=typed, **said
        )


@router.get("/cases/{number}/photos/{photo_id}")
def case_photo(center: CenterHere, number: str, photo_id: int) -> Response:
    with center.store.read() as session:
        return photo_file(session, center, by_number(session, number), photo_id)
