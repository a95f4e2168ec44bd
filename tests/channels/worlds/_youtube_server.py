"""A small YouTube of ours: comments, and Google's token endpoint.

Every request is held against the discovery document in google-api-python-client's wheel: method,
path, parameters, body. The answers are shaped by its schemas and by the API's reference.
"""

import contextlib
import itertools
import json
import re
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from typing import Any
from urllib.parse import parse_qs, urlsplit

from channels.youtube_consent import WRITES

US, VIDEO = "UCours", "video-1"
REFRESH = "1//refresh"
#: Answers that a thread shows by itself.
SHOWN = 5


@cache
def description() -> dict[str, Any]:
    """Google's own description of the API."""
    where = files("googleapiclient") / "discovery_cache" / "documents" / "youtube.v3.json"
    told: dict[str, Any] = json.loads(where.read_text())
    return told


class Say(Exception):
    """An error in Google's shape."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.body = an_error(status, reason)


def an_error(status: int, reason: str) -> dict[str, Any]:
    message = f"It says <code>{reason}</code>."
    errors = [{"domain": "youtube.comment", "reason": reason, "message": message}]
    return {"error": {"code": status, "message": message, "errors": errors}}


class YouTubeServer:
    """One video of ours, its comments by id; `asked` are the names of the methods that were called."""

    def __init__(self) -> None:
        self.comments: dict[str, dict[str, Any]] = {}
        self.asked: list[str] = []
        self.tokens = itertools.count(1)
        self.granted: set[str] = set()
        self.scope = WRITES
        self.consent: dict[str, int] = {}
        self._ids = itertools.count(1)
        self._began = datetime.now(UTC)
        self._lock = threading.Lock()
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = 64 * 1024

            def _do(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                with server._lock:
                    try:
                        told = server.answer(self, body)
                        status = 204 if told is None else 200
                    except Say as said:
                        status, told = said.status, said.body
                raw = b"" if told is None else json.dumps(told).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json; charset=UTF-8")
                self.send_header("Content-Length", str(len(raw)))
                self.end_headers()
                self.wfile.write(raw)

            do_GET = do_POST = do_DELETE = _do  # noqa: N815 (the library's names)

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_address[1]}"

    def answer(self, asked: BaseHTTPRequestHandler, body: bytes) -> Any:
        parts = urlsplit(asked.path)
        query = parse_qs(parts.query, keep_blank_values=True)
        if (asked.command, parts.path) == ("POST", "/token"):
            return self._grant({name: each[0] for name, each in parse_qs(body.decode()).items()})
        name, sent = described(asked.command, parts.path.lstrip("/"), query, body)
        self.asked.append(name)
        if asked.headers.get("Authorization", "").removeprefix("Bearer ") not in self.granted:
            raise Say(401, "authError")
        one = {name: each[0] for name, each in query.items()}
        match name:
            case "channels.list":
                return {"items": [{"id": US, "snippet": {"title": "서울시 영상"}}]}
            case "commentThreads.list":
                return self._threads(one)
            case "comments.list":
                return self._list(one, query.get("id", []))
            case "comments.insert":
                return self._insert(sent["snippet"])
            case "comments.delete":
                self.take_away(one["id"], US)
        return None

    def _grant(self, form: dict[str, str]) -> dict[str, Any]:
        if form.get("grant_type") != "refresh_token" or form.get("refresh_token") != REFRESH:
            raise Refused
        token = f"ya29.{next(self.tokens)}"
        self.granted.add(token)
        usual = {"access_token": token, "expires_in": 3599, "token_type": "Bearer"}
        return usual | {"scope": self.scope} | self.consent

    def write(self, text: str, author: str, parent: str = "") -> dict[str, Any]:
        """A comment, a second younger than the one before."""
        number = next(self._ids)
        at = self._began + timedelta(seconds=number)
        name = f"{parent}.{number}" if parent else f"Ug{number:04}"
        comment = {
            "kind": "youtube#comment",
            "id": name,
            "snippet": {
                "authorDisplayName": f"@{author.lower()}",
                "authorChannelId": {"value": author},
                "textDisplay": text,
                "videoId": VIDEO,
                "channelId": US,
                "publishedAt": at.strftime("%Y-%m-%dT%H:%M:%SZ"),
                **({"parentId": parent} if parent else {}),
                **({"textOriginal": text} if author == US else {}),
            },
        }
        self.comments[name] = comment
        return comment

    def take_away(self, name: str, author: str) -> None:
        found = self.comments.get(name)
        if found is None:
            raise Say(404, "commentNotFound")
        if found["snippet"]["authorChannelId"]["value"] != author:
            raise Say(403, "forbidden")
        for each in [n for n in self.comments if n == name or n.startswith(f"{name}.")]:
            del self.comments[each]

    def _insert(self, snippet: dict[str, Any]) -> dict[str, Any]:
        if snippet["parentId"] not in self.comments or "." in snippet["parentId"]:
            raise Say(404, "parentCommentNotFound")
        return self.write(snippet["textOriginal"], US, snippet["parentId"])

    def _below(self, name: str) -> list[dict[str, Any]]:
        return [c for c in self.comments.values() if c["snippet"].get("parentId") == name]

    def _threads(self, query: dict[str, str]) -> dict[str, Any]:
        if query.get("allThreadsRelatedToChannelId") != US or query.get("order") != "time":
            raise Say(400, "operationNotSupported")
        tops = [c for c in self.comments.values() if "parentId" not in c["snippet"]]
        told = paged(tops[::-1], query)
        told["items"] = [self._thread(top) for top in told["items"]]
        return told

    def _thread(self, top: dict[str, Any]) -> dict[str, Any]:
        replies = self._below(top["id"])
        snippet = {
            "channelId": US,
            "videoId": VIDEO,
            "topLevelComment": top,
            "canReply": True,
            "totalReplyCount": len(replies),
            "isPublic": True,
        }
        told = {"kind": "youtube#commentThread", "id": top["id"], "snippet": snippet}
        return told | ({"replies": {"comments": replies[-SHOWN:]}} if replies else {})

    def _list(self, query: dict[str, str], ids: list[str]) -> dict[str, Any]:
        if ids:
            return {"items": [self.comments[name] for name in ids if name in self.comments]}
        if query["parentId"] not in self.comments:
            raise Say(404, "commentNotFound")
        return paged(self._below(query["parentId"]), query)


class Refused(Say):
    """What Google's token endpoint says: OAuth's shape, not the API's."""

    def __init__(self) -> None:
        super().__init__(400, "")
        self.body = {"error": "invalid_grant", "error_description": "Token has been revoked."}


def paged(items: list[dict[str, Any]], query: dict[str, str]) -> dict[str, Any]:
    size, start = int(query.get("maxResults", 20)), int(query.get("pageToken", "0"))
    told: dict[str, Any] = {"items": items[start : start + size]}
    return told | ({"nextPageToken": str(start + size)} if start + size < len(items) else {})


def described(method: str, path: str, query: dict[str, list[str]], body: bytes) -> tuple[str, Any]:
    """The method's name and its body; an assertion where Google describes no such request."""
    for resource, told in description()["resources"].items():
        for name, each in told.get("methods", {}).items():
            if (each["httpMethod"], each["path"]) == (method, path):
                _parameters(each["parameters"], query)
                sent = json.loads(body) if body else None
                assert ("request" in each) == (sent is not None), f"{name}: a body, or none"
                if sent is not None:
                    _schema(sent, each["request"]["$ref"])
                return f"{resource}.{name}", sent
    raise AssertionError(f"{method} {path} is nowhere described")


def _parameters(told: dict[str, Any], query: dict[str, list[str]]) -> None:
    common = description()["parameters"]
    for name, values in query.items():
        rule = told.get(name) or common[name]
        assert rule.get("repeated") or len(values) == 1, f"{name}: given twice"
        for value in values:
            assert not rule.get("pattern") or re.fullmatch(rule["pattern"], value), name
            assert not rule.get("enum") or value in rule["enum"], f"{name}: {value}"
            if rule["type"] == "integer":
                assert int(rule["minimum"]) <= int(value) <= int(rule["maximum"]), name
    missing = [name for name, rule in told.items() if rule.get("required") and name not in query]
    assert not missing, missing


def _schema(sent: Any, ref: str) -> None:
    properties = description()["schemas"][ref]["properties"]
    for name, value in sent.items():
        rule = properties[name]
        if "$ref" in rule:
            _schema(value, rule["$ref"])
        else:
            assert isinstance(value, {"string": str, "boolean": bool, "integer": int}[rule["type"]])


@contextlib.contextmanager
def youtube_server() -> Iterator[YouTubeServer]:
    server = YouTubeServer()
    thread = threading.Thread(target=server.http.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.http.shutdown()
        server.http.server_close()
        thread.join()
