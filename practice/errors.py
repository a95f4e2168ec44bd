"""What goes wrong, in Mastodon's words."""

from collections.abc import Mapping


class ApiError(Exception):
    """An answer `{"error": ...}` with its HTTP status."""

    def __init__(self, status: int, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.headers = dict(headers or {})


def not_found() -> ApiError:
    return ApiError(404, "Record not found")


def invalid(reason: str) -> ApiError:
    return ApiError(422, f"Validation failed: {reason}")


def needs_user() -> ApiError:
    return ApiError(422, "This method requires an authenticated user")


def unauthorized() -> ApiError:
    return ApiError(401, "The access token is invalid")


def revoked() -> ApiError:
    return ApiError(401, "The access token was revoked")


def forbidden() -> ApiError:
    return ApiError(403, "This action is not allowed")
