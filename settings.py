"""The environment as one frozen object. Nothing else reads `os.environ`."""

import contextlib
import os
import re
import secrets
import tempfile
from functools import cached_property
from pathlib import Path
from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

HOME = Path(__file__).resolve().parent


class Settings(BaseSettings):
    """Every setting, from `HAECHI_<NAME>` in the environment. `docs/operations.md` explains each."""

    model_config = SettingsConfigDict(env_prefix="HAECHI_", frozen=True, extra="ignore")

    live: bool = False
    """False: every account is its twin on the practice network. True: the real networks."""
    var: Path = HOME / "var"
    city: Path = HOME / "registry" / "seoul"
    database_url: str = Field(default="", repr=False)  # it may hold a password

    center_port: int = 8000
    center_url: str = ""
    practice_port: int = 8300
    practice_url: str = ""
    mailbox_port: int = 8026
    prefect_port: int = 4200

    smtp_host: str = "127.0.0.1"
    smtp_port: int = 8025
    smtp_user: str = ""
    smtp_password: str = Field(default="", repr=False)
    smtp_tls: Literal["none", "starttls", "tls"] = "none"
    mail_from: str = "haechi@seoul.example"

    precision: float = 0.95
    """The precision asked of the machine when it decides alone."""
    sample: float = 0.03
    """The share of sure decisions that people see as well."""

    @cached_property
    def mode(self) -> Literal["practice", "live"]:
        return "live" if self.live else "practice"

    @cached_property
    def database(self) -> str:
        """The store's address; by default one SQLite file for each mode, so they never mix."""
        return self.database_url or f"sqlite:///{self.var / f'haechi-{self.mode}.db'}"

    @cached_property
    def center(self) -> str:
        return (self.center_url or f"http://127.0.0.1:{self.center_port}").rstrip("/")

    @cached_property
    def public_center(self) -> str:
        """The center's address for texts that citizens get; empty where none may stand in them.

        A city that is live must have said it: an address on this machine leads citizens nowhere.
        """
        return "" if self.live and not self.center_url else self.center

    @cached_property
    def practice(self) -> str:
        return (self.practice_url or f"http://127.0.0.1:{self.practice_port}").rstrip("/")

    @cached_property
    def prefect(self) -> str:
        """The address of Prefect's API."""
        return os.environ.get("PREFECT_API_URL") or f"http://127.0.0.1:{self.prefect_port}/api"

    @cached_property
    def media(self) -> Path:
        return self.var / "media"

    @cached_property
    def fitted(self) -> Path:
        """Pictures as networks take them, each made from one in `media`; the center lends these alone."""
        return self.media / "fitted"

    @cached_property
    def practice_key(self) -> str:
        """What tokens of the practice network are signed with; made once, kept in `var/`."""
        return self._kept_secret("practice.key")

    @cached_property
    def center_key(self) -> str:
        """What the center signs its cookies and forms with; made once, kept in `var/`."""
        return self._kept_secret("center.key")

    def secret(self, name: str) -> str | None:
        """The secret that `HAECHI_SECRET_<NAME>` holds, or None. Read anew each time, never kept."""
        return os.environ.get(secret_variable(name)) or None

    def _kept_secret(self, name: str) -> str:
        path = self.var / name
        if not path.exists():
            self.var.mkdir(parents=True, exist_ok=True)
            # Linked into place whole: several processes start at once and must read the same key.
            with tempfile.NamedTemporaryFile("w", dir=self.var) as file:
                file.write(secrets.token_urlsafe(32))
                file.flush()
                with contextlib.suppress(FileExistsError):
                    os.link(file.name, path)
        return path.read_text().strip()


def secret_variable(name: str) -> str:
    """The environment variable of a credential: upper case, anything but letters and digits a `_`."""
    return "HAECHI_SECRET_" + re.sub(r"[^A-Z0-9]", "_", name.upper())
