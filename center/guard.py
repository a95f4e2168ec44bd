"""The one gate before every route: who, from where, with which form, in which seat."""

import hmac
from collections.abc import Iterable
from datetime import timedelta
from math import ceil
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.routing import APIRoute
from sqlalchemy.orm import Session

from center.alarm import alarm_of
from center.center import Center, center_of
from center.cookies import new_word
from center.seats import ALLOWED, OF_A_POST, SECRETS, Seat, seats_of
from center.visitor import STRANGER, Visitor, form_token_holds, visitor_of
from registry.model import Registry
from store.access import wait_for_secrets, wrong_secret
from store.bulletin_by_hand import office_of_post
from store.cases import by_number
from store.registry import NoRegistry, load


class SignInFirst(Exception):
    """Nobody is signed in: a page leads to the sign-in, a form is refused."""


async def guard(request: Request) -> Visitor:
    """Let the request pass or refuse it; the visitor is then known to the whole page.

    Refuses with `SignInFirst` where nobody is signed in, 403 for a form that is not ours and for
    a seat that may not, 404 for a case of another office; a program without its secret with 401.
    """
    request.state.new_form_word = new_word()
    if route_of(request) in SECRETS:
        await run_in_threadpool(_check_secret, request, center_of(request))
        request.state.visitor = STRANGER
        return STRANGER
    form = await request.form() if request.method == "POST" else {}
    token = str(form.get("form_token", ""))
    return await _in_thread(request, token)


async def _in_thread(request: Request, token: str) -> Visitor:
    visitor = await run_in_threadpool(_check, request, center_of(request), token)
    request.state.visitor = visitor
    return visitor


def _check(request: Request, center: Center, token: str) -> Visitor:
    route = route_of(request)
    with center.store.read() as session:
        visitor = _visitor(request, center, session)
        request.state.alarm = alarm_of(session) if visitor.person else None
        anyone = Seat.ANYONE in ALLOWED[route]
        if not anyone and visitor.person is None:
            raise SignInFirst
        if request.method == "POST" and not form_token_holds(
            request, center, visitor, token, anyone=anyone
        ):
            raise HTTPException(403, "form")
        if not anyone:
            _check_seat(request, session, route, visitor)
    return visitor


def _check_secret(request: Request, center: Center) -> None:
    """No browser sends this header by itself, so a machine's route needs no form of ours.

    An address that named too many wrong ones is not listened to for a while, whatever it names
    then: else guessing would go on as before.
    """
    address, at = client_address(request), center.clock()
    with center.store.read() as session:
        wait = wait_for_secrets(session, address=address, at=at)
    if wait > timedelta(0):
        seconds = ceil(wait / timedelta(seconds=1))
        raise HTTPException(429, "too_many", headers={"Retry-After": str(seconds)})
    secret = center.settings.secret(SECRETS[route_of(request)])
    kind, _, given = request.headers.get("authorization", "").partition(" ")
    right = secret and hmac.compare_digest(given.strip().encode(), secret.encode())
    if not right or kind.lower() != "bearer":
        with center.store.write() as session:
            wrong_secret(session, address=address, at=at)
        raise HTTPException(401, "token", headers={"WWW-Authenticate": "Bearer"})


def client_address(request: Request) -> str:
    """The network address that asks."""
    return request.client.host if request.client else "unknown"


def _visitor(request: Request, center: Center, session: Session) -> Visitor:
    try:
        registry: Registry = load(session)
    except NoRegistry:
        return STRANGER
    request.state.timezone = registry.city.timezone
    return visitor_of(request, center, session, registry)


def _check_seat(request: Request, session: Session, route: str, visitor: Visitor) -> None:
    number, office = request.path_params.get("number"), _office(request, session)
    case = by_number(session, str(number)) if number else None
    seats = seats_of(visitor.person, case, office=office)
    if (number and case is None) or ((number or office) and seats <= {Seat.ANYONE, Seat.STAFF}):
        raise HTTPException(404)
    if not ALLOWED[route] & seats:
        raise HTTPException(403, "seat")


def _office(request: Request, session: Session) -> str | None:
    """The office that a route is about: the one it names, or that of its post's account.

    Empty for a post that there is not: that is nobody's office.
    """
    asked = request.path_params
    if route_of(request) in OF_A_POST:
        return office_of_post(session, str(asked["delivery_id"]))
    return asked.get("office_id")


def route_of(request: Request) -> str:
    """The route as the table of seats names it: `GET /cases/{number}`."""
    route: APIRoute = request.scope["route"]
    method = "GET" if request.method == "HEAD" else request.method
    return f"{method} {route.path}"


def check_table(routers: Iterable[APIRouter]) -> None:
    """Raise `LookupError` unless the table names each route of these, and no other."""
    routes = {
        f"{method} {route.path}"
        for router in routers
        for route in router.routes
        if isinstance(route, APIRoute)
        for method in (route.methods or set()) - {"HEAD"}
    }
    if routes != set(ALLOWED):
        raise LookupError(f"center/seats.py does not match the routes: {routes ^ set(ALLOWED)}")


Visiting = Annotated[Visitor, Depends(guard)]
CenterHere = Annotated[Center, Depends(center_of)]
