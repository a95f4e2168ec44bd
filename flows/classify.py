"""When there are new posts: decide what they are and which office answers."""

from prefect import flow
from prefect.events import emit_event

from tasks.classify import classify_received
from tasks.show import run_name, say


@flow(name="classify", flow_run_name=run_name("classify"), log_prints=True)
def classify() -> None:
    """새로 접수된 건의 종류, 곳, 담당 기관을 정합니다. 확실하지 않으면 소통팀에 넘깁니다."""
    done = classify_received()
    if done.routed or done.triage or done.reopened:
        emit_event("haechi.cases.routed", resource={"prefect.resource.id": "haechi.cases"})
    say(str(done))
