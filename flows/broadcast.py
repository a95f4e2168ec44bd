"""A disaster message: one form, a second person, every account once, and the proof."""

from prefect import flow

from tasks.broadcast import (
    BulletinForm,
    keep_draft,
    send_everywhere,
    tell,
    wait_for_approval,
)
from tasks.show import run_name, say


@flow(name="broadcast", flow_run_name=run_name("broadcast"), log_prints=True)
def broadcast(form: BulletinForm | None = None, take_up: int | None = None) -> None:
    """재난 메시지를 모든 계정에 한 번씩, 정해진 순서로 보냅니다. 두 번째 사람이 승인해야 나갑니다.

    Args:
        form: 재난 메시지. 모의훈련이 켜져 있으면 훈련 계정에만 나갑니다.
        take_up: 이미 올린 메시지를 이어서 보낼 때만 그 번호를 적습니다.
    """
    number = keep_draft(form, take_up)
    decided = wait_for_approval(number)
    if decided != "approved":
        say(f"bulletin {number} is {decided}: nothing was sent")
        return
    send_everywhere(number)
    say(tell(number))
