"""What only the holder of an admin token may do: set faults, revoke tokens."""

import time
from typing import Annotated

from fastapi import APIRouter, Depends, Request

from practice import tokens
from practice.api.answer import Json
from practice.api.asking import TheNetwork, Told
from practice.errors import ApiError, forbidden, not_found, unauthorized
from practice.faults import EVERYONE, KINDS, from_json


def admin(request: Request, network: TheNetwork) -> None:
    """Raises `ApiError` 401 or 403 for anyone but an administrator."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    try:
        claims = tokens.read(network.key, token)
    except tokens.TokenError as error:
        raise unauthorized() from error
    if scheme.lower() != "bearer" or not claims.admin:
        raise forbidden()


router = APIRouter(prefix="/practice", dependencies=[Depends(admin)])
Handle = Annotated[str, "a handle, or * for everyone"]


@router.get("/faults")
def kinds() -> Json:
    """Every kind of fault: what it does, on what, its usual value."""
    return Json(
        {
            name: {"says": kind.says, "on": kind.on, "value": kind.value}
            for name, kind in KINDS.items()
        }
    )


@router.get("/faults/{handle}")
def listed(network: TheNetwork, handle: Handle) -> Json:
    return Json(network.faults.listed(handle))


@router.post("/faults/{handle}")
def add(network: TheNetwork, told: Told, handle: Handle) -> Json:
    if handle != EVERYONE and network.accounts.by_handle(handle) is None:
        raise not_found()
    try:
        faults = from_json(told)
    except (ValueError, TypeError) as error:
        raise ApiError(422, str(error)) from error
    network.faults.add(handle, faults, time.monotonic())
    return Json(network.faults.listed(handle))


@router.delete("/faults/{handle}")
def clear(network: TheNetwork, handle: Handle) -> Json:
    network.faults.clear(None if handle == EVERYONE else handle)
    return Json({})


@router.post("/accounts/{handle}/revoke")
def revoke(network: TheNetwork, told: Told, handle: Handle) -> Json:
    """End the handle's tokens; says which `issued` is good from now on."""
    through = told.get("through")
    return Json(
        {"issued": network.accounts.revoke(handle, None if through is None else int(through))}
    )


@router.get("/accounts/{handle}")
def account(network: TheNetwork, handle: Handle) -> Json:
    """What the server knows of a handle; `issued`: the first count that is not revoked."""
    person = network.accounts.by_handle(handle)
    if person is None:
        return Json({"handle": handle, "known": False, "issued": 1})
    return Json(
        {
            "handle": person.handle,
            "known": True,
            "name": person.name,
            "city": person.city,
            "limit": person.limit,
            "issued": person.revoked + 1,
        }
    )
