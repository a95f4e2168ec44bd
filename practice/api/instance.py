"""What the server says about itself."""

from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import PlainTextResponse

from practice.accounts import Person
from practice.api import asking
from practice.api.answer import Json
from practice.api.asking import TheNetwork, Viewer
from practice.media import DESCRIPTION_LIMIT, PIXEL_LIMIT, SIZE_LIMIT, TYPES
from practice.posting import MEDIA_LIMIT
from practice.text import URL_LENGTH

router = APIRouter()

VERSION = "4.3.0"
TITLE = "연습용 네트워크"
DESCRIPTION = "연습용 네트워크 — 실제 SNS가 아닙니다. 훈련, 교육, 시험에만 씁니다."
SCOPES = ["read", "write", "follow", "push", "profile"]


@router.get("/api/v2/instance")
@router.get("/api/v2/instance/", include_in_schema=False)
def instance_v2(request: Request, viewer: Viewer) -> Json:
    base = asking.base(request)
    return Json(
        {
            "domain": request.url.netloc,
            "title": TITLE,
            "version": f"{VERSION} (compatible; Haechi practice network)",
            "source_url": base,
            "description": DESCRIPTION,
            "usage": {"users": {"active_month": 0}},
            "thumbnail": {"url": f"{base}/static/avatar.svg", "blurhash": None, "versions": {}},
            "icon": [],
            "languages": ["ko"],
            "configuration": _configuration(viewer),
            "registrations": {"enabled": False, "approval_required": False, "message": None},
            "api_versions": {"mastodon": 2},
            "contact": {"email": "", "account": None},
            "rules": [],
        }
    )


@router.get("/api/v1/instance")
@router.get("/api/v1/instance/", include_in_schema=False)
def instance_v1(request: Request, network: TheNetwork, viewer: Viewer) -> Json:
    users = len(network.accounts.all())
    return Json(
        {
            "uri": request.url.netloc,
            "title": TITLE,
            "short_description": DESCRIPTION,
            "description": DESCRIPTION,
            "email": "",
            "version": f"{VERSION} (compatible; Haechi practice network)",
            "urls": {},
            "stats": {"user_count": users, "status_count": 0, "domain_count": 0},
            "thumbnail": None,
            "languages": ["ko"],
            "registrations": False,
            "approval_required": False,
            "invites_enabled": False,
            "configuration": _configuration(viewer),
            "contact_account": None,
            "rules": [],
        }
    )


@router.get("/.well-known/oauth-authorization-server")
def authorization_server(request: Request) -> Json:
    base = asking.base(request)
    return Json(
        {
            "issuer": f"{base}/",
            "authorization_endpoint": f"{base}/oauth/authorize",
            "token_endpoint": f"{base}/oauth/token",
            "revocation_endpoint": f"{base}/oauth/revoke",
            "app_registration_endpoint": f"{base}/api/v1/apps",
            "scopes_supported": SCOPES,
            "response_types_supported": ["code"],
            "response_modes_supported": ["query"],
            "grant_types_supported": ["authorization_code", "client_credentials"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        }
    )


@router.get("/health")
def health() -> PlainTextResponse:
    return PlainTextResponse("OK")


def _configuration(viewer: Person | None) -> dict[str, Any]:
    """Limits; who is signed in is told the account's own text limit."""
    return {
        "urls": {},
        "accounts": {"max_featured_tags": 0, "max_pinned_statuses": 0},
        "statuses": {
            "max_characters": viewer.limit if viewer else 500,
            "max_media_attachments": MEDIA_LIMIT,
            "characters_reserved_per_url": URL_LENGTH,
        },
        "media_attachments": {
            "supported_mime_types": [mime for mime, _ in TYPES.values()],
            "description_limit": DESCRIPTION_LIMIT,
            "image_size_limit": SIZE_LIMIT,
            "image_matrix_limit": PIXEL_LIMIT,
            "video_size_limit": 0,
            "video_frame_rate_limit": 0,
            "video_matrix_limit": 0,
        },
        "polls": {
            "max_options": 0,
            "max_characters_per_option": 0,
            "min_expiration": 0,
            "max_expiration": 0,
        },
        "translation": {"enabled": False},
    }
