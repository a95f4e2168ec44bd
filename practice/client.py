"""The administrator's side over HTTP: set faults, revoke, ask. For drills and tests."""

from collections.abc import Sequence
from typing import Any, Self

import httpx

from practice import tokens


class Practice:
    """A practice network that runs elsewhere, with the key that signs its tokens."""

    def __init__(self, url: str, key: str) -> None:
        self.url = url.rstrip("/")
        self._key = key
        headers = {"Authorization": f"Bearer {tokens.mint_admin(key)}"}
        self._http = httpx.Client(
            base_url=self.url,
            headers=headers,
            timeout=10,
            trust_env=False,
            verify=self.url.startswith("https:"),  # certificates take long to load, for nothing
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def token(self, handle: str, *, name: str = "", city: bool = False, limit: int = 500) -> str:
        """A token that works now, also after a revocation; the account exists afterwards."""
        known = self._ask("GET", f"/practice/accounts/{handle}")
        token = tokens.mint(
            self._key, handle, name=name, city=city, limit=limit, issued=known["issued"]
        )
        self._http.get(
            "/api/v1/accounts/verify_credentials", headers={"Authorization": f"Bearer {token}"}
        )
        return token

    def handles(self, name: str) -> list[str]:
        """The handles of those who go by exactly this name."""
        found = self._ask("GET", "/api/v1/accounts/search", params={"q": name, "limit": 80})
        return [person["username"] for person in found if person["display_name"] == name]

    def fault(
        self,
        handle: str,
        *,
        on: Sequence[str] = (),
        count: int | None = None,
        probability: float = 1.0,
        seconds: float | None = None,
        seed: int | None = None,
        hang: float = 0.0,
        **kinds: float | str | bool,
    ) -> None:
        """Set faults for the handle, or for everyone (`*`): `fault("x_seoul", slow=0.3, count=2)`.

        The kinds stand in `practice.faults.KINDS`; True means a kind's usual value.
        """
        options = {
            "on": list(on),
            "count": count,
            "probability": probability,
            "seconds": seconds,
            "seed": seed,
            "hang": hang,
        }
        self._ask("POST", f"/practice/faults/{handle}", json={**options, **kinds})

    def faults(self, handle: str) -> list[dict[str, Any]]:
        """What is set for the handle, with its `hits` so far."""
        found: list[dict[str, Any]] = self._ask("GET", f"/practice/faults/{handle}")
        return found

    def heal(self, handle: str = "*") -> None:
        """Take away the handle's faults; `*`: all there are."""
        self._ask("DELETE", f"/practice/faults/{handle}")

    def revoke(self, handle: str, *, through: int | None = None) -> int:
        """End the handle's tokens; the first `issued` that is good again."""
        told = self._ask("POST", f"/practice/accounts/{handle}/revoke", json={"through": through})
        return int(told["issued"])

    def _ask(self, method: str, path: str, **options: Any) -> Any:
        answer = self._http.request(method, path, **options)
        if answer.is_error:
            raise ValueError(f"{method} {path}: {answer.status_code} {answer.text}")
        return answer.json()
