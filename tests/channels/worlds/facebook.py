"""Facebook, on our own small Graph server."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from channels.facebook import Facebook
from registry.model import Network
from tests.channels.channel_builders import an_account, settings_in
from tests.channels.proxy import Asked, Fault, proxy_to
from tests.channels.reached import PATIENT
from tests.channels.worlds._graph_server import (
    Form,
    Graph,
    GraphError,
    Node,
    error_body,
    names,
    serving,
    written,
)
from tests.channels.worlds.world import Secret, World

JSON = {"Content-Type": "application/json"}
REVOKED = Fault(reaches=False, status=400, headers=JSON, body=error_body(190, subcode=460))
USAGE = json.dumps(
    {"1": [{"type": "pages", "call_count": 100, "estimated_time_to_regain_access": 19, "new": 1}]}
)
LIMITED = Fault(
    reaches=False,
    status=400,
    headers=JSON | {"X-Business-Use-Case-Usage": USAGE},
    body=error_body(32, message="Page request limit reached"),
)
PAGE = "100200300"
TOKEN = "EAApage"
_EDGE = names("filter order")

_KINDS = {
    "page": names("id name"),
    "post": names("id created_time message from permalink_url place attachments comments"),
    "comment": names(
        "id created_time message from parent permalink_url is_hidden is_private attachment comments"
    ),
    "photo": names("id"),
}
_EDGES = {
    "GET page/published_posts": names(""),
    "GET page/feed": names(""),
    "GET page/tagged": names(""),
    "GET post/comments": _EDGE,
    "GET comment/comments": _EDGE,
    "POST page/feed": names("message attached_media"),
    "POST page/photos": names("published alt_text_custom source"),
    "POST post/comments": names("message attachment_id"),
    "POST comment/comments": names("message attachment_id"),
    "DELETE post": names(""),
    "DELETE comment": names(""),
}


def _author(graph: Graph, who: str) -> dict[str, Any]:
    known = graph.nodes.get(who)
    return {"id": who, "name": known.fields["name"] if known else "시민"}


def add_post(graph: Graph, who: str, text: str, *, wall: str = "", **more: Any) -> Node:
    node = Node(f"{wall if wall == PAGE else who}_{graph.number()}", "post", owner=who, root=wall)
    node.fields = {"message": text, "created_time": written(), "from": _author(graph, who)} | more
    node.edges["comments"] = lambda asked: _below(graph, node, asked)
    return graph.add(node)


def add_comment(graph: Graph, who: str, text: str, above: Node, **more: Any) -> Node:
    """Two levels only: what answers an answer hangs below the first comment."""
    top = graph.nodes[above.above] if above.kind == "comment" and above.above else above
    root = top.root if top.kind == "comment" else top.id
    node = Node(f"{root.rpartition('_')[2]}_{graph.number()}", "comment", owner=who, root=root)
    node.fields = {"message": text, "created_time": written(), "from": _author(graph, who)} | more
    if top.kind == "comment":
        node.above = top.id
        node.fields["parent"] = {"id": top.id, "from": top.fields["from"]}
    node.edges["comments"] = lambda asked: _below(graph, node, asked)
    return graph.add(node)


def _below(graph: Graph, above: Node, asked: Form) -> list[Node]:
    stream = asked.get("filter") == "stream"

    def hangs(node: Node) -> bool:
        if node.kind != "comment":
            return False
        if above.kind == "comment":
            return node.above == above.id
        return node.root == above.id and (stream or not node.above)

    found = graph.newest(hangs)
    return found if asked.get("order") == "reverse_chronological" else found[::-1]


def _feed(graph: Graph, page: Node, form: Form, _files: Any) -> str:
    if not form.get("message"):
        raise GraphError(100, "(#100) The post is empty")
    photos = [json.loads(form[name])["media_fbid"] for name in form if name.startswith("attached")]
    if any(graph.nodes[photo].fields["published"] for photo in photos):
        raise GraphError(324, "the picture is published already")
    return add_post(graph, page.id, form["message"], photos=photos).id


def _photo(graph: Graph, page: Node, form: Form, files: dict[str, bytes]) -> str:
    if not files.get("source", b"").startswith(b"\xff\xd8"):
        raise GraphError(324, "(#324) Requires upload file", subcode=2069019)
    told = {"published": form.get("published") != "false", "alt": form.get("alt_text_custom")}
    return graph.add(Node(graph.number(), "photo", told, owner=page.id)).id


def _answer(graph: Graph, above: Node, form: Form, _files: Any) -> str:
    if not form.get("message"):
        raise GraphError(100, "(#100) The comment is empty")
    return add_comment(graph, PAGE, form["message"], above, photo=form.get("attachment_id")).id


def a_graph() -> Graph:
    graph = Graph(
        kinds=_KINDS,
        edges=_EDGES,
        actions={
            "POST page/feed": _feed,
            "POST page/photos": _photo,
            "POST post/comments": _answer,
            "POST comment/comments": _answer,
        },
        tokens={TOKEN: PAGE},
        debug={"expires_at": 0, "scopes": ["pages_manage_posts", "pages_manage_engagement"]},
    )
    page = graph.add(Node(PAGE, "page", {"name": "서울시"}))
    page.edges = {
        "published_posts": lambda _: graph.newest(lambda n: n.kind == "post" and n.owner == PAGE),
        "feed": lambda _: graph.newest(lambda n: n.kind == "post" and n.id.startswith(PAGE)),
        "tagged": lambda _: graph.newest(lambda n: n.kind == "post" and n.root == "tagged"),
    }
    return graph


@dataclass(kw_only=True)
class FacebookWorld(World):
    graph: Graph
    standing_post: Node

    deletes = True
    revoked = REVOKED
    limited = LIMITED

    def citizen_writes(self, text: str, *, to: str | None = None) -> str:
        above = self.graph.nodes[to] if to else self.standing_post
        return add_comment(self.graph, "citizen", text, above).id

    def citizen_deletes(self, remote_id: str) -> None:
        self.graph.remove(self.graph.nodes[remote_id])

    def standing(self) -> list[str]:
        return [
            n.fields["message"]
            for n in self.graph.newest(lambda n: n.owner == PAGE)
            if n.kind in ("post", "comment")
        ]

    def publishes(self, asked: Asked) -> bool:
        return asked.method == "POST" and asked.path.endswith(("/feed", "/comments"))


@contextmanager
def open_world(folder: Path, secret: Secret) -> Iterator[FacebookWorld]:
    graph = a_graph()
    with serving(graph) as origin, proxy_to(origin) as proxy:
        account = an_account(
            id="facebook_seoul",
            network=Network.FACEBOOK,
            handle="서울시",
            credential="facebook-seoul",
        )
        secret("facebook-seoul", TOKEN)
        channel = Facebook(settings_in(folder, live=True), origin=proxy.url, timeouts=PATIENT)
        post = add_post(graph, PAGE, "무엇이든 말씀해 주세요")
        yield FacebookWorld(
            channel=channel, account=account, proxy=proxy, graph=graph, standing_post=post
        )
