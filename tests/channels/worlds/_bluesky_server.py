"""A small Bluesky of our own: a server of records and the network's index, as one origin.

What it answers was taken down from Bluesky's own server and index (`tests/networks`), its
errors too. Tokens are whatever the tests say, with the end that they want.
"""

import base64
import contextlib
import itertools
import json
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

TID = re.compile(r"[2-7a-j][2-7a-z]{12}")
NSID = re.compile(r"app\.bsky\.feed\.(post|repost)")
SECONDS = 7200


class Xrpc(Exception):
    """An error as XRPC tells it."""

    def __init__(self, status: int, name: str, message: str) -> None:
        super().__init__(message)
        self.status, self.name = status, name


@dataclass
class Bluesky:
    """The network's whole state. Tests look into it and write into it."""

    accounts: dict[str, tuple[str, str]] = field(default_factory=dict)  # handle: did, password
    records: dict[str, dict[str, Any]] = field(default_factory=dict)  # by at:// address
    notes: list[dict[str, Any]] = field(default_factory=list)  # the oldest first
    blobs: dict[str, bytes] = field(default_factory=dict)
    access: dict[str, str] = field(default_factory=dict)  # token: did
    refresh: dict[str, str] = field(default_factory=dict)
    seconds: int = SECONDS  # how long an access token lives
    grace: bool = True  # a refresh token may serve twice
    sessions: int = 0
    refreshed: int = 0
    hidden: set[str] = field(default_factory=set)  # the index does not show these authors
    lock: threading.RLock = field(default_factory=threading.RLock)
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    url: str = ""

    def account(self, handle: str, password: str = "") -> str:
        """Let somebody join; their id."""
        did = f"did:plc:{handle.partition('.')[0]:a<24}"[:32].replace("_", "a")
        self.accounts[handle] = did, password
        return did

    def handle_of(self, did: str) -> str:
        return next(handle for handle, (each, _) in self.accounts.items() if each == did)

    def writes(self, did: str, text: str, **more: Any) -> str:
        """Let somebody write a post, by whatever client; its address."""
        key = f"3{next(self.numbers):a>12}".translate(str.maketrans("0189", "wxyz"))
        value = {"$type": "app.bsky.feed.post", "text": text, "createdAt": now()} | more
        return self.create(did, "app.bsky.feed.post", key, value)["uri"]

    def create(self, did: str, collection: str, rkey: str, value: dict[str, Any]) -> dict[str, str]:
        uri = f"at://{did}/{collection}/{rkey}"
        with self.lock:
            if uri in self.records:
                raise Xrpc(500, "InternalServerError", "Internal Server Error")
            if collection.endswith("repost"):  # one of each post, the last one stands
                for each in self._reposts(did, value["subject"]["uri"]):
                    del self.records[each]
            cid = f"bafyrei{next(self.numbers):a>52}"
            self.records[uri] = {"uri": uri, "cid": cid, "value": value, "indexedAt": now()}
            if collection.endswith("post"):
                self._tell(did, uri, value)
        return {"uri": uri, "cid": cid}

    def _reposts(self, did: str, subject: str) -> list[str]:
        return [
            uri
            for uri, record in self.records.items()
            if uri.startswith(f"at://{did}/app.bsky.feed.repost/")
            and record["value"]["subject"]["uri"] == subject
        ]

    def _tell(self, author: str, uri: str, value: dict[str, Any]) -> None:
        told = {
            feature["did"]: "mention"
            for facet in value.get("facets", ())
            for feature in facet["features"]
            if feature["$type"].endswith("#mention")
        }
        if parent := value.get("reply", {}).get("parent", {}).get("uri"):
            told[parent.split("/")[2]] = "reply"
        self.notes += [
            {"to": did, "uri": uri, "reason": reason}
            for did, reason in told.items()
            if did != author
        ]

    def delete(self, uri: str) -> bool:
        with self.lock:
            self.notes = [note for note in self.notes if note["uri"] != uri]
            return bool(self.records.pop(uri, None))

    def view(self, uri: str) -> dict[str, Any]:
        record, did = self.records[uri], uri.split("/")[2]
        author = {"did": did, "handle": self.handle_of(did), "viewer": {"muted": False}}
        return {
            "uri": uri,
            "cid": record["cid"],
            "author": author,
            "record": record["value"],
            "indexedAt": record["indexedAt"],
        }

    def session(self, handle: str, number: int | None = None) -> dict[str, Any]:
        did, number = self.accounts[handle][0], number or next(self.numbers)
        access = token(number, "access", datetime.now(UTC).timestamp() + self.seconds)
        refresh = token(number, "refresh", datetime.now(UTC).timestamp() + 90 * 86400)
        self.access[access] = self.refresh[refresh] = did
        return {"accessJwt": access, "refreshJwt": refresh, "did": did, "handle": handle}


def now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def token(number: int, scope: str, ends: float) -> str:
    payload = json.dumps({"scope": scope, "exp": int(ends), "jti": number}).encode()
    return f"e30.{base64.urlsafe_b64encode(payload).decode().rstrip('=')}.{number}"


Call = Callable[[Bluesky, str, Mapping[str, Any]], dict[str, Any]]


def create_session(network: Bluesky, _me: str, asked: Mapping[str, Any]) -> dict[str, Any]:
    known = network.accounts.get(asked["identifier"])
    if not known or known[1] != asked["password"]:
        raise Xrpc(401, "AuthenticationRequired", "Invalid identifier or password")
    network.sessions += 1
    return network.session(asked["identifier"])


def refresh_session(network: Bluesky, me: str, _asked: Mapping[str, Any]) -> dict[str, Any]:
    network.refreshed += 1
    return network.session(network.handle_of(me))


def get_session(network: Bluesky, me: str, _asked: Mapping[str, Any]) -> dict[str, Any]:
    return {"did": me, "handle": network.handle_of(me), "active": True}


def create_record(network: Bluesky, me: str, asked: Mapping[str, Any]) -> dict[str, Any]:
    record = asked["record"]
    if asked["repo"] != me:
        raise Xrpc(401, "AuthenticationRequired", "Authentication Required")
    if not NSID.fullmatch(asked["collection"]) or record["$type"] != asked["collection"]:
        raise Xrpc(400, "InvalidRequest", "Invalid record")
    if not TID.fullmatch(asked["rkey"]):
        raise Xrpc(400, "InvalidRequest", "Invalid record key: Invalid TID string")
    datetime.fromisoformat(record["createdAt"])
    text = record.get("text", "").encode()
    if len(text) > 3000:
        raise Xrpc(400, "InvalidRequest", "string too big (maximum 3000) at $.record.text")
    for facet in record.get("facets", ()):
        text[facet["index"]["byteStart"] : facet["index"]["byteEnd"]].decode()
    for image in record.get("embed", {}).get("images", ()):
        if image["image"]["ref"]["$link"] not in network.blobs:
            raise Xrpc(400, "BlobNotFound", "Could not find blob")
    return network.create(me, asked["collection"], asked["rkey"], record) | {
        "commit": {"cid": "bafyreicommit", "rev": asked["rkey"]},
        "validationStatus": "valid",
    }


def delete_record(network: Bluesky, me: str, asked: Mapping[str, Any]) -> dict[str, Any]:
    if asked["repo"] != me:
        raise Xrpc(401, "AuthenticationRequired", "Authentication Required")
    gone = network.delete(f"at://{me}/{asked['collection']}/{asked['rkey']}")
    return {"commit": {"cid": "bafyreicommit", "rev": asked["rkey"]}} if gone else {}


def get_record(network: Bluesky, _me: str, asked: Mapping[str, Any]) -> dict[str, Any]:
    uri = f"at://{asked['repo']}/{asked['collection']}/{asked['rkey']}"
    known = any(did == asked["repo"] for did, _ in network.accounts.values())
    if not known or asked["repo"] in network.hidden:
        raise Xrpc(400, "InvalidRequest", f"Could not find repo: {asked['repo']}")
    if uri not in network.records:
        raise Xrpc(400, "RecordNotFound", f"Could not locate record: {uri}")
    return {key: network.records[uri][key] for key in ("uri", "cid", "value")}


def list_records(network: Bluesky, _me: str, asked: Mapping[str, Any]) -> dict[str, Any]:
    under = f"at://{asked['repo']}/{asked['collection']}/"
    keys = sorted((uri for uri in network.records if uri.startswith(under)), reverse=True)
    keys = [uri for uri in keys if not asked["cursor"] or uri < under + asked["cursor"]]
    page = [network.records[uri] for uri in keys[: asked["limit"]]]
    shown = [{key: one[key] for key in ("uri", "cid", "value")} for one in page]
    return {"records": shown} | ({"cursor": page[-1]["uri"].split("/")[-1]} if page else {})


def list_notifications(network: Bluesky, me: str, asked: Mapping[str, Any]) -> dict[str, Any]:
    notes = [
        network.view(note["uri"]) | {"reason": note["reason"], "isRead": False}
        for note in reversed(network.notes)
        if note["to"] == me and note["reason"] in (asked["reasons"] or ("mention", "reply"))
    ]
    return _paged("notifications", notes, asked)


def search_posts(network: Bluesky, _me: str, asked: Mapping[str, Any]) -> dict[str, Any]:
    found = [
        network.view(uri)
        for uri, record in reversed(network.records.items())
        if "/app.bsky.feed.post/" in uri
        and asked["q"] in record["value"]["text"]
        and record["indexedAt"] >= (asked["since"] or "")
    ]
    return _paged("posts", found, asked)


def _paged(name: str, found: list[Any], asked: Mapping[str, Any]) -> dict[str, Any]:
    start = int(asked["cursor"] or 0)
    page = found[start : start + asked["limit"]]
    more = start + asked["limit"] < len(found)
    return {name: page} | ({"cursor": str(start + asked["limit"])} if more else {})


def get_posts(network: Bluesky, _me: str, asked: Mapping[str, Any]) -> dict[str, Any]:
    if len(asked["uris"]) > 25:
        raise Xrpc(400, "InvalidRequest", "uris: too many")
    shown = [uri for uri in asked["uris"] if uri.split("/")[2] not in network.hidden]
    return {"posts": [network.view(uri) for uri in shown if uri in network.records]}


def resolve_handle(network: Bluesky, _me: str, asked: Mapping[str, Any]) -> dict[str, Any]:
    if asked["handle"] not in network.accounts:
        raise Xrpc(400, "InvalidRequest", "Unable to resolve handle")
    return {"did": network.accounts[asked["handle"]][0]}


#: Method, what it is asked by, what answers.
CALLS: dict[str, tuple[str, tuple[str, ...], Call]] = {
    "com.atproto.server.createSession": ("POST", ("identifier", "password"), create_session),
    "com.atproto.server.refreshSession": ("POST", (), refresh_session),
    "com.atproto.server.getSession": ("GET", (), get_session),
    "com.atproto.repo.createRecord": (
        "POST",
        ("repo", "collection", "rkey", "record"),
        create_record,
    ),
    "com.atproto.repo.deleteRecord": ("POST", ("repo", "collection", "rkey"), delete_record),
    "com.atproto.repo.getRecord": ("GET", ("repo", "collection", "rkey"), get_record),
    "com.atproto.repo.listRecords": (
        "GET",
        ("repo", "collection", "limit", "cursor"),
        list_records,
    ),
    "com.atproto.identity.resolveHandle": ("GET", ("handle",), resolve_handle),
    "app.bsky.notification.listNotifications": (
        "GET",
        ("reasons", "limit", "cursor"),
        list_notifications,
    ),
    "app.bsky.feed.searchPosts": ("GET", ("q", "sort", "since", "limit", "cursor"), search_posts),
    "app.bsky.feed.getPosts": ("GET", ("uris",), get_posts),
}
_LISTS = frozenset({"reasons", "uris"})


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    network: Bluesky

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        try:
            status, told = 200, self._told(urlsplit(self.path), body)
        except Xrpc as error:
            status, told = error.status, {"error": error.name, "message": str(error)}
        answer = json.dumps(told).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json; charset=utf-8")
        self.send_header("RateLimit-Remaining", "2999")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def _told(self, parts: Any, body: bytes) -> dict[str, Any]:
        name = parts.path.removeprefix("/xrpc/")
        if name == "com.atproto.repo.uploadBlob":
            return self._upload(body)
        if name not in CALLS:
            raise Xrpc(501, "MethodNotImplemented", "Method Not Implemented")
        method, known, call = CALLS[name]
        if self.command != method:
            raise Xrpc(405, "InvalidRequest", f"Incorrect HTTP method, expected {method}")
        asked = self._json(body) if method == "POST" else _query(parts.query)
        if unknown := set(asked) - set(known):
            raise Xrpc(400, "InvalidRequest", f"unknown here: {unknown}")
        with self.network.lock:
            return call(self.network, self._me(name), dict.fromkeys(known) | asked)

    def _json(self, body: bytes) -> dict[str, Any]:
        if not body:
            return {}
        if self.headers["Content-Type"] != "application/json":
            raise Xrpc(400, "InvalidRequest", "Wrong request encoding (Content-Type)")
        told: dict[str, Any] = json.loads(body)
        return told

    def _me(self, name: str) -> str:
        given = (self.headers.get("Authorization") or "").removeprefix("Bearer ")
        if name.endswith("createSession"):
            return ""
        if not given:
            raise Xrpc(401, "AuthMissing", "Authentication Required")
        renewing = name.endswith("refreshSession")
        known = self.network.refresh if renewing else self.network.access
        if given not in known:
            raise Xrpc(400, "ExpiredToken", "Token has been revoked")
        return known.pop(given) if renewing and not self.network.grace else known[given]

    def _upload(self, body: bytes) -> dict[str, Any]:
        self._me("uploadBlob")
        cid = f"bafkrei{len(self.network.blobs):a>52}"
        self.network.blobs[cid] = body
        mime = self.headers["Content-Type"]
        return {
            "blob": {"$type": "blob", "ref": {"$link": cid}, "mimeType": mime, "size": len(body)}
        }


def _query(query: str) -> dict[str, Any]:
    asked = parse_qs(query)
    return {
        name: values if name in _LISTS else int(values[0]) if name == "limit" else values[0]
        for name, values in asked.items()
    }


@contextlib.contextmanager
def bluesky_server() -> Iterator[Bluesky]:
    """The network on loopback, until the block ends."""
    network = Bluesky()
    handler = type("Handler", (_Handler,), {"network": network})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    network.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield network
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
