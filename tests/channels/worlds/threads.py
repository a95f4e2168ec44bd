"""Threads, on our own small Graph server."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from channels.threads import Threads
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
    no_such,
    serving,
    taken,
    written,
)
from tests.channels.worlds.facebook import LIMITED, REVOKED
from tests.channels.worlds.world import Secret, World

USER = "31330000000000001"
TOKEN = "THAAcity"
NAME = "haechi_seoul"
_SINCE = names("since until")

_KINDS = {
    "user": names("id username"),
    "media": names(
        "id media_product_type media_type media_url permalink owner username text timestamp "
        "shortcode thumbnail_url children is_quote_post alt_text has_replies root_post replied_to "
        "is_reply is_reply_owned_by_me hide_status reposted_post quoted_post"
    ),
    "container": names("id status error_message"),
    "limit": names("id config quota_usage reply_config reply_quota_usage"),
    "search": names(""),
}
_EDGES = {
    "GET user/threads": _SINCE,
    "GET user/replies": _SINCE,
    "GET user/mentions": _SINCE,
    "GET user/threads_publishing_limit": names(""),
    "GET media/replies": names("reverse"),
    "GET media/conversation": names("reverse"),
    "GET search/": names("q search_mode search_type"),
    "POST user/threads": names(
        "media_type text image_url alt_text reply_to_id is_carousel_item children reply_control"
    ),
    "POST user/threads_publish": names("creation_id"),
    "POST media/repost": names(""),
    "DELETE media": names(""),
}


def add_post(graph: Graph, who: str, text: str, above: Node | None = None, **more: Any) -> Node:
    name = NAME if who == USER else who
    node = Node(graph.number(), "media", owner=who)
    node.fields = {
        "text": text,
        "timestamp": written(),
        "username": name,
        "permalink": f"https://www.threads.com/@{name}/post/{node.id}",
        "media_type": "TEXT_POST",
        "is_reply": above is not None,
        "has_replies": False,
    } | more
    if above:
        node.above, node.root = above.id, above.root or above.id
        node.fields |= {
            "replied_to": {"id": node.above},
            "root_post": {"id": node.root},
            "is_reply_owned_by_me": who == USER,
        }
        for each in (above.id, node.root):
            graph.nodes[each].fields["has_replies"] = True

    def below(asked: Form, every: bool) -> list[Node]:
        if node.owner != USER:
            raise GraphError(10, "Application does not have permission for this action")
        found = graph.newest(lambda n: n.above == node.id or (every and n.root == node.id))
        return found if asked.get("reverse", "true") == "true" else found[::-1]

    node.edges["replies"] = lambda asked: below(asked, every=False)
    node.edges["conversation"] = lambda asked: below(asked, every=True)
    return graph.add(node)


def _make(graph: Graph, user: Node, form: Form, _files: Any) -> str:
    kind = form.get("media_type")
    if kind not in ("TEXT", "IMAGE", "CAROUSEL") or (kind == "TEXT" and not form.get("text")):
        raise GraphError(100, "(#100) Param media_type or text is not right")
    if kind == "IMAGE" and not form.get("image_url", "").startswith("https://"):
        raise GraphError(100, "(#100) Param image_url is not a valid URI", subcode=2207052)
    answered = form.get("reply_to_id")
    if answered and answered not in graph.nodes:
        raise no_such(answered)
    return container(graph, user, form).id


def _publish(graph: Graph, user: Node, form: Form, _files: Any) -> str:
    media_not_found = GraphError(24, "The requested resource does not exist", subcode=4279009)
    made = taken(graph, form, not_found=media_not_found).fields
    above = graph.nodes[made["reply_to_id"]] if made.get("reply_to_id") else None
    more = {"media_url": made.get("image_url"), "alt_text": made.get("alt_text")}
    return add_post(graph, user.id, made.get("text", ""), above, **more).id


def _repost(graph: Graph, original: Node, _form: Form, _files: Any) -> str:
    more: dict[str, Any] = {"media_type": "REPOST_FACADE", "reposted_post": {"id": original.id}}
    return add_post(graph, USER, "", **more).id


def a_graph() -> Graph:
    graph = Graph(
        kinds=_KINDS,
        edges=_EDGES,
        actions={
            "POST user/threads": _make,
            "POST user/threads_publish": _publish,
            "POST media/repost": _repost,
        },
        tokens={TOKEN: USER},
        debug={"expires_at": 1_800_000_000, "scopes": ["threads_basic", "threads_content_publish"]},
    )

    def own(*, replies: bool) -> list[Node]:
        mine = graph.newest(lambda n: n.kind == "media" and n.owner == USER)
        return [node for node in mine if bool(node.above) is replies]

    def naming(word: str) -> list[Node]:
        return graph.newest(lambda n: n.kind == "media" and word in n.fields["text"])

    limit = Node("limit", "limit", {"config": {"quota_total": 250}, "quota_usage": 4})
    user = graph.add(Node(USER, "user", {"username": NAME}))
    user.edges = {
        "threads": lambda _: own(replies=False),
        "replies": lambda _: own(replies=True),
        "mentions": lambda _: naming(f"@{NAME}"),
        "threads_publishing_limit": lambda _: [limit],
    }
    search = graph.add(Node("keyword_search", "search"))
    search.edges[""] = lambda asked: naming(f"#{asked['q']}")
    return graph


@dataclass(kw_only=True)
class ThreadsWorld(World):
    graph: Graph

    reposts = deletes = True
    revoked = REVOKED
    limited = LIMITED

    def citizen_writes(self, text: str, *, to: str | None = None) -> str:
        above = self.graph.nodes[to] if to else None
        said = text if to else f"@{NAME} {text}"
        return add_post(self.graph, "citizen", said, above).id

    def citizen_deletes(self, remote_id: str) -> None:
        self.graph.remove(self.graph.nodes[remote_id])

    def standing(self) -> list[str]:
        ours = self.graph.newest(lambda node: node.kind == "media" and node.owner == USER)
        return [node.fields["text"] for node in ours]

    def publishes(self, asked: Asked) -> bool:
        return asked.method == "POST" and asked.path.endswith(("/threads_publish", "/repost"))


@contextmanager
def open_world(folder: Path, secret: Secret) -> Iterator[ThreadsWorld]:
    graph = a_graph()
    with serving(graph) as origin, proxy_to(origin) as proxy:
        account = an_account(
            id="threads_seoul", network=Network.THREADS, handle=NAME, credential="threads-seoul"
        )
        secret("threads-seoul", TOKEN)
        channel = Threads(
            settings_in(folder, live=True),
            origin=proxy.url,
            timeouts=PATIENT,
            pause=lambda _: None,
        )
        yield ThreadsWorld(channel=channel, account=account, proxy=proxy, graph=graph)
