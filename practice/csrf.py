"""A form counts only when it comes from a page of ours: a cookie and a field that match."""

import hmac
import secrets

from fastapi import Request
from starlette.responses import Response

from practice.api import asking
from practice.api.asking import Told
from practice.errors import ApiError

COOKIE = "practice_form"
FIELD = "form_token"


def token(key: str, secret: str) -> str:
    """What the form's field holds for a browser with this cookie."""
    return hmac.digest(key.encode(), f"form {secret}".encode(), "sha256").hex()


def secret_of(request: Request) -> str:
    """The browser's secret: its cookie, or a new one to be set with the answer."""
    return request.cookies.get(COOKIE) or secrets.token_urlsafe(16)


def remember(response: Response, secret: str) -> None:
    response.set_cookie(COOKIE, secret, httponly=True, samesite="lax", path="/")


async def guard(request: Request, told: Told) -> None:
    """For routes that change something. Raises `ApiError` 403 for a form that is not ours."""
    secret = request.cookies.get(COOKIE, "")
    wanted = token(request.app.state.network.key, secret)
    if not secret or not hmac.compare_digest(wanted, asking.text(told, FIELD)):
        raise ApiError(
            403, "이 화면이 오래되어 보내지 못했습니다. 앞 화면을 새로 고친 뒤 다시 보내 주세요."
        )
