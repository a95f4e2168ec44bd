"""Whether the center can work: asked by whoever watches it."""

from fastapi import APIRouter
from fastapi.responses import PlainTextResponse
from sqlalchemy import text

from center.guard import CenterHere

router = APIRouter()


@router.get("/healthz")
def healthz(center: CenterHere) -> PlainTextResponse:
    with center.store.read() as session:
        session.execute(text("SELECT 1"))
    return PlainTextResponse("ok")
