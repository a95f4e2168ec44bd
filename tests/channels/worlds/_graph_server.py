"""A small Graph server of our own: it checks what it is asked and answers in Meta's shapes.

Which fields, edges and parameters there are is Meta's own word (its SDK's specification for pages,
posts, comments and media, its reference for Threads and containers); what is not among them is
answered with Meta's error 100, where the real one may be more lenient.
"""

import contextlib
import itertools
import json
import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import Message as Headers
from email.parser import BytesParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit


def names(words: str) -> frozenset[str]:
    return frozenset(words.split())


class GraphError(Exception):
    """An error as Graph answers it, with status 400 unless another is told."""

    def __init__(self, code: int, message: str, *, subcode: int = 0, status: int = 400) -> None:
        super().__init__(message)
        self.status = status
        self.body: dict[str, Any] = {
            "error": {
                "message": message,
                "type": "OAuthException",
                "code": code,
                "fbtrace_id": "AbCdEf",
            }
        }
        if subcode:
            self.body["error"]["error_subcode"] = subcode


def no_such(node: str) -> GraphError:
    return GraphError(
        100,
        f"Unsupported request. Object with ID '{node}' does not exist, cannot be loaded due to "
        "missing permissions, or does not support this operation",
        subcode=33,
    )


@dataclass(eq=False)
class Node:
    """An object: its kind, its plain fields, and its edges, newest entry first."""

    id: str
    kind: str
    fields: dict[str, Any] = field(default_factory=dict)
    edges: dict[str, Callable[[dict[str, str]], list["Node"]]] = field(default_factory=dict)
    owner: str = ""
    above: str = ""
    root: str = ""


Form = dict[str, str]
Action = Callable[["Graph", Node, Form, dict[str, bytes]], Any]


@dataclass
class Graph:
    """`kinds`: the fields of each kind. `edges`: the parameters of each `METHOD kind/edge`."""

    kinds: dict[str, frozenset[str]]
    edges: dict[str, frozenset[str]]
    actions: dict[str, Action]
    nodes: dict[str, Node] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)  # to the id of its account
    largest: int = 100  # what an edge gives at most
    lock: threading.RLock = field(default_factory=threading.RLock)
    debug: dict[str, Any] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(17_000_000_000_001))

    def number(self) -> str:
        return str(next(self._numbers))

    def add(self, node: Node) -> Node:
        with self.lock:
            self.nodes[node.id] = node
        return node

    def newest(self, which: Callable[[Node], bool]) -> list[Node]:
        return [node for node in reversed(self.nodes.values()) if which(node)]

    def answer(
        self, method: str, url: str, headers: Headers, body: bytes
    ) -> tuple[int, dict[str, Any]]:
        parts = urlsplit(url)
        query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        form, files = _form(headers, body)
        try:
            with self.lock:
                return 200, self._serve(method, parts.path, query, form, files, headers)
        except GraphError as error:
            return error.status, error.body

    def _serve(
        self,
        method: str,
        path: str,
        query: Form,
        form: Form,
        files: dict[str, bytes],
        headers: Headers,
    ) -> dict[str, Any]:
        bearer = str(headers.get("Authorization", "")).removeprefix("Bearer ")
        token = bearer or query.pop("access_token", "") or form.pop("access_token", "")
        me = self.tokens.get(token)
        if me is None:
            raise GraphError(190, "Invalid OAuth access token.", subcode=463)
        if path == "/refresh_access_token":
            return {"access_token": token + "2", "token_type": "bearer", "expires_in": 5_184_000}
        found = re.fullmatch(r"/v\d+\.\d/([^/]+)(?:/([a-z_]+))?", path)
        if not found:
            raise GraphError(2500, f"Unknown path components: {path}")
        name, edge = found.groups()
        if name == "debug_token":
            return {"data": {"is_valid": True, **self.debug}}
        node = self._node(me if name == "me" else name, me)
        if method == "DELETE":
            return self._delete(node, me)
        if method == "POST":
            return self._act(node, edge, form, files)
        return self._page(node, edge, query) if edge else self._shown(node, query)

    def _node(self, name: str, me: str) -> Node:
        node = self.nodes.get(name)
        hidden = node is not None and node.kind == "container" and node.owner != me
        if node is None or hidden:
            raise no_such(name)
        return node

    def _delete(self, node: Node, me: str) -> dict[str, Any]:
        if node.owner != me or f"DELETE {node.kind}" not in self.edges:
            raise no_such(node.id)
        self.remove(node)
        return {"success": True, "deleted_id": node.id}

    def remove(self, node: Node) -> None:
        with self.lock:
            self.nodes.pop(node.id, None)

    def _act(self, node: Node, edge: str, form: Form, files: dict[str, bytes]) -> dict[str, Any]:
        act = self._known(f"POST {node.kind}/{edge}", {*form, *files})
        told = self.actions[act](self, node, form, files)
        return told if isinstance(told, dict) else {"id": str(told)}

    def _known(self, what: str, given: set[str]) -> str:
        if what not in self.edges:
            raise no_such(what)
        odd = {re.sub(r"\[\d+\]$", "", name) for name in given} - self.edges[what]
        if odd:
            raise GraphError(100, f"Unknown parameters for {what}: {', '.join(sorted(odd))}")
        return what

    def _shown(self, node: Node, query: Form) -> dict[str, Any]:
        edge = node.edges.get("")
        if edge is not None:  # a list that is called like a node
            self._known(f"GET {node.kind}/", set(query) - _LIST)
            return self._paged(node, "", edge(query), query)
        if set(query) - {"fields"}:
            raise GraphError(100, f"Unknown parameters: {', '.join(query)}")
        return self.shown(node, query.get("fields", "id"))

    def _page(self, node: Node, edge: str, query: Form) -> dict[str, Any]:
        if edge not in node.edges:
            raise GraphError(100, f"(#100) Tried accessing nonexisting field ({edge})")
        self._known(f"GET {node.kind}/{edge}", set(query) - _LIST)
        return self._paged(node, edge, node.edges[edge](query), query)

    def _paged(self, node: Node, edge: str, found: list[Node], query: Form) -> dict[str, Any]:
        """A page, its cursor the last entry's id, as text that nobody else understands."""
        ids = [each.id for each in found]
        after = query.get("after")
        if after and not after.startswith("QVFI"):
            raise GraphError(100, "Invalid cursor")
        start = ids.index(after[4:]) + 1 if after and after[4:] in ids else 0
        size = min(int(query.get("limit", 25)), self.largest)
        batch = found[start : start + size]
        data = [self.shown(each, query.get("fields", "id")) for each in batch]
        if not batch:
            return {"data": []}
        paging: dict[str, Any] = {
            "cursors": {"before": f"QVFI{batch[0].id}", "after": f"QVFI{batch[-1].id}"}
        }
        if start + size < len(found):
            asked = urlencode(query | {"after": paging["cursors"]["after"]})
            paging["next"] = f"https://graph.example/{node.id}/{edge}?{asked}"
        return {"data": data, "paging": paging}

    def shown(self, node: Node, fields: str) -> dict[str, Any]:
        """The fields that were asked for, and those below them."""
        told: dict[str, Any] = {"id": node.id}
        for name, modifiers, below in split(fields):
            if name not in self.kinds[node.kind]:
                raise GraphError(
                    100,
                    f"(#100) Tried accessing nonexisting field ({name}) on node type ({node.kind})",
                )
            if name in node.edges:
                page = self._page(node, name, modifiers | {"fields": below or "id"})
                told |= {name: page} if page["data"] else {}
            elif node.fields.get(name) is not None:
                told[name] = _only(node.fields[name], below)
        return told


_LIST = frozenset({"fields", "limit", "after", "before", "since", "until"})


def split(fields: str) -> Iterator[tuple[str, Form, str]]:
    """`a,b.limit(5){c}` as names, what is said of them, and what is asked below them."""
    depth, start = 0, 0
    for place, letter in enumerate(fields + ","):
        depth += {"{": 1, "(": 1, "}": -1, ")": -1}.get(letter, 0)
        if letter == "," and not depth:
            found = re.fullmatch(r"(\w+)((?:\.\w+\([^)]*\))*)(?:\{(.*)\})?", fields[start:place])
            if not found:
                raise GraphError(2500, f"Syntax error in the fields: {fields[start:place]}")
            said = dict(re.findall(r"\.(\w+)\(([^)]*)\)", found[2]))
            yield found[1], said, found[3] or ""
            start = place + 1


def _only(value: Any, below: str) -> Any:
    """What is asked of a nested value; without asking, of an object with an id only that."""
    if isinstance(value, dict) and set(value) == {"data"}:
        return {"data": [_only(each, below) for each in value["data"]]}
    if not isinstance(value, dict) or not below:
        return value
    return {
        name: _only(value[name], deeper)
        for name, _, deeper in split(below)
        if value.get(name) is not None
    }


def _form(headers: Headers, body: bytes) -> tuple[Form, dict[str, bytes]]:
    kind = str(headers.get("Content-Type", ""))
    if not kind.startswith("multipart/"):
        said = parse_qs(body.decode(), keep_blank_values=True)
        return {name: values[-1] for name, values in said.items()}, {}
    whole = BytesParser().parsebytes(f"Content-Type: {kind}\r\n\r\n".encode() + body)
    form: Form = {}
    files: dict[str, bytes] = {}
    for part in whole.walk():
        name = part.get_param("name", header="Content-Disposition")
        content = part.get_payload(decode=True)
        if isinstance(name, str) and isinstance(content, bytes):
            if part.get_filename():
                files[name] = content
            else:
                form[name] = content.decode()
    return form, files


def written() -> str:
    """Now, as Graph writes it: no finer than a second."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S+0000")


def container(graph: Graph, owner: Node, form: Form, status: str = "FINISHED") -> Node:
    """A container that is ready at once, as one of text or of a small picture nearly is."""
    node = Node(graph.number(), "container", dict(form), owner=owner.id)
    node.fields |= {"status_code": status, "status": status}
    return graph.add(node)


def taken(graph: Graph, form: Form, *, not_found: GraphError) -> Node:
    """The container that is to be published, once."""
    node = graph.nodes.get(form.get("creation_id", ""))
    status = node.fields["status_code"] if node else ""
    if node is None or status == "PUBLISHED":
        raise not_found
    if status != "FINISHED":
        raise GraphError(9007, "Media ID is not available", subcode=2207027)
    node.fields |= {"status_code": "PUBLISHED", "status": "PUBLISHED"}
    return node


@contextlib.contextmanager
def serving(graph: Graph) -> Iterator[str]:
    """The graph on loopback, until the block ends; its origin."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            status, told = graph.answer(self.command, self.path, self.headers, body)
            content = json.dumps(told).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json; charset=UTF-8")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_DELETE = _answer  # noqa: N815 (the library's names)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def error_body(code: int, *, subcode: int = 0, message: str = "an error", **more: Any) -> bytes:
    """An error's body, for a fault."""
    body = GraphError(code, message, subcode=subcode).body
    body["error"] |= more
    return json.dumps(body).encode()
