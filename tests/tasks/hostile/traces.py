"""What each sender's process did itself, in files: which posts, and when it wrote results down."""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Engine, event

from channels.base import Channel, Message, Published
from registry.model import Account

_C = TypeVar("_C", bound=type[Channel])


@dataclass(frozen=True)
class Traces:
    """The files below a folder, one for each process."""

    folder: Path

    def sent(self, remote_id: str) -> None:
        """This process got the id of a post that it sent."""
        self._note("sent", remote_id)

    def watch(self, engine: Engine) -> None:
        """Note whenever this process claims a delivery or writes down what came of it."""

        def note(_c: Any, cursor: Any, statement: str, *_more: Any) -> None:
            changed = statement.partition(" WHERE ")[0]
            # who opens a wave or drops what must not go holds nothing, and may be anybody
            if changed.startswith("UPDATE delivery") and "holder=" in changed and cursor.rowcount:
                self._note("wrote", str(cursor.rowcount))

        event.listen(engine, "after_cursor_execute", note)

    def posts_of(self, pid: int) -> set[str]:
        """The ids of the posts that the process sent."""
        return {said for _, what, said in self._lines(pid) if what == "sent"}

    def writes_of(self, pid: int, *, after: float) -> int:
        """How many results the process wrote down since then (seconds of the epoch)."""
        return sum(int(n) for at, what, n in self._lines(pid) if what == "wrote" and at > after)

    def _note(self, what: str, said: str) -> None:
        with self._file(os.getpid()).open("a") as file:
            file.write(f"{time.time():.6f} {what} {said}\n")

    def _lines(self, pid: int) -> list[tuple[float, str, str]]:
        file = self._file(pid)
        lines = file.read_text().splitlines() if file.exists() else []
        return [(float(at), what, said) for at, what, said in map(str.split, lines)]

    def _file(self, pid: int) -> Path:
        self.folder.mkdir(exist_ok=True)
        return self.folder / str(pid)


def traced(kind: _C, settings: Any, note: Callable[[str], None]) -> Channel:
    """A channel of this kind that notes the id of each post that it sent."""

    class Traced(kind):  # type: ignore[valid-type,misc]  # whatever channel it is
        def publish(self, account: Account, message: Message) -> Published:
            return _noted(super().publish(account, message), note)

        def repost(self, account: Account, remote_id: str) -> Published:
            return _noted(super().repost(account, remote_id), note)

    made: Channel = Traced(settings)
    return made


def _noted(out: Published, note: Callable[[str], None]) -> Published:
    note(out.remote_id)
    return out
