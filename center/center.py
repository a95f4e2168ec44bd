"""What every page stands on, and one visit to it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from fastapi import Request

import templates
from center.cookies import Signer
from registry.model import Registry
from settings import Settings
from store.engine import Store
from store.registry import load

#: So long the run that waits for an approval has to take it up, in seconds; then another is asked.
TAKEN_UP_WITHIN = 2.0


class AskRun(Protocol):
    """Starts a flow by its name, with parameters where it takes any."""

    def __call__(self, name: str, parameters: Mapping[str, object] | None = None, /) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Center:
    """The center as it runs: its settings, its store, its clock (UTC), its way to start a flow."""

    settings: Settings
    store: Store
    ask_run: AskRun
    clock: Callable[[], datetime]
    signer: Signer
    taken_up_within: float = TAKEN_UP_WITHIN

    @property
    def secure(self) -> bool:
        """Whether people reach the center by https."""
        return self.settings.center.startswith("https://")

    def registry(self) -> Registry:
        """The registry in use now. Raises `store.registry.NoRegistry` where none was imported."""
        with self.store.read() as session:
            return load(session)

    def page(self, name: str, /, **values: object) -> str:
        """The page `templates/pages/<name>.html` as text."""
        return templates.pages().get_template(f"pages/{name}.html").render(values)


def center_of(request: Request) -> Center:
    """The center that serves this request."""
    center: Center = request.app.state.center
    return center
