"""A thread's way to one account of Meta's: python-facebook-api's client on this thread's wire."""

import json
import re
import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, cast

import requests
from pyfacebook import GraphAPI, RateLimit

from channels.known import Known
from channels.wire import Timeouts, Wire

LINES = 128
"""Lines a thread keeps. One is small: the connections are the thread's, whatever the account."""
_BY_ADDRESS = "/refresh_access_token"
"""The one path that is documented only with the token in its query."""
_QUERY = re.compile(r"\?\S*")


class Usage(RateLimit):  # type: ignore[misc]  # pyfacebook has no types
    """What Meta's headers say about waiting. The library's own reading breaks at a new field.

    `regain`: seconds until access comes back, None where nobody said so.
    """

    def __init__(self) -> None:
        super().__init__()
        self.regain: float | None = None

    def set_limit(self, headers: Mapping[str, str]) -> None:
        minutes = [
            item.get("estimated_time_to_regain_access")
            for items in _told(headers, "X-Business-Use-Case-Usage").values()
            for item in (items if isinstance(items, list) else ())
            if isinstance(item, dict)
        ]
        known = [float(each) for each in minutes if isinstance(each, int) and each > 0]
        self.regain = max(known) * 60 if known else None


def _told(headers: Mapping[str, str], name: str) -> dict[str, Any]:
    try:
        told = json.loads(headers.get(name) or "{}")
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


class Signed:
    """What the library takes for its session: the wire, with the token in a header.

    In an address a token ends up in the words of errors, which are written down and mailed.
    """

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def request(self, *, url: str, params: Any, data: Any, **rest: Any) -> requests.Response:
        headers: dict[str, str] = {}
        for part in (params, data):
            if part and not url.endswith(_BY_ADDRESS) and (token := part.pop("access_token", "")):
                headers["Authorization"] = f"Bearer {token}"
        try:
            return self._wire.request(url=url, params=params, data=data, headers=headers, **rest)
        except requests.RequestException as error:
            self._wire.last = replace(self._wire.last, reason=_hidden(self._wire.last.reason))
            raise requests.ConnectionError(_hidden(str(error))) from None


def _hidden(words: str) -> str:
    return _QUERY.sub("?…", words)


@dataclass(slots=True)
class Line:
    """One account's client, for one thread. `node`: what the account is called in a path."""

    api: GraphAPI
    usage: Usage
    node: str
    whose: tuple[str, ...]
    known: Known
    _me: dict[str, str] = field(default_factory=dict)

    def me(self, *fields: str) -> dict[str, str]:
        """The account's own fields, `id` among them, as text ("" where unsaid); asked once a day."""
        if not self._me:
            self._me = self.known.of(*self.whose, *fields, ask=lambda: self._asked(*fields))
        return self._me

    def _asked(self, *fields: str) -> dict[str, str]:
        told = self.get(self.node, ",".join(("id", *fields)))
        me = {name: str(told.get(name) or "") for name in ("id", *fields)}
        if not me["id"]:
            raise ValueError("the answer does not say whose account this is")
        return me

    def get(self, node: str, fields: str) -> dict[str, Any]:
        return cast(dict[str, Any], self.api.get_object(object_id=node, fields=fields))

    def post(self, node: str, edge: str, **form: Any) -> dict[str, Any]:
        """Post a form to an edge; `files` goes as files."""
        files = form.pop("files", None)
        told = self.api.post_object(object_id=node, connection=edge, data=form, files=files)
        return cast(dict[str, Any], told)


class Lines(threading.local):
    """Each thread's lines, the least used given up first."""

    def __init__(
        self, timeouts: Timeouts, client: type[GraphAPI], version: str, known: Known
    ) -> None:
        self.wire = Wire(timeouts)
        self.usage = Usage()
        self._client = client
        self._version = version
        self._known = known
        self._lines: OrderedDict[tuple[str, ...], Line] = OrderedDict()

    def to(self, origin: str, account_id: str, token: str, node: str) -> Line:
        """The line to an account by its token."""
        key = (origin, account_id, token, node)
        line = self._lines.pop(key, None) or Line(
            self._api(origin, token), self.usage, node, key, self._known
        )
        self._lines[key] = line
        if len(self._lines) > LINES:
            self._lines.popitem(last=False)
        return line

    def _api(self, origin: str, token: str) -> GraphAPI:
        api = self._client(
            access_token=token,
            version=self._version,
            sleep_on_rate_limit=False,
            base_url=origin.rstrip("/") + "/",
        )
        api.session = Signed(self.wire)
        api.rate_limit = self.usage
        return api
