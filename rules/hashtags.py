"""Hashtags in what people write."""

import re

from rules.clean import match_form

_TAG = re.compile(r"[#＃](\w+)")


def carries(text: str, tag: str) -> bool:
    """Whether a text carries the hashtag (without its `#`), however its letters are put together."""
    wanted = match_form(tag)
    return bool(wanted) and any(match_form(found) == wanted for found in _TAG.findall(text))


def count_hashtags(text: str) -> int:
    """How many hashtags a text carries, the same one twice counted twice."""
    return len(_TAG.findall(text))
