"""Starting a flow through Prefect's API, spoken to a pretended server."""

import json
from datetime import UTC, datetime

import httpx
import pytest

from center.runs import Runs

NOW = datetime(2026, 11, 25, 2, 0, tzinfo=UTC)


class Prefect:
    """As much of Prefect's API as the center uses."""

    def __init__(self, *, waiting: int = 0) -> None:
        self.waiting = waiting
        self.created: list[str] = []
        self.parameters: list[dict[str, object]] = []
        self.asked: list[dict[str, object]] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        if path == "/api/deployments/name/assign/assign":
            return httpx.Response(200, json={"id": "d-1"})
        if path == "/api/flow_runs/count":
            self.asked.append(json.loads(request.content))
            return httpx.Response(200, json=self.waiting)
        if path == "/api/deployments/d-1/create_flow_run":
            self.created.append(path)
            self.parameters.append(json.loads(request.content))
            return httpx.Response(201, json={"id": "r-1"})
        return httpx.Response(404)


def runs(prefect: Prefect) -> Runs:
    transport = httpx.MockTransport(prefect)
    return Runs("http://prefect.invalid/api", clock=lambda: NOW, transport=transport)


def test_a_run_of_the_flows_deployment_is_created() -> None:
    prefect = Prefect()
    runs(prefect).ask("assign")
    assert len(prefect.created) == 1


def test_a_run_that_is_about_to_begin_is_enough() -> None:
    prefect = Prefect(waiting=1)
    runs(prefect).ask("assign")
    assert prefect.created == []
    asked = json.dumps(prefect.asked)
    assert "d-1" in asked
    assert "2026-11-25T02:00:01" in asked


def test_a_run_with_parameters_is_created_though_another_is_about_to_begin() -> None:
    prefect = Prefect(waiting=1)
    runs(prefect).ask("assign", {"take_up": 7})
    assert prefect.parameters == [{"parameters": {"take_up": 7}}]
    assert prefect.asked == []


def test_an_unknown_flow_or_a_server_that_is_down_is_an_error_for_the_log() -> None:
    with pytest.raises(httpx.HTTPStatusError):
        runs(Prefect()).ask("nothing")
    with pytest.raises(httpx.ConnectError):
        Runs("http://127.0.0.1:1/api", clock=lambda: NOW).ask("assign")
