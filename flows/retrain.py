"""Every night: learn from what people decided."""

from prefect import flow

from tasks.retrain import train
from tasks.show import run_name, say


@flow(name="retrain", flow_run_name=run_name("retrain"), log_prints=True)
def retrain() -> None:
    """사람이 정한 담당 기관에서 배워 분류 모델을 새로 만듭니다. 더 나을 때만 바꿉니다."""
    say(str(train()))
