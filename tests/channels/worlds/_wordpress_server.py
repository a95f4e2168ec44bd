"""As much of WordPress's REST interface as its channel asks for: ours, made from the source of 6.1.

Every test of the contract runs over a real WordPress too, in `tests/networks/test_wordpress.py`.
"""

import base64
import contextlib
import json
import re
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from email.parser import BytesParser
from email.policy import HTTP
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

Query = dict[str, str]
_EDITOR = {"publish_posts": True, "upload_files": True, "moderate_comments": True}
_MAY: dict[int, dict[str, bool]] = {2: _EDITOR, 3: _EDITOR | {"moderate_comments": False}}
_STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
#: What may be asked of a list; another parameter is a mistake of ours.
_ASKED = {
    *("rest_route", "context", "per_page", "page", "order", "orderby", "status", "after", "before"),
    *("author", "include", "post", "slug", "_embed", "_fields"),
}
_STATUSES = {
    "any": {"publish", "draft", "approved", "hold", "spam", "trash"},
    "all": {"approved", "hold"},
    "publish": {"publish"},
    "approve": {"approved"},
    "inherit": {"inherit"},
}
_DEFAULT = {"posts": "publish", "comments": "approve", "media": "inherit"}


class Say(Exception):
    """An error in WordPress's own shape."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(code)
        self.status = status
        self.code = code


class WordPressServer:
    """A site with an editor, number 2, an author, number 3, and any guests; its state is `tables`."""

    def __init__(self, passwords: dict[str, str]) -> None:
        logins = (f"{name}:{password}".encode() for name, password in passwords.items())
        self.names = dict(enumerate(passwords, 2))
        self.users = {b"Basic " + base64.b64encode(one): n for n, one in enumerate(logins, 2)}
        self.tables: dict[str, list[dict[str, Any]]] = {"posts": [], "comments": [], "media": []}
        self.lock = threading.Lock()
        self.trash = True
        self._last = 10
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = 64 * 1024  # headers and body in one packet

            def _do(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                body = self.rfile.read(length)
                headers: dict[str, str] = {}
                with server.lock:
                    try:
                        status, told, headers = server.answer(self, body)
                    except Say as said:
                        status = said.status
                        told = {
                            "code": said.code,
                            "message": f"Sorry: {said.code}.",
                            "data": {"status": status},
                        }
                raw = json.dumps(told).encode()
                self.send_response(status)
                for name, value in {"Content-Type": "application/json", **headers}.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(raw)))
                self.end_headers()
                self.wfile.write(raw)

            do_GET = do_POST = do_DELETE = _do  # noqa: N815 (the library's names)

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_address[1]}"

    def answer(self, asked: BaseHTTPRequestHandler, body: bytes) -> tuple[int, Any, dict[str, str]]:
        parts = urlsplit(asked.path)
        query = dict(parse_qsl(parts.query))
        match = re.fullmatch(r"/wp/v2/(\w+)(?:/(\d+|me))?", query.get("rest_route", ""))
        if parts.path != "/" or not match:
            raise Say(404, "rest_no_route")
        user = self._signed_in(asked.headers.get("Authorization"))
        table, number = match[1], match[2]
        if table == "users" and number == "me":
            if not user:
                raise Say(401, "rest_not_logged_in")
            me = {"id": user, "name": "서울시", "slug": self.names[user]}
            return 200, me | {"capabilities": _MAY[user]}, {}
        if table not in self.tables:
            raise Say(404, "rest_no_route")
        may = user and (table != "comments" or _MAY[user]["moderate_comments"])
        if query.get("context") == "edit" and not may:
            raise Say(403 if user else 401, "rest_forbidden_context")
        if asked.command == "POST":
            sent = _sent(asked.headers.get("Content-Type") or "", body)
            return 201, self._create(table, sent, user), {}
        if asked.command == "DELETE":
            if not user:
                raise Say(401, "rest_cannot_delete")
            return 200, self._delete(table, int(number), query.get("force") == "true"), {}
        if number:
            return 200, self._one(table, int(number)), {}
        return self._list(table, query)

    def _signed_in(self, login: str | None) -> int:
        """The user's number; 0 is a guest."""
        if login is None:
            return 0
        if login.encode() not in self.users:
            raise Say(401, "incorrect_password")
        return self.users[login.encode()]

    def _one(self, table: str, number: int) -> dict[str, Any]:
        for row in self.tables[table]:
            if row["id"] == number:
                return row
        raise Say(404, f"rest_{'comment' if table == 'comments' else 'post'}_invalid_id")

    def _list(self, table: str, query: Query) -> tuple[int, Any, dict[str, str]]:
        bad = set(query) - _ASKED
        bad |= {
            name
            for name in ("after", "before")
            if not _STAMP.fullmatch(query.get(name, "2026-01-01T00:00:00Z"))
        }
        if bad or not 1 <= int(query.get("per_page", 10)) <= 100:
            raise Say(400, "rest_invalid_param")
        rows = [row for row in self.tables[table] if _matches(row, query, _DEFAULT[table])]
        rows.sort(key=lambda row: (row["date_gmt"], row["id"]), reverse=query.get("order") != "asc")
        size, page = int(query.get("per_page", 10)), int(query.get("page", 1))
        pages = -(-len(rows) // size)
        if page > 1 and page > pages and table != "comments":
            raise Say(400, "rest_post_invalid_page_number")
        told = rows[(page - 1) * size : page * size]
        if query.get("_fields"):
            wanted = query["_fields"].split(",")
            told = [{name: row[name] for name in wanted if name in row} for row in told]
        return 200, told, {"X-WP-TotalPages": str(pages), "X-WP-Total": str(len(rows))}

    def _create(self, table: str, sent: dict[str, Any], author: int) -> dict[str, Any]:
        if table != "comments" and not author:
            raise Say(401, "rest_cannot_create")
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S")
        self._last += 1
        row: dict[str, Any] = {"id": self._last, "author": author, "date_gmt": now}
        row["link"] = f"{self.url}/?p={self._last}"
        row |= {"posts": self._post, "comments": self._comment, "media": self._media}[table](
            sent, author
        )
        self.tables[table].append(row)
        return row

    def _post(self, sent: dict[str, Any], author: int) -> dict[str, Any]:
        taken = {row["slug"] for row in self.tables["posts"] + self.tables["media"]}
        slug, number = sent["slug"], 2
        while slug in taken:
            slug, number = f"{sent['slug']}-{number}", number + 1
        return {
            "slug": slug,
            "status": sent.get("status", "draft"),
            "title": {"raw": sent["title"], "rendered": sent["title"]},
            "content": {"raw": sent["content"], "rendered": sent["content"]},
        }

    def _comment(self, sent: dict[str, Any], author: int) -> dict[str, Any]:
        if not any(row["id"] == sent.get("post") for row in self.tables["posts"]):
            raise Say(403, "rest_comment_invalid_post_id")
        if not str(sent.get("content", "")).strip():
            raise Say(400, "rest_comment_content_invalid")
        name = sent.get("author_name", "서울시")
        same = (sent["post"], sent.get("parent", 0), name, sent["content"])
        for row in self.tables["comments"]:
            there = (row["post"], row["parent"], row["author_name"], row["content"]["raw"])
            if there == same and row["status"] != "trash":
                raise Say(409, "comment_duplicate")
        return {
            "post": sent["post"],
            "parent": sent.get("parent", 0),
            "author_name": name,
            "status": sent.get("status", "approved"),
            "content": {"raw": sent["content"], "rendered": f"<p>{sent['content']}</p>"},
        }

    def _media(self, sent: dict[str, Any], author: int) -> dict[str, Any]:
        name, raw = sent["file"]
        if not raw.startswith(b"\xff\xd8"):
            raise Say(400, "rest_upload_sideload_error")
        return {
            "slug": sent["slug"],
            "status": "inherit",
            "alt_text": sent["alt_text"],
            "source_url": f"{self.url}/wp-content/uploads/{name}",
        }

    def _delete(self, table: str, number: int, force: bool) -> dict[str, Any]:
        row = self._one(table, number)
        if force:
            self.tables[table].remove(row)
            return {"deleted": True, "previous": row}
        if table == "media" or not self.trash:
            raise Say(501, "rest_trash_not_supported")
        if row["status"] == "trash":
            raise Say(410, "rest_already_trashed")
        row["status"] = "trash"
        if "slug" in row:
            row["slug"] += "__trashed"
        return row


def _matches(row: dict[str, Any], query: Query, status: str) -> bool:
    statuses = _STATUSES[query.get("status", status)]
    if row["status"] not in statuses or (row["status"] == "trash" and "slug" in row):
        return False
    if any(name in query and str(row[name]) != query[name] for name in ("author", "post", "slug")):
        return False
    if "include" in query and str(row["id"]) not in query["include"].split(","):
        return False
    at = str(row["date_gmt"]) + "Z"
    return query.get("after", "") < at and at < query.get("before", "9")


def _sent(kind: str, body: bytes) -> dict[str, Any]:
    if kind.startswith("application/json"):
        told: dict[str, Any] = json.loads(body)
        return told
    form = BytesParser(policy=HTTP).parsebytes(f"Content-Type: {kind}\r\n\r\n".encode() + body)
    sent: dict[str, Any] = {}
    for part in form.iter_parts():
        name = str(part.get_param("name", header="Content-Disposition"))
        raw = part.get_payload(decode=True)
        content = raw if isinstance(raw, bytes) else b""
        sent[name] = (part.get_filename(), content) if part.get_filename() else content.decode()
    return sent


@contextlib.contextmanager
def wordpress_server(passwords: dict[str, str]) -> Iterator[WordPressServer]:
    """The site; its users are an editor and an author, by these application passwords."""
    server = WordPressServer(passwords)
    thread = threading.Thread(target=server.http.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.http.shutdown()
        server.http.server_close()
        thread.join()
