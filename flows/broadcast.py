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
def broadcast(form: BulletinForm) -> None:
    """재난 메시지를 모든 계정에 한 번씩, 정해진 순서로 보냅니다. 두 번째 사람이 승인해야 나갑니다.

    Args:
        form: 재난과 올린 사람만 적으면 됩니다. 모의훈련이 켜져 있으면 훈련 계정에만 나갑니다.
    """
    number = keep_draft(form)
    decided = wait_for_approval(number)
    if decided != "approved":
        say(f"bulletin {number} is {decided}: nothing was sent")
        return
    send_everywhere(number)
    say(tell(number))
