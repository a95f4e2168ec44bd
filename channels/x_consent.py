"""How an account of X lets the city's app in without a console: X's page shows a PIN (OAuth 1.0a).

Source: docs.x.com, "PIN-based OAuth" and its reference of `oauth/request_token` and `access_token`;
what X says to a wrong PIN is in no document, and was recorded by others.
"""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlencode

import requests
from requests_oauthlib import OAuth1  # type: ignore[import-untyped]  # tweepy's own; it has none

from channels.connecting import Part
from channels.errors import ChannelError, Trouble
from channels.wire import Wire
from channels.x_errors import failure, words_of

PIN = Part(
    name="pin",
    called="PIN that X shows",
    form=r"\d{4,12}",
    looks="the digits on X's page, without a space",
    hidden=False,
)
_APP_REFUSED = (
    "X does not take the app's API key and secret: copy both anew from X's developer console, and "
    "see that its 'User authentication settings' are filled in"
)
_PIN_REFUSED = (
    "X does not take this PIN: it holds once and for some minutes, and only for the address that "
    "was shown last. Begin again"
)


class Consent:
    """One account's consent: begun by the app, ended by the PIN that its person was shown.

    tweepy's `OAuth1UserHandler` has the same two steps, but its host is fixed and it waits for ever.
    """

    def __init__(self, wire: Wire, origin: str, where: str, app: Mapping[str, str]) -> None:
        self._wire = wire
        self._origin = origin
        self._where = where
        self._app = (app["consumer_key"], app["consumer_secret"])
        self._request: tuple[str, str] = ("", "")

    def begin(self) -> str:
        """The address at which the account allows the app. Raises `ChannelBusy`, `ChannelError`."""
        told = self._ask("/oauth/request_token", _APP_REFUSED, callback_uri="oob")
        self._request = (told["oauth_token"], told["oauth_token_secret"])
        return f"{self._origin}/oauth/authorize?{urlencode({'oauth_token': told['oauth_token']})}"

    def end(self, pin: str) -> dict[str, str]:
        """The account's own two parts of the secret. Raises `ChannelBusy`, `ChannelError`."""
        token, secret = self._request
        told = self._ask(
            "/oauth/access_token",
            _PIN_REFUSED,
            resource_owner_key=token,
            resource_owner_secret=secret,
            verifier=pin,
        )
        return {
            "access_token": told["oauth_token"],
            "access_token_secret": told["oauth_token_secret"],
        }

    def _ask(self, path: str, refused: str, **signed: Any) -> dict[str, str]:
        key, secret = self._app
        auth = OAuth1(key, client_secret=secret, **signed)
        answer = self._wire.post(self._origin + path, auth=auth, headers={"User-Agent": "haechi"})
        if answer.status_code >= 400:
            raise self._failure(answer, refused)
        return dict(parse_qsl(answer.text.strip()))

    def _failure(self, answer: requests.Response, refused: str) -> Exception:
        status, words = answer.status_code, words_of(answer) or _plain(answer.text)
        if known := failure(self._where, status, words, publishing=False):
            return known
        if status in (400, 401, 403):
            reason = f"{self._where}: {refused} (answered {status}. {words})"
            return ChannelError(reason, Trouble.CREDENTIAL)
        return requests.HTTPError(words)  # the status says it


def _plain(text: str) -> str:
    """What X says here in plain words or in XML, in one line."""
    return " ".join(re.sub(r"<[^>]*>", " ", text).split())[:200]
