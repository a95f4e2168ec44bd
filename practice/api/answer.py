"""Answers as JSON that can carry any text, a lone surrogate too."""

import json
from collections.abc import Mapping
from typing import Any

from starlette.responses import Response


class Json(Response):
    """JSON in ASCII: what UTF-8 cannot hold travels as an escape."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        return json.dumps(content, separators=(",", ":")).encode("ascii")


def error(status: int, message: str, headers: Mapping[str, str] | None = None) -> Json:
    return Json({"error": message}, status_code=status, headers=headers)
