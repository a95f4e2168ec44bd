"""A run that waits for a person, shown as paused in Prefect, whatever Prefect does meanwhile."""

import logging
import time

import httpx
from prefect import get_client
from prefect.artifacts import create_markdown_artifact
from prefect.client.schemas.objects import State
from prefect.exceptions import PrefectException
from prefect.runtime import flow_run
from prefect.states import Paused, Running

_log = logging.getLogger(__name__)

#: Seconds between looks at whether Prefect still shows the run as paused.
LOOK_AGAIN = 2.0


class Pause:
    """Keeps the run of this process paused in Prefect's eyes until `end`.

    A server that is away, or a person who resumes the run there, changes nothing but what is
    shown: the next look puts it right.
    """

    def __init__(self, page: str) -> None:
        self.page = page
        self._run = flow_run.id
        self._looked = 0.0
        self._began = False

    def hold(self) -> None:
        """Show the run as paused; asked as often as one likes."""
        if self._run is None or time.monotonic() - self._looked < LOOK_AGAIN:
            return
        self._looked = time.monotonic()
        try:
            self._hold()
        except (PrefectException, httpx.HTTPError) as error:
            _log.warning("Prefect cannot be told that this run waits: %s", error)

    def _hold(self) -> None:
        with get_client(sync_client=True) as client:
            state = client.read_flow_run(self._run).state
            if state is not None and state.is_paused():
                return
            if self._began:
                print(f"아직 승인되지 않아 보내지 않습니다. 승인하는 곳: {self.page}")
            else:
                self._began = True
                print(f"두 번째 사람의 승인을 기다립니다: {self.page}")
                create_markdown_artifact(
                    key="approval",
                    markdown=f"## 승인이 필요합니다\n\n[미리보기와 승인]({self.page})",
                )
            wanted: State[None] = Paused(message=f"승인을 기다립니다: {self.page}")
            client.set_flow_run_state(self._run, wanted, force=True)

    def end(self) -> None:
        """Show the run as running again."""
        if not self._began:
            return
        try:
            with get_client(sync_client=True) as client:
                client.set_flow_run_state(self._run, Running(), force=True)
        except (PrefectException, httpx.HTTPError) as error:
            _log.warning("Prefect cannot be told that this run goes on: %s", error)
