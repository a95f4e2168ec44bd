"""What X's API takes, for the ten requests that we make; a request is checked against it.

Facts from X's own description of its API, version 2.168 (docs.x.com, not openly licensed and so not
kept here), written down in our own form; the names of fields are those of the dialect that tweepy
speaks, from X's data dictionary. X drops an unknown field in silence: here it is refused.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

Check = Callable[[str], bool]


def a_number(least: int, most: int) -> Check:
    return lambda said: said.isdigit() and least <= int(said) <= most


def some_of(*names: str) -> Check:
    """Each of `names` is names in a row, parted by spaces."""
    known = {name for row in names for name in row.split()}
    return lambda said: bool(said) and set(said.split(",")) <= known


def like(pattern: str) -> Check:
    return lambda said: re.fullmatch(pattern, said) is not None


ID = r"[0-9]{1,19}"
_FIELDS: Mapping[str, Check] = {
    "tweet.fields": some_of(
        "article attachments author_id card_uri community_id context_annotations conversation_id",
        "created_at display_text_range edit_controls edit_history_tweet_ids entities geo id",
        "in_reply_to_user_id lang media_metadata note_tweet possibly_sensitive public_metrics",
        "referenced_tweets reply_settings scopes source text withheld",
    ),
    "expansions": some_of(
        "attachments.media_keys attachments.poll_ids author_id edit_history_tweet_ids",
        "entities.mentions.username geo.place_id in_reply_to_user_id referenced_tweets.id",
    ),
    "media.fields": some_of(
        "alt_text duration_ms height media_key preview_image_url type url variants width"
    ),
    "place.fields": some_of(
        "contained_within country country_code full_name geo id name place_type"
    ),
    "user.fields": some_of(
        "created_at description entities id location name protected url username verified"
    ),
}
_RANGE: Mapping[str, Check] = {
    "since_id": like(ID),
    "until_id": like(ID),
    "start_time": like(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"),
    "end_time": like(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"),
}
_TIMELINE = {
    **_FIELDS,
    **_RANGE,
    "max_results": a_number(5, 100),
    "pagination_token": like(r".{16,}"),
}


def _a_post(body: Any) -> bool:
    """`CreatePostsRequest`, as far as we use it."""
    reply, media = body.get("reply"), body.get("media")
    return (
        set(body) <= {"text", "reply", "media"}
        and isinstance(body.get("text"), str)
        and (reply is None or (set(reply) == {"in_reply_to_tweet_id"} and _an_id(*reply.values())))
        and (media is None or (set(media) == {"media_ids"} and 1 <= len(media["media_ids"]) <= 4))
        and all(map(_an_id, media["media_ids"] if media else []))
    )


def _a_repost(body: Any) -> bool:
    return set(body) == {"tweet_id"} and _an_id(body["tweet_id"])


def _a_description(body: Any) -> bool:
    alt = body["metadata"]["alt_text"]
    return (
        set(body) == {"id", "metadata"}
        and _an_id(body["id"])
        and set(body["metadata"]) == {"alt_text"}
        and set(alt) == {"text"}
        and 1 <= len(alt["text"]) <= 1000
    )


def _an_id(value: Any) -> bool:
    return isinstance(value, str) and re.fullmatch(ID, value) is not None


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One thing that can be asked. `body` checks what is sent as JSON; None: nothing is."""

    name: str
    method: str
    path: str
    query: Mapping[str, Check] = field(default_factory=dict)
    needs: frozenset[str] = frozenset()
    body: Callable[[Any], bool] | None = None


OPERATIONS = (
    Operation(name="me", method="GET", path="/2/users/me", query=_FIELDS),
    Operation(
        name="mentions", method="GET", path=rf"/2/users/(?P<id>{ID})/mentions", query=_TIMELINE
    ),
    Operation(name="own", method="GET", path=rf"/2/users/(?P<id>{ID})/tweets", query=_TIMELINE),
    Operation(
        name="search",
        method="GET",
        path="/2/tweets/search/recent",
        query={
            **_FIELDS,
            **_RANGE,
            "query": lambda said: 1 <= len(said) <= 4096,
            "max_results": a_number(10, 100),
            "next_token": like(r".{16,}"),
            "sort_order": like("recency|relevancy"),
        },
        needs=frozenset({"query"}),
    ),
    Operation(
        name="lookup",
        method="GET",
        path="/2/tweets",
        query={**_FIELDS, "ids": like(rf"{ID}(,{ID}){{0,99}}")},
        needs=frozenset({"ids"}),
    ),
    Operation(name="publish", method="POST", path="/2/tweets", body=_a_post),
    Operation(name="delete", method="DELETE", path=rf"/2/tweets/(?P<id>{ID})"),
    Operation(
        name="repost", method="POST", path=rf"/2/users/(?P<id>{ID})/retweets", body=_a_repost
    ),
    Operation(name="upload", method="POST", path="/2/media/upload"),
    Operation(name="describe", method="POST", path="/2/media/metadata", body=_a_description),
)


def operation_of(method: str, path: str) -> tuple[Operation, str] | None:
    """What this request asks, and the id in its path."""
    for one in OPERATIONS:
        found = re.fullmatch(one.path, path) if one.method == method else None
        if found:
            return one, found.groupdict().get("id", "")
    return None


def faults(one: Operation, query: Mapping[str, str], body: Any) -> list[str]:
    """What is wrong with a request, by the description; nothing where it is right."""
    wrong = [
        f"The query parameter [{name}] is not one of its parameters"
        for name in query
        if name not in one.query
    ]
    wrong += [
        f"The `{name}` query parameter value [{said}] is not valid"
        for name, said in query.items()
        if name in one.query and not one.query[name](said)
    ]
    wrong += [f"`{name}` is missing" for name in one.needs if name not in query]
    try:
        fine = one.body(body) if one.body else body is None
    except (AttributeError, KeyError, TypeError):
        fine = False
    return wrong if fine else [*wrong, "The body is not valid"]
