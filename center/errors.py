"""What went wrong, said kindly: one page for all of it, and never a word of the inside."""

import logging
from collections.abc import Mapping

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse, Response
from starlette.exceptions import HTTPException

from center.center import center_of
from center.guard import SignInFirst
from center.headers import headers
from center.limits import TooLarge
from center.next_page import sign_in_for
from center.render import render
from center.seats import SECRETS
from store.engine import StoreError
from store.registry import NoRegistry

#: Paths where a program asks, and reads JSON.
_MACHINES = frozenset(route.split(" ")[1] for route in SECRETS)
_TO_MACHINES = {
    401: "Authorization 헤더의 토큰이 없거나 다릅니다. 시스템 관리자에게 확인해 주세요.",
    405: "POST로 보내 주세요.",
    429: "틀린 토큰이 여러 번 들어와 이 주소의 요청을 잠시 받지 않습니다. 토큰을 확인하고 "
    "Retry-After 헤더에 적힌 초만큼 뒤에 다시 보내 주세요. 급하면 센터 화면에서 직접 올려 주세요.",
    503: "시스템이 잠시 바쁩니다. 잠시 뒤 다시 보내 주세요.",
}

_log = logging.getLogger("haechi.center")


def install(app: FastAPI) -> None:
    """Give the app a page for everything that can go wrong."""
    app.add_exception_handler(SignInFirst, _sign_in_first)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RequestValidationError, _bad_request)
    app.add_exception_handler(TooLarge, _too_large)
    app.add_exception_handler(StoreError, _store)
    app.add_exception_handler(NoRegistry, _store)
    app.add_exception_handler(Exception, _broken)


def _sign_in_first(request: Request, _error: Exception) -> Response:
    if request.method in ("GET", "HEAD"):
        return RedirectResponse(sign_in_for(request), status_code=303)
    return render(request, "error", status=401, code=401, why="")


def _http(request: Request, error: Exception) -> Response:
    if getattr(request.state, "too_large", False):
        return _too_large(request, error)
    code = error.status_code if isinstance(error, HTTPException) else 500
    why = str(error.detail) if isinstance(error, HTTPException) else ""
    if request.url.path in _MACHINES:
        return _to_machine(code, why, getattr(error, "headers", None))
    answer = render(request, "error", status=code, code=code, why=why)
    answer.headers.update(getattr(error, "headers", None) or {})
    return answer


def _to_machine(code: int, rule: str, more: Mapping[str, str] | None = None) -> Response:
    fault = {"element": "", "rule": rule, "said": _TO_MACHINES.get(code, rule)}
    return JSONResponse({"faults": [fault]}, status_code=code, headers=more)


def _bad_request(request: Request, _error: Exception) -> Response:
    return render(request, "error", status=400, code=400, why="")


def _too_large(request: Request, _error: Exception) -> Response:
    return render(request, "error", status=413, code=413, why="")


def _store(request: Request, error: Exception) -> Response:
    _log.error("the store cannot be used: %s", error)
    if request.url.path in _MACHINES:
        return _to_machine(503, "busy")
    return _plainly(request, 503)


def _broken(request: Request, error: Exception) -> Response:
    # the route, not the path: a path may hold a link's secret
    route = getattr(request.scope.get("route"), "path", "?")
    _log.error("%s %s failed", request.method, route, exc_info=error)
    answer = _plainly(request, 500)
    answer.headers.update(headers(https=center_of(request).secure))
    return answer


def _plainly(request: Request, code: int) -> Response:
    """A page that asks nothing of the store, for when it is the store that fails."""
    page = center_of(request).page("broken", code=code, mode=center_of(request).settings.mode)
    return Response(page, status_code=code, media_type="text/html")
