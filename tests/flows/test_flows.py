"""What runs when: every flow is deployed once, and its runs say what they came to."""

import ast
import importlib
import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import anyio
import pytest
import yaml
from sqlalchemy import event, select

from cli.installation import FLOWS
from registry.model import Role
from rules.case import Status
from settings import HOME
from store.audit import faults
from store.engine import Store, StoreFull
from store.tables import Case, Post
from tasks.workplace import Workplace
from tests.flows.conftest import Installed

DEPLOYMENTS: list[dict[str, Any]] = yaml.safe_load((HOME / "prefect.yaml").read_text())[
    "deployments"
]
BY_NAME = {deployment["name"]: deployment for deployment in DEPLOYMENTS}
FILES = {path.stem: path for path in (HOME / "flows").glob("*.py") if path.stem != "__init__"}


def test_every_flow_is_deployed_once_under_its_own_name() -> None:
    assert len(BY_NAME) == len(DEPLOYMENTS) == len(FILES)
    entries = {d["entrypoint"]: d["name"] for d in DEPLOYMENTS}
    assert entries == {f"flows/{s}.py:{s}": s.replace("_", "-") for s in FILES}


def test_the_command_runs_every_flow_that_is_deployed() -> None:
    assert {
        name: d["entrypoint"].replace("/", ".").replace(".py:", ":") for name, d in BY_NAME.items()
    } == FLOWS


#: Two disasters may wait for their approval at the same time.
MANY_AT_ONCE = {"broadcast", "take-up"}


@pytest.mark.parametrize("name", sorted(BY_NAME))
def test_a_deployment_says_what_it_is_and_lets_one_run_work_at_a_time(name: str) -> None:
    deployment = BY_NAME[name]
    assert deployment["description"]
    assert deployment["tags"]
    if name in MANY_AT_ONCE:
        assert "concurrency_limit" not in deployment
        return
    assert deployment["concurrency_limit"]["limit"] == 1
    asked_for = bool(deployment.get("triggers")) or name == "mail"
    strategy = "ENQUEUE" if asked_for else "CANCEL_NEW"
    assert deployment["concurrency_limit"]["collision_strategy"] == strategy


#: Set when the flows are deployed, from the registry in use.
CITYS_OWN = "{{ $HAECHI_TIMEZONE }}"

SCHEDULES = {
    "collect": "* * * * *",
    "reply": 60,  # seconds
    "classify": "*/15 * * * *",
    "assign": "7-59/15 * * * *",
    "remind": "0 * * * *",
    "check-accounts": "20 3 * * *",
    "retrain": "40 3 * * *",
    "ledger": "30 4 1 * *",
    "mail": None,
    "broadcast": None,
    "take-up": None,
    "exercise": "0 14 8-14 * 2",
    "watch-events": "*/10 * * * *",
}


@pytest.mark.parametrize("name", sorted(BY_NAME))
def test_each_runs_when_it_was_promised_to(name: str) -> None:
    (schedule,) = BY_NAME[name].get("schedules") or [{"cron": None}]
    assert schedule.get("cron", schedule.get("interval")) == SCHEDULES[name]
    assert schedule.get("timezone", CITYS_OWN) == CITYS_OWN


def test_the_exercise_is_on_the_second_tuesday_of_a_month() -> None:
    from prefect.server.schemas.schedules import CronSchedule

    (schedule,) = BY_NAME["exercise"]["schedules"]
    cron = CronSchedule(cron=schedule["cron"], timezone="Asia/Seoul", day_or=schedule["day_or"])
    dates = anyio.run(cron.get_dates, 3, datetime(2026, 11, 1, tzinfo=UTC))
    assert [f"{date:%m-%d %H:%M}" for date in dates] == [
        "11-10 14:00",
        "12-08 14:00",
        "01-12 14:00",
    ]


def test_the_form_in_prefect_has_its_fields_at_once_and_speaks_korean() -> None:
    from prefect.utilities.callables import parameter_schema

    from flows.broadcast import broadcast

    schema = parameter_schema(broadcast.fn)
    (form,) = schema.properties.values()
    assert "anyOf" not in form, "no None to choose before the fields show"
    assert schema.required == ["form"]
    for name, model in schema.definitions.items():
        said = model.get("description", "")
        assert not said or any("가" <= letter <= "힣" for letter in said), (name, said)


def test_every_event_that_starts_a_flow_is_emitted_by_one_and_none_is_emitted_for_nobody() -> None:
    expected = {
        event
        for deployment in DEPLOYMENTS
        for trigger in deployment.get("triggers", [])
        if trigger["enabled"]
        for event in trigger["expect"]
    }
    emitted = {
        str(ast.literal_eval(node.args[0]))
        for path in FILES.values()
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "emit_event"
    }
    assert expected == emitted
    assert expected


def names_of_runs() -> list[str]:
    from prefect.client.orchestration import get_client

    with get_client(sync_client=True) as client:
        return [run.name for run in client.read_flow_runs()]


@pytest.mark.timeout(600)
def test_a_run_is_named_by_its_mode_and_what_it_came_to(installation: Installed) -> None:
    collect = importlib.import_module("flows.collect").collect
    before = names_of_runs()
    collect()
    (name,) = [name for name in names_of_runs() if name not in before]
    assert name.startswith("collect practice · 1 new, 1 cases, 0 photos")
    assert installation.folder.exists()


@pytest.mark.timeout(600)
def test_what_is_said_outside_a_run_is_only_printed(
    installation: Installed, capsys: pytest.CaptureFixture[str]
) -> None:
    show = importlib.import_module("tasks.show")
    before = names_of_runs()
    show.say("nothing runs")
    assert "nothing runs" in capsys.readouterr().out
    assert names_of_runs() == before
    assert show.run_name("reply")() == "reply practice"


@pytest.mark.timeout(600)
def test_another_citys_flows_run_by_its_own_clock(installation: Installed) -> None:
    from prefect.client.orchestration import get_client
    from prefect.settings import get_current_settings

    api = get_current_settings().api.url
    env = os.environ | {
        "PREFECT_API_URL": str(api),
        "HAECHI_HOME": str(HOME),
        "HAECHI_TIMEZONE": "Europe/Lisbon",
    }
    prefect = str(Path(sys.executable).parent / "prefect")
    for words in (
        ["work-pool", "create", "haechi", "--type", "process", "--overwrite"],
        ["--no-prompt", "deploy", "--all"],
    ):
        subprocess.run([prefect, *words], env=env, cwd=HOME, check=True, capture_output=True)
    with get_client(sync_client=True) as client:
        deployed = client.read_deployments()
    assert {deployment.name for deployment in deployed} == set(BY_NAME)
    zones = {
        (deployment.name, getattr(schedule.schedule, "timezone", None))
        for deployment in deployed
        for schedule in deployment.schedules
    }
    assert zones == {(name, "Europe/Lisbon") for name, when in SCHEDULES.items() if when}
    assert installation.folder.exists()


@contextmanager
def full_disk(store: Store) -> Iterator[None]:
    """The database may not grow by a single page, as when its disk is full."""
    with store.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()

    def limit(connection: Any, _record: object) -> None:
        connection.execute(f"PRAGMA max_page_count={pages}")

    event.listen(store.engine, "connect", limit)
    store.close()
    yield
    event.remove(store.engine, "connect", limit)
    store.close()


@pytest.mark.timeout(600)
def test_a_disk_that_is_full_under_a_run_loses_nothing_and_the_next_run_repairs_it(
    installation: Installed,
) -> None:
    from prefect.client.orchestration import get_client

    from tasks.workplace import workplace

    collect, store = importlib.import_module("flows.collect").collect, workplace().store
    texts = {f"@x_mayor {n}번 가로등이 꺼졌어요. {'어두워요. ' * 20}".strip() for n in range(60)}
    for n, text in enumerate(sorted(texts)):
        installation.network.post(f"citizen{n}", text)
    with full_disk(store), pytest.raises(StoreFull, match=r"is full.*make room.*next run"):
        collect()
    with get_client(sync_client=True) as client:
        said = [run.state.message or "" for run in client.read_flow_runs() if run.state]
    assert any("make room" in message for message in said), "Prefect shows what to do"
    with store.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA integrity_check").scalar_one() == "ok"
    collect()
    with store.read() as session:
        kept = list(session.scalars(select(Post).where(Post.text.in_(texts))))
        assert sorted(post.text for post in kept) == sorted(texts)
        assert all(post.case_id for post in kept)
        assert list(faults(session)) == []


#: Each of it private: whose, and where to be reached.
PRIVATE = ("010-1234-5678", "900101-1234567", "김민지", "kim_minji")
ANSWER = "김민지 님, 010-1234-5678로 연락드렸고 신호등을 고쳤습니다."


def answer_it(place: Workplace, handle: str) -> None:
    """A case is designated and answered, by people of whichever office has it."""
    staff = place.registry.staff
    comms = next(person.email for person in staff if person.role is Role.COMMS_TEAM)
    with place.store.write() as session:
        case = session.scalars(
            select(Case).join(Post, Post.case_id == Case.id).where(Post.author_handle == handle)
        ).one()
        if case.status is Status.TRIAGE:
            place.desk(session, who=comms).route(case, place.registry.accounts["x_mayor"].office)
        people = [person for person in staff if person.office == case.office_id]
        manager = next(person.email for person in people if person.role is Role.MANAGER)
        worker = next(person.email for person in people if person.role is Role.CASEWORKER)
        place.desk(session, who=manager).designate(case, worker)
        place.desk(session, who=worker).answer(case, ANSWER, body=ANSWER, more="")


@contextmanager
def all_logs(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Also Prefect's own loggers, which pass nothing on."""
    loggers = [logging.getLogger(f"prefect{part}") for part in ("", ".flow_runs", ".task_runs")]
    for logger in loggers:
        logger.addHandler(caplog.handler)
    with caplog.at_level(logging.INFO):
        yield
    for logger in loggers:
        logger.removeHandler(caplog.handler)


@pytest.mark.timeout(600)
def test_no_run_of_the_loop_tells_prefect_or_a_log_what_was_written(
    installation: Installed, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    from prefect.client.orchestration import get_client

    from tasks.workplace import workplace

    text = f"@x_mayor 저는 {PRIVATE[2]}, {PRIVATE[0]}, {PRIVATE[1]} 입니다. 신호등이 꺼졌어요"
    installation.network.post("kim_minji", text)
    with all_logs(caplog):
        for name in ("collect", "classify", "assign"):
            getattr(importlib.import_module(f"flows.{name}"), name)()
        answer_it(workplace(), "kim_minji")
        for name in ("reply", "remind"):
            getattr(importlib.import_module(f"flows.{name}"), name)()
    printed = capfd.readouterr()
    with get_client(sync_client=True) as client:
        kept = [line.message for line in client.read_logs()]
        runs = [f"{r.name} {r.state and r.state.message}" for r in client.read_flow_runs()]
        shown = [str(artifact.data) for artifact in client.read_artifacts()]
    assert "1 new, 1 cases" in caplog.text, "the runs said what they came to"
    assert any("replies: " in run for run in runs)
    said = "\n".join([caplog.text, printed.out, printed.err, *kept, *runs, *shown])
    assert [private for private in PRIVATE if private in said] == []
