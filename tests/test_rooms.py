"""Who may import whom, and what no file may be called."""

import ast
import importlib.metadata
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

#: What each room may import of ours, besides itself; `cli` may import anything.
ROOMS = {
    "flows": {"tasks"},
    "tasks": {"channels", "store", "rules", "routing", "registry", "templates", "settings", "cap"},
    "channels": {"registry", "settings"},
    "store": {"rules", "registry", "settings"},
    "routing": {"rules", "registry"},
    "rules": {"registry"},
    "cap": {"rules", "registry"},
    "registry": set(),
    "templates": set(),
    "center": {"store", "rules", "registry", "templates", "settings", "cap"},
    "practice": set(),
}
OURS = set(ROOMS) | {"cli", "one_machine", "settings"}


def modules_of(room: str) -> list[Path]:
    return sorted((ROOT / room).rglob("*.py"))


def imports_of(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_only_what_the_design_allows(room: str) -> None:
    allowed = ROOMS[room] | {room}
    strays = {
        f"{path.relative_to(ROOT)} imports {name}"
        for path in modules_of(room)
        for name in imports_of(path)
        if name in OURS and name not in allowed
    }
    assert not strays


def test_only_the_cli_and_nothing_else_imports_the_cli() -> None:
    for room in ROOMS:
        for path in modules_of(room):
            assert not {"cli", "one_machine"} & set(imports_of(path)), path


def test_no_flow_is_named_like_something_that_can_be_imported() -> None:
    """Prefect puts `flows/` first on the path: such a file would hide the real thing."""
    libraries = set(importlib.metadata.packages_distributions())
    taken = OURS | set(sys.stdlib_module_names) | libraries
    names = {path.stem for path in (ROOT / "flows").glob("*.py")} - {"__init__"}
    assert not names & taken


def test_a_flow_is_short_enough_to_read_like_a_sentence() -> None:
    for path in (ROOT / "flows").glob("*.py"):
        assert len(path.read_text().splitlines()) <= 50, path


def test_every_flow_has_steps_of_its_name_and_a_deployment() -> None:
    import yaml

    deployed = {
        deployment["entrypoint"]
        for deployment in yaml.safe_load((ROOT / "prefect.yaml").read_text())["deployments"]
    }
    for path in (ROOT / "flows").glob("*.py"):
        if path.stem == "__init__":
            continue
        assert (ROOT / "tasks" / path.name).exists(), f"no tasks/{path.name}"
        assert f"flows/{path.name}:{path.stem}" in deployed, f"{path.name} is not deployed"


def test_nothing_of_ours_speaks_smtp_itself() -> None:
    for room in ("flows", "tasks", "channels", "store", "center"):
        for path in modules_of(room):
            assert "smtplib" not in set(imports_of(path)), path


def test_only_the_settings_read_the_environment() -> None:
    readers = {
        path.relative_to(ROOT)
        for room in ROOMS
        for path in modules_of(room)
        if "os.environ" in path.read_text() or "getenv" in path.read_text()
    }
    assert not readers


def test_only_the_sender_publishes() -> None:
    callers = {
        path.name
        for room in ("flows", "tasks", "center", "store")
        for path in modules_of(room)
        if ".publish(" in path.read_text()
    }
    assert callers == {"deliver.py"}
