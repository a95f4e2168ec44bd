"""Instagram, on our own small Graph server.

What it publishes here is answers to comments; media, which need a picture, are in
`test_channels_instagram.py`.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from channels.instagram import Instagram
from registry.model import Network
from tests.channels.channel_builders import an_account, settings_in
from tests.channels.proxy import Asked, proxy_to
from tests.channels.reached import PATIENT
from tests.channels.worlds._graph_server import (
    Form,
    Graph,
    GraphError,
    Node,
    container,
    names,
    serving,
    taken,
    written,
)
from tests.channels.worlds.facebook import LIMITED, REVOKED
from tests.channels.worlds.world import Secret, World

USER = "17841400000000000"
TOKEN = "IGAAcity"
NAME = "haechi_seoul"

_COMMENT = names("id text timestamp username from parent_id hidden replies")
_KINDS = {
    "user": names("id username"),
    "media": names("id caption media_type media_url permalink timestamp username comments"),
    "comment": _COMMENT,
    "container": names("id status status_code"),
    "limit": names("id config quota_usage"),
}
_EDGES = {
    "GET user/media": names(""),
    "GET user/tags": names(""),
    "GET user/content_publishing_limit": names(""),
    "GET media/comments": names(""),
    "GET comment/replies": names(""),
    "POST user/media": names(
        "image_url caption alt_text is_carousel_item media_type children location_id user_tags"
    ),
    "POST user/media_publish": names("creation_id"),
    "POST media/comments": names("message"),
    "POST comment/replies": names("message"),
    "DELETE comment": names(""),
}


def add_media(graph: Graph, who: str, caption: str, *, tagging: bool = False, **more: Any) -> Node:
    node = Node(graph.number(), "media", owner=who, root="tags" if tagging else "")
    node.fields = {
        "caption": caption,
        "timestamp": written(),
        "username": NAME if who == USER else who,
        "permalink": f"https://www.instagram.com/p/{node.id}/",
        "media_type": "IMAGE",
    } | more
    node.edges["comments"] = lambda _: graph.newest(
        lambda each: each.kind == "comment" and each.root == node.id and not each.above
    )
    return graph.add(node)


def add_comment(graph: Graph, who: str, text: str, above: Node, **more: Any) -> Node:
    """An answer to an answer is put below its comment."""
    top = graph.nodes[above.above] if above.kind == "comment" and above.above else above
    node = Node(graph.number(), "comment", owner=who, root=top.root or top.id)
    name = NAME if who == USER else who
    node.fields = {
        "text": text,
        "timestamp": written(),
        "username": name,
        "from": {"id": f"scoped-{who}", "username": name},
    } | more
    if top.kind == "comment":
        node.above = node.fields["parent_id"] = top.id
    node.edges["replies"] = lambda _: _answers(graph, node)
    return graph.add(node)


def _answers(graph: Graph, comment: Node) -> list[Node]:
    """Oldest first; an answer has no answers of its own."""
    return graph.newest(lambda n: n.kind == "comment" and n.above == comment.id)[::-1]


def _make(graph: Graph, user: Node, form: Form, _files: Any) -> str:
    if form.get("media_type") == "CAROUSEL":
        parts = form.get("children", "").split(",")
        if not all(part in graph.nodes for part in parts):
            raise GraphError(100, "(#100) Invalid children")
    elif not form.get("image_url", "").startswith("https://"):
        raise GraphError(9004, "The media could not be fetched from this URI", subcode=2207052)
    if len(form.get("caption", "")) > 2200:
        raise GraphError(36004, "The caption is too long", subcode=2207010)
    return container(graph, user, form).id


def _publish(graph: Graph, user: Node, form: Form, _files: Any) -> str:
    media_not_found = GraphError(24, "The requested resource does not exist", subcode=2207006)
    made = taken(graph, form, not_found=media_not_found)
    picture: dict[str, Any] = {
        "media_url": made.fields.get("image_url"),
        "alt": made.fields.get("alt_text"),
    }
    return add_media(graph, user.id, made.fields.get("caption", ""), **picture).id


def _answer(graph: Graph, above: Node, form: Form, _files: Any) -> str:
    if not form.get("message"):
        raise GraphError(100, "(#100) The parameter message is required")
    return add_comment(graph, USER, form["message"], above).id


def a_graph() -> Graph:
    graph = Graph(
        kinds=_KINDS,
        edges=_EDGES,
        actions={
            "POST user/media": _make,
            "POST user/media_publish": _publish,
            "POST media/comments": _answer,
            "POST comment/replies": _answer,
        },
        tokens={TOKEN: USER},
        largest=50,
    )
    limit = Node("limit", "limit", {"config": {"quota_total": 100}, "quota_usage": 3})
    user = graph.add(Node(USER, "user", {"username": NAME}))
    user.edges = {
        "media": lambda _: graph.newest(lambda n: n.kind == "media" and n.owner == USER),
        "tags": lambda _: graph.newest(lambda n: n.kind == "media" and n.root == "tags"),
        "content_publishing_limit": lambda _: [limit],
    }
    return graph


@dataclass(kw_only=True)
class InstagramWorld(World):
    graph: Graph
    medium: Node

    posts = False
    deletes = True
    revoked = REVOKED
    limited = LIMITED

    def citizen_writes(self, text: str, *, to: str | None = None) -> str:
        above = self.graph.nodes[to] if to else self.medium
        return add_comment(self.graph, "citizen", text, above).id

    def citizen_deletes(self, remote_id: str) -> None:
        self.graph.remove(self.graph.nodes[remote_id])

    def answers(self, remote_id: str) -> str:
        """Answers to an answer hang below the comment that it answers."""
        return self.graph.nodes[remote_id].above or remote_id

    def standing(self) -> list[str]:
        ours = self.graph.newest(lambda node: node.owner == USER)
        return [
            str(node.fields.get("text") or node.fields.get("caption"))
            for node in ours
            if node.kind in ("comment", "media")
        ]

    def publishes(self, asked: Asked) -> bool:
        ends = ("/replies", "/comments", "/media_publish")
        return asked.method == "POST" and asked.path.endswith(ends)


@contextmanager
def open_world(folder: Path, secret: Secret) -> Iterator[InstagramWorld]:
    graph = a_graph()
    with serving(graph) as origin, proxy_to(origin) as proxy:
        account = an_account(
            id="instagram_seoul",
            network=Network.INSTAGRAM,
            handle=NAME,
            credential="instagram-seoul",
        )
        secret("instagram-seoul", json.dumps({"token": TOKEN, "user": USER}))
        channel = Instagram(
            settings_in(folder, live=True),
            origin=proxy.url,
            timeouts=PATIENT,
            pause=lambda _: None,
        )
        medium = add_media(graph, USER, "무엇이든 말씀해 주세요")
        yield InstagramWorld(
            channel=channel, account=account, proxy=proxy, graph=graph, medium=medium
        )
