"""Starting a flow now, by its deployment's name, through Prefect's REST API."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

import httpx

_TIMEOUT = httpx.Timeout(3.0, connect=1.0)
#: A run that is to start this soon has not begun: it will see what was written just now.
_SOON = timedelta(seconds=1)


class Runs:
    """Asks Prefect for runs. `api` is its address, such as `http://127.0.0.1:4200/api`."""

    def __init__(
        self,
        api: str,
        *,
        clock: Callable[[], datetime],
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._client = httpx.Client(base_url=api, timeout=_TIMEOUT, transport=transport)
        self._clock = clock

    def ask(self, name: str, parameters: Mapping[str, object] | None = None) -> None:
        """Have the flow `name` run now, by its deployment `name/name`.

        Nothing where a run of it is about to begin anyway: a hundred decisions in a minute need
        no hundred runs. With `parameters` of its own each asks for another thing and is created.
        Raises `httpx.HTTPError` where Prefect is down or knows no such flow.
        """
        deployment = self._ok(self._client.get(f"/deployments/name/{name}/{name}")).json()["id"]
        if parameters is None and self._about_to_begin(deployment):
            return
        wanted = {"parameters": dict(parameters)} if parameters else {}
        self._ok(self._client.post(f"/deployments/{deployment}/create_flow_run", json=wanted))

    def _about_to_begin(self, deployment: str) -> bool:
        waiting = {
            "deployments": {"id": {"any_": [deployment]}},
            "flow_runs": {
                "state": {"type": {"any_": ["SCHEDULED"]}},
                "expected_start_time": {"before_": (self._clock() + _SOON).isoformat()},
            },
        }
        return int(self._ok(self._client.post("/flow_runs/count", json=waiting)).json()) > 0

    def _ok(self, answer: httpx.Response) -> httpx.Response:
        return answer.raise_for_status()
