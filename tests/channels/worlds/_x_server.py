"""A small X on loopback, made from X's documentation: what it is asked it checks, signature too.

It keeps X's shapes (fields only where asked for, `includes`, `meta`, problems), its paging, its texts
with three letters escaped, its rule on answers and its refusal of the same text twice.
"""

import json
import re
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.parser import BytesParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from oauthlib.oauth1.rfc5849 import signature  # type: ignore[import-untyped]  # it has none

from channels.x_ids import id_at, written
from tests.channels.worlds._x_description import faults, operation_of

PARTS = {
    "consumer_key": "city-app",
    "consumer_secret": "app-secret",
    "access_token": "1001-city",
    "access_token_secret": "city-secret",
}
CITY, CITIZEN = "1001", "2002"
PIN = "4868795"
_USERS = {
    CITY: {"id": CITY, "name": "서울시", "username": "haechi_seoul"},
    CITIZEN: {"id": CITIZEN, "name": "김시민", "username": "citizen"},
}
_PROBLEM = "https://api.x.com/2/problems/"
_ALWAYS = ("id", "text", "edit_history_tweet_ids")


class Refused(Exception):
    def __init__(self, status: int, detail: str, kind: str = "about:blank", **more: Any) -> None:
        super().__init__(detail)
        title = {400: "Invalid Request", 401: "Unauthorized", 403: "Forbidden"}.get(status, "Error")
        self.status = status
        self.body = {"title": title, "detail": detail, "type": kind, "status": status, **more}


class NotLetIn(Refused):
    """A refusal of a sign-in, which X still says in its old ways: a list of codes, or plain words."""

    def __init__(self, said: Any) -> None:
        super().__init__(401, "Unauthorized")
        self.body = said


class XServer:
    """The network's whole state. Safe for any number of threads.

    Whoever opens a sign-in's address is the city, allows the app, and is shown `PIN`.
    """

    def __init__(self) -> None:
        self.posts: dict[str, dict[str, Any]] = {}
        self.media: dict[str, dict[str, Any]] = {}
        self.places: dict[str, dict[str, Any]] = {}
        self.alts: dict[str, str] = {}
        self.access_level = "read-write"
        self.says_rest_id = True
        self.sign_ins: dict[str, str] = {}  # those that wait for their PIN, with their secrets
        self._lock = threading.Lock()
        self._last = 0
        self.url = ""

    # --- what a test does past the API

    def write(self, author: str, text: str, *, to: str | None = None, **more: Any) -> str:
        with self._lock:
            return self._keep(author, text, to, more)

    def remove(self, remote_id: str) -> None:
        with self._lock:
            self._remove(remote_id)

    def texts(self, author: str) -> list[str]:
        with self._lock:
            return [post["text"] for post in self.posts.values() if post["author_id"] == author]

    # --- what the API does

    def answer(self, method: str, target: str, headers: Any, body: bytes) -> tuple[int, Any]:
        parts = urlsplit(target)
        if method == "POST" and parts.path.startswith("/oauth/"):
            return 200, urlencode(self._sign_in(target, headers))
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        found = operation_of(method, parts.path)
        if found is None:
            raise Refused(404, "no such path")
        if _signed(method, target, headers, PARTS) is None:
            raise Refused(401, "Unauthorized")
        one, path_id = found
        told = None if one.name == "upload" or not body else json.loads(body)
        if wrong := faults(one, query, told):
            raise Refused(
                400,
                "One or more parameters to your request was invalid.",
                _PROBLEM + "invalid-request",
                errors=[{"message": each} for each in wrong],
            )
        if one.name in ("mentions", "own", "repost") and path_id != CITY:
            raise Refused(403, "The id of the path is not the user's")
        if method != "GET" and self.access_level == "read":
            raise Refused(
                403,
                "Your client app is not configured with the appropriate oauth1 app permissions",
                _PROBLEM + "oauth1-permissions",
            )
        with self._lock:
            if one.name == "upload":
                return 200, self._upload(headers, body)
            return getattr(self, f"_{one.name}")(path_id, query, told)  # type: ignore[no-any-return]  # by its name

    def _sign_in(self, target: str, headers: Any) -> dict[str, str]:
        """The two steps of X's PIN-based OAuth that an app makes; between them a person allows it."""
        app = {name: PARTS[name] for name in ("consumer_key", "consumer_secret")}
        if target == "/oauth/request_token":
            told = _signed("POST", target, headers, app)
            if told is None or told.get("oauth_callback") != "oob":
                raise NotLetIn({"errors": [{"code": 32, "message": "Could not authenticate you."}]})
            token, secret = f"request-{self._new_id()}", f"secret-{self._new_id()}"
            self.sign_ins[token] = secret
            step = {"oauth_token": token, "oauth_token_secret": secret}
            return step | {"oauth_callback_confirmed": "true"}
        waiting = [
            app | {"access_token": token, "access_token_secret": secret}
            for token, secret in self.sign_ins.items()
        ]
        found = [told for one in waiting if (told := _signed("POST", target, headers, one))]
        if target != "/oauth/access_token" or not found or found[0].get("oauth_verifier") != PIN:
            raise NotLetIn("Error processing your OAuth request: Invalid oauth_verifier parameter")
        del self.sign_ins[found[0]["oauth_token"]]
        return {
            "oauth_token": PARTS["access_token"],
            "oauth_token_secret": PARTS["access_token_secret"],
            "user_id": CITY,
            "screen_name": _USERS[CITY]["username"],
        }

    def _me(self, _id: str, _query: Any, _told: Any) -> tuple[int, Any]:
        return 200, {"data": _USERS[CITY]}

    def _mentions(self, _id: str, query: dict[str, str], _told: Any) -> tuple[int, Any]:
        name = f"@{_USERS[CITY]['username']}"
        return 200, self._page(query, lambda post: name in post["text"])

    def _own(self, _id: str, query: dict[str, str], _told: Any) -> tuple[int, Any]:
        return 200, self._page(query, lambda post: post["author_id"] == CITY)

    def _search(self, _id: str, query: dict[str, str], _told: Any) -> tuple[int, Any]:
        found = re.fullmatch(r"#(\w+) -is:retweet", query["query"])
        if not found:
            raise Refused(400, "this X knows one query only")
        oldest = id_at(datetime.now(UTC) - timedelta(days=7))
        if int(query.get("since_id", oldest)) < int(oldest):
            raise Refused(400, "'since_id' must be a tweet id created after a week ago")
        tag = re.compile(rf"#{found[1]}\b", re.IGNORECASE)
        return 200, self._page(
            query, lambda post: tag.search(post["text"]) and not _shares(post), token="next_token"
        )

    def _lookup(self, _id: str, query: dict[str, str], _told: Any) -> tuple[int, Any]:
        asked = query["ids"].split(",")
        there = [self.posts[one] for one in asked if one in self.posts]
        missing = [
            {
                "value": one,
                "detail": f"Could not find tweet with ids: [{one}].",
                "title": "Not Found Error",
                "resource_type": "tweet",
                "parameter": "ids",
                "resource_id": one,
                "type": _PROBLEM + "resource-not-found",
            }
            for one in asked
            if one not in self.posts
        ]
        told = self._told(there, query) if there else {}
        return 200, {**told, **({"errors": missing} if missing else {})}

    def _publish(self, _id: str, _query: Any, told: Any) -> tuple[int, Any]:
        text, to = told["text"], (told.get("reply") or {}).get("in_reply_to_tweet_id")
        if to:
            self._check_reply(to)
        if any(post["said"] == text for post in self.posts.values() if post["author_id"] == CITY):
            raise Refused(403, "You are not allowed to create a Tweet with duplicate content.")
        if unknown := set((told.get("media") or {}).get("media_ids", ())) - set(self.media):
            raise Refused(400, f"Your media IDs are invalid: {unknown}")
        remote_id = self._keep(CITY, text, to, {})
        post = self.posts[remote_id]
        return 201, {"data": {name: post[name] for name in _ALWAYS}}

    def _check_reply(self, to: str) -> None:
        answered = self.posts.get(to)
        if answered is None:
            raise Refused(
                403, "You attempted to reply to a Tweet that is deleted or not visible to you."
            )
        if answered["author_id"] != CITY and f"@{_USERS[CITY]['username']}" not in answered["text"]:
            raise Refused(
                403,
                "Reply to this conversation is not allowed because you have not been mentioned or "
                "otherwise engaged by the author of the post you are replying to.",
            )

    def _delete(self, remote_id: str, _query: Any, _told: Any) -> tuple[int, Any]:
        post = self.posts.get(remote_id)
        if post and post["author_id"] != CITY:
            raise Refused(403, "You are not authorized to delete this Tweet.")
        self._remove(remote_id)
        return 200, {"data": {"deleted": post is not None}}

    def _repost(self, _id: str, _query: Any, told: Any) -> tuple[int, Any]:
        original = self.posts.get(told["tweet_id"])
        if original is None:
            raise Refused(404, "Could not find it", _PROBLEM + "resource-not-found")
        if any(_shares(post) == original["id"] for post in self.posts.values()):
            raise Refused(400, "You cannot retweet a Tweet that you have already retweeted.")
        text = f"RT @{_USERS[original['author_id']]['username']}: {original['text']}"[:140]
        remote_id = self._keep(CITY, text, None, {}, shares=original["id"])
        rest_id = {"rest_id": remote_id} if self.says_rest_id else {}
        return 200, {"data": {"retweeted": True, **rest_id}}

    def _upload(self, headers: Any, body: bytes) -> Any:
        sort = headers["Content-Type"].encode()
        form = BytesParser().parsebytes(b"Content-Type: " + sort + b"\r\n\r\n" + body)
        fields = {
            str(part.get_param("name", header="content-disposition")): part
            for part in form.walk()
            if not part.is_multipart()
        }
        if set(fields) != {"media", "media_category"}:
            raise Refused(400, f"not an upload: {sorted(fields)}")
        if fields["media_category"].get_payload() != "tweet_image":
            raise Refused(400, "media_category is not one of [tweet_image]")
        media_id = self._new_id()
        key = f"3_{media_id}"
        self.media[media_id] = {"type": fields["media"].get_content_type(), "key": key}
        return {"data": {"id": media_id, "media_key": key, "expires_after_secs": 86_400, "size": 1}}

    def _describe(self, _id: str, _query: Any, told: Any) -> tuple[int, Any]:
        if told["id"] not in self.media:
            raise Refused(400, "no such media")
        self.alts[told["id"]] = told["metadata"]["alt_text"]["text"]
        return 200, {"data": {"id": told["id"], "associated_metadata": told["metadata"]}}

    # --- posts

    def _new_id(self) -> str:
        self._last = max(self._last + 1, int(id_at(datetime.now(UTC))))
        return str(self._last)

    def _keep(
        self,
        author: str,
        text: str,
        to: str | None,
        more: dict[str, Any],
        shares: str | None = None,
    ) -> str:
        remote_id = more.pop("remote_id", None) or self._new_id()
        answered = self.posts.get(to or "")
        names = f"@{_USERS[answered['author_id']]['username']} " if answered else ""
        escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        references = [
            {"type": kind, "id": of}
            for kind, of in (("replied_to", to), ("retweeted", shares))
            if of
        ]
        post = {
            "id": remote_id,
            "said": text,
            "text": (names + escaped).strip(),
            "author_id": author,
            "edit_history_tweet_ids": [remote_id],
            "created_at": f"{written(remote_id):%Y-%m-%dT%H:%M:%S.000Z}",
            "conversation_id": answered["conversation_id"] if answered else remote_id,
            **({"referenced_tweets": references} if references else {}),
            **more,
        }
        self.posts[remote_id] = post
        return remote_id

    def _remove(self, remote_id: str) -> None:
        for one in [r for r, post in self.posts.items() if remote_id in (r, _shares(post))]:
            del self.posts[one]

    def _page(self, query: dict[str, str], wanted: Any, token: str = "pagination_token") -> Any:
        above = int(query.get("since_id", 0))
        below = min(int(query.get("until_id", 10**19)), _position(query.get(token)))
        found = sorted(
            (p for p in self.posts.values() if above < int(p["id"]) < below and wanted(p)),
            key=lambda post: -int(post["id"]),
        )
        most = int(query.get("max_results", 10))
        page, rest = found[:most], found[most:]
        meta: dict[str, Any] = {"result_count": len(page)}
        if page:
            meta |= {"newest_id": page[0]["id"], "oldest_id": page[-1]["id"]}
        if rest:
            meta["next_token"] = f"after-{page[-1]['id']:>19}".replace(" ", "0")
        return {**(self._told(page, query) if page else {}), "meta": meta}

    def _told(self, posts: list[dict[str, Any]], query: dict[str, str]) -> Any:
        fields = {*_ALWAYS, *query.get("tweet.fields", "").split(",")}
        expanded = query.get("expansions", "").split(",")
        data = [{name: value for name, value in p.items() if name in fields} for p in posts]
        includes: dict[str, Any] = {}
        if "author_id" in expanded:
            includes["users"] = [_USERS[one] for one in sorted({p["author_id"] for p in posts})]
        keys = [key for p in posts for key in p.get("attachments", {}).get("media_keys", ())]
        if "attachments.media_keys" in expanded and keys:
            asked = {"media_key", "type", *query.get("media.fields", "").split(",")}
            known = [self.media[key] for key in keys]
            includes["media"] = [{k: v for k, v in one.items() if k in asked} for one in known]
        places = {p.get("geo", {}).get("place_id") for p in posts} - {None}
        if "geo.place_id" in expanded and places:
            includes["places"] = [self.places[one] for one in sorted(places)]
        return {"data": data, **({"includes": includes} if includes else {})}


def _shares(post: dict[str, Any]) -> str | None:
    for reference in post.get("referenced_tweets", ()):
        if reference["type"] == "retweeted":
            return str(reference["id"])
    return None


def _position(token: str | None) -> int:
    return int(token.removeprefix("after-")) if token else 10**19


def _signed(method: str, target: str, headers: Any, by: Mapping[str, str]) -> dict[str, str] | None:
    """What OAuth 1.0a tells, where it is signed by this app and token; else None.

    HMAC-SHA1 over the method, the whole address and the query (RFC 5849).
    """
    signed = signature.collect_parameters(
        uri_query=urlsplit(target).query,
        headers={"Authorization": headers.get("Authorization", "")},
        exclude_oauth_signature=False,
    )
    told = dict(signed)
    request = SimpleNamespace(
        http_method=method,
        uri=f"http://{headers['Host']}{target}",
        params=[pair for pair in signed if pair[0] != "oauth_signature"],
        signature=told.get("oauth_signature", ""),
    )
    known = (told.get("oauth_consumer_key"), told.get("oauth_token"))
    secret = by.get("access_token_secret", "")
    fresh = abs(int(told.get("oauth_timestamp", 0)) - time.time()) < 300
    right = signature.verify_hmac_sha1(request, by["consumer_secret"], secret)
    mine = known == (by["consumer_key"], by.get("access_token"))
    return told if fresh and right and mine else None


@contextmanager
def x_server() -> Iterator[XServer]:
    server = XServer()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def _do(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            try:
                status, told = server.answer(self.command, self.path, self.headers, body)
            except Refused as refused:
                status, told = refused.status, refused.body
            plain = isinstance(told, str)
            said = told.encode() if plain else json.dumps(told).encode()
            sort = "text/html" if plain else "application/json"
            self.send_response(status)
            self.send_header("Content-Type", f"{sort}; charset=utf-8")
            self.send_header("x-access-level", server.access_level)
            self.send_header("x-rate-limit-limit", "900")
            self.send_header("x-rate-limit-remaining", "847")
            self.send_header("x-rate-limit-reset", str(int(time.time()) + 900))
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        do_GET = do_POST = do_DELETE = _do  # noqa: N815 (the library's names)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    door = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.url = f"http://127.0.0.1:{door.server_address[1]}"
    thread = threading.Thread(target=door.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        door.shutdown()
        door.server_close()
        thread.join()
