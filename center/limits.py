"""How much a request may bring: counted as it arrives, refused before it fills anything."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

#: Only a form with a photo may be this large; a photo has 10 MB, its form a little more.
WITH_PHOTO = 11_000_000
#: Any other form is text.
TEXT_ONLY = 1_000_000
#: How the paths of forms with a photo end.
_WITH_PHOTO = ("/answer", "/broadcast/new")


class TooLarge(Exception):
    """The request brings more than it may."""


class Limits:
    """Stops a body that is too large: at once where it says so, else when it becomes so."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        most = WITH_PHOTO if scope["path"].endswith(_WITH_PHOTO) else TEXT_ONLY
        came = 0

        async def counted() -> Message:
            nonlocal came
            message = await receive()
            came += len(message.get("body", b""))
            if max(came, said_length(scope)) > most:
                # the form's reader turns any error into "unreadable": this tells the page why
                scope.setdefault("state", {})["too_large"] = True
                raise TooLarge
            return message

        await self._app(scope, counted, send)


def said_length(scope: Scope) -> int:
    """The length that a request claims to have; 0 where it says none."""
    claimed = dict(scope["headers"]).get(b"content-length", b"0")
    return int(claimed) if claimed.isdigit() else 0
