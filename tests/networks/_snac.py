"""snac, a server that speaks Mastodon's client API and is not ours, on loopback."""

import contextlib
import json
import re
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.networks.ports import free_port

SNAC = "/usr/bin/snac"
_NOWHERE = "urn:ietf:wg:oauth:2.0:oob"


@dataclass(frozen=True)
class Snac:
    """A running server and how to be somebody on it."""

    url: str
    host: str
    folder: Path

    def token(self, name: str) -> str:
        """Let somebody join, by the server's own command; their token, by its own pages."""
        told = _snac("adduser", str(self.folder), says=f"{name}\n{name}\n")
        found = re.search(r"password is (\S+)", told)
        assert found, told
        asked = {"client_name": "haechi", "redirect_uris": _NOWHERE, "scopes": "read write"}
        app = self._does("/api/v1/apps", asked).json()
        login = {"login": name, "passwd": found[1], "redir": _NOWHERE, "cid": app["client_id"]}
        code = self._does("/oauth/x-snac-login", login | {"state": ""}).text.strip()
        wanted = {"grant_type": "authorization_code", "redirect_uri": _NOWHERE, "code": code}
        secrets = {name: app[name] for name in ("client_id", "client_secret")}
        token: str = self._does("/oauth/token", wanted | secrets).json()["access_token"]
        return token

    def _does(self, path: str, said: dict[str, str]) -> httpx.Response:
        return httpx.post(self.url + path, data=said).raise_for_status()


@contextlib.contextmanager
def snac(folder: Path) -> Iterator[Snac]:
    """The server, with all that it keeps in the folder, until the block ends."""
    if not Path(SNAC).exists():
        pytest.skip("snac is not installed: it is Debian's package snac2 (12: from backports)")
    port = free_port()
    host, home = f"127.0.0.1:{port}", folder / "snac"
    _snac("init", str(home), says=f"127.0.0.1\n{port}\n{host}\n\n\n")
    settings = home / "server.json"
    settings.write_text(
        json.dumps(json.loads(settings.read_text()) | {"protocol": "http", "num_threads": 16})
    )
    with (folder / "snac.log").open("w") as log:
        process = subprocess.Popen([SNAC, "httpd", str(home)], stdout=log, stderr=log)
        try:
            server = Snac(f"http://{host}", host, home)
            _wait(server, process)
            yield server
        finally:
            process.kill()
            process.wait()


def _snac(*arguments: str, says: str) -> str:
    done = subprocess.run(
        [SNAC, *arguments], input=says, text=True, capture_output=True, check=True, timeout=60
    )
    return done.stdout + done.stderr


def _wait(server: Snac, process: "subprocess.Popen[bytes]") -> None:
    for _ in range(100):
        with contextlib.suppress(httpx.TransportError):
            if httpx.get(f"{server.url}/api/v1/instance").is_success:
                return
        assert process.poll() is None, "snac ended"
        time.sleep(0.1)
    raise AssertionError("snac did not answer")
