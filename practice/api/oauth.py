"""Apps and tokens as OAuth 2 gives them. Nobody has a password: one types who one is."""

import base64
import binascii
import secrets
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request
from sqlalchemy import delete, insert, select
from starlette.responses import RedirectResponse, Response

from practice import tokens
from practice.api import asking
from practice.api.answer import Json
from practice.api.asking import Params, TheNetwork, Told
from practice.csrf import guard
from practice.errors import ApiError, invalid
from practice.network import Network
from practice.tables import App, Grant, now
from practice.views import page

router = APIRouter()

OUT_OF_BAND = "urn:ietf:wg:oauth:2.0:oob"
GRANT_FOR = timedelta(minutes=10)


@router.post("/api/v1/apps")
def register(network: TheNetwork, told: Told) -> Json:
    name = asking.text(told, "client_name")
    redirects = told.get("redirect_uris") or ""
    listed = redirects if isinstance(redirects, list) else str(redirects).split()
    if not name or not listed:
        raise invalid("Application name can't be blank, Redirect URI can't be blank")
    app = {
        "client_id": secrets.token_urlsafe(24),
        "client_secret": secrets.token_urlsafe(24),
        "name": name,
        "website": asking.text(told, "website") or None,
        "redirect_uris": "\n".join(listed),
        "scopes": asking.text(told, "scopes") or "read",
    }
    with network.store.write() as connection:
        connection.execute(insert(App).values(**app))
    return Json(
        {
            "id": app["client_id"],
            "name": name,
            "website": app["website"],
            "scopes": str(app["scopes"]).split(),
            "redirect_uri": app["redirect_uris"],
            "redirect_uris": listed,
            "client_id": app["client_id"],
            "client_secret": app["client_secret"],
            "client_secret_expires_at": 0,
            "vapid_key": "",
        }
    )


@router.get("/oauth/authorize")
def ask(request: Request, network: TheNetwork) -> Response:
    """The form on which a citizen says who they are."""
    asked = dict(request.query_params)
    app = _asking_app(network, asked)
    fields = ("client_id", "redirect_uri", "scope", "state")
    hidden = {name: asked.get(name, "") for name in fields}
    return page(request, "authorize.html", app=app.name, hidden=hidden)


@router.post("/oauth/authorize", dependencies=[Depends(guard)])
def grant(request: Request, network: TheNetwork, told: Told) -> Response:
    app = _asking_app(network, told)
    handle = asking.text(told, "handle").strip().removeprefix("@").lower()
    person = network.accounts.by_handle(handle)
    if not tokens.HANDLE.fullmatch(handle) or (person is not None and person.city):
        told_why = "시민 계정의 이름만 쓸 수 있습니다: 영문 소문자, 숫자, 밑줄."
        hidden = {
            name: asking.text(told, name)
            for name in ("client_id", "redirect_uri", "scope", "state")
        }
        return page(
            request, "authorize.html", status=422, app=app.name, hidden=hidden, problem=told_why
        )
    code = secrets.token_urlsafe(24)
    made = {
        "code": code,
        "client_id": app.client_id,
        "handle": handle,
        "redirect_uri": asking.text(told, "redirect_uri"),
        "scope": asking.text(told, "scope") or app.scopes,
        "created_at": now(),
    }
    with network.store.write() as connection:
        connection.execute(insert(Grant).values(**made))
    if made["redirect_uri"] == OUT_OF_BAND:
        return page(request, "code.html", app=app.name, code=code, handle=handle)
    answer = {"code": code} | ({"state": told["state"]} if told.get("state") else {})
    joint = "&" if "?" in str(made["redirect_uri"]) else "?"
    return RedirectResponse(f"{made['redirect_uri']}{joint}{urlencode(answer)}", status_code=302)


@router.post("/oauth/token")
def token(request: Request, network: TheNetwork, told: Told) -> Json:
    told = _credentials(request) | told
    kinds = {"client_credentials": _for_app, "authorization_code": _for_person}
    kind = asking.text(told, "grant_type")
    if kind not in kinds:
        return _refused(
            "unsupported_grant_type", "The authorization grant type is not supported", 400
        )
    app = _app(network, asking.text(told, "client_id"))
    if app is None or not secrets.compare_digest(
        app.client_secret, asking.text(told, "client_secret")
    ):
        return _refused("invalid_client", "Client authentication failed due to unknown client", 401)
    made = kinds[kind](network, app, told)
    if made is None:
        return _refused(
            "invalid_grant", "The provided authorization grant is invalid, expired or revoked", 400
        )
    access, scope = made
    answer = {"access_token": access, "token_type": "Bearer", "scope": scope}
    return Json(answer | {"created_at": int(now().timestamp())})


@router.post("/oauth/revoke")
def revoke(request: Request, network: TheNetwork, told: Told) -> Json:
    told = _credentials(request) | told
    app = _app(network, asking.text(told, "client_id"))
    if app is None or not secrets.compare_digest(
        app.client_secret, asking.text(told, "client_secret")
    ):
        return _refused("unauthorized_client", "You are not authorized to revoke this token", 403)
    network.accounts.revoke_token(asking.text(told, "token"))
    return Json({})


def _for_app(network: Network, app: App, told: Params) -> tuple[str, str]:
    return tokens.mint_app(network.key, app.client_id), asking.text(told, "scope") or app.scopes


def _for_person(network: Network, app: App, told: Params) -> tuple[str, str] | None:
    """A token for the code's person; the code is spent."""
    code = asking.text(told, "code")
    with network.store.write() as connection:
        found = connection.execute(select(Grant.__table__).where(Grant.code == code)).one_or_none()
        connection.execute(delete(Grant).where(Grant.code == code))
    if found is None or found.client_id != app.client_id or now() - found.created_at > GRANT_FOR:
        return None
    if found.redirect_uri != asking.text(told, "redirect_uri"):
        return None
    person = network.accounts.enrol(found.handle)
    nonce, issued = secrets.token_urlsafe(6), person.revoked + 1
    return tokens.mint(network.key, found.handle, issued=issued, nonce=nonce), found.scope


def _asking_app(network: Network, told: Params) -> App:
    """The app that sends someone here. Raises `ApiError` 401 or 422."""
    app = _app(network, asking.text(told, "client_id"))
    if app is None:
        raise ApiError(401, "Client authentication failed due to unknown client")
    if asking.text(told, "redirect_uri") not in app.redirect_uris.split("\n"):
        raise ApiError(422, "The redirect URI included is not valid")
    return app


def _app(network: Network, client_id: str) -> App | None:
    with network.store.read() as session:
        return session.get(App, client_id)


def _credentials(request: Request) -> dict[str, Any]:
    """An app's id and secret from HTTP Basic, when they come that way."""
    scheme, _, told = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return {}
    try:
        client_id, _, secret = base64.b64decode(told).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return {}
    return {"client_id": client_id, "client_secret": secret}


def _refused(error: str, description: str, status: int) -> Json:
    return Json({"error": error, "error_description": description}, status_code=status)
