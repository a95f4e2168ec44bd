"""How the installation was started, for commands in another shell: a small file in `var/`.

Without it `haechi broadcast` in a bare shell would look for Prefect on the wrong port, and put an
address that leads nowhere into what citizens read. Only commands read it. The processes of the
installation go by their own environment, so an old file can never make one of them live.
"""

import json
import os
from pathlib import Path
from typing import Any

from settings import Settings

#: May hold secrets, so it is not written down: only that it was set.
DATABASE = "HAECHI_DATABASE_URL"

#: What is written down, by field of the settings.
KEPT = (
    "live",
    "center_port",
    "center_url",
    "practice_port",
    "practice_url",
    "mailbox_port",
    "prefect_port",
    "smtp_host",
    "smtp_port",
    "smtp_tls",
    "mail_from",
    "precision",
    "sample",
)


class StoreElsewhere(RuntimeError):
    """The installation's store has an address that this shell does not know."""


def write_down(settings: Settings) -> None:
    """Say in `var/` what this installation runs with: ports and addresses, no secret.

    The file stays when all is stopped: what is drafted then is read after the next start.
    """
    kept: dict[str, Any] = {f"HAECHI_{name.upper()}": getattr(settings, name) for name in KEPT}
    if settings.prefect != f"http://127.0.0.1:{settings.prefect_port}/api":
        kept["PREFECT_API_URL"] = settings.prefect
    kept["HAECHI_CITY"] = settings.city.absolute()
    found = {name: str(value) for name, value in kept.items()}
    told = {"variables": found, "store_named": bool(settings.database_url)}
    settings.var.mkdir(parents=True, exist_ok=True)
    unfinished = _file(settings).with_suffix(f".{os.getpid()}")
    unfinished.write_text(json.dumps(told, indent=1), encoding="utf-8")
    unfinished.replace(_file(settings))  # whole: somebody may read it now


def join(settings: Settings) -> None:
    """Let this process go by what the installation in `var/` was started with last.

    What this shell sets itself wins; where it asks for the other mode, nothing is taken over.
    Raises `StoreElsewhere` where the store's address would have to be set here as well.
    """
    try:
        told = json.loads(_file(settings).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return
    found: dict[str, str] = told["variables"]
    if "HAECHI_LIVE" in os.environ and str(settings.live) != found["HAECHI_LIVE"]:
        return
    if told["store_named"] and not settings.database_url:
        raise StoreElsewhere(
            f"the installation in {settings.var} was started with {DATABASE}, which is not written "
            "down since it may hold a password: set it in this shell as well"
        )
    for name, value in found.items():
        if value:
            os.environ.setdefault(name, value)


def _file(settings: Settings) -> Path:
    return settings.var / "started.json"
