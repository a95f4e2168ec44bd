"""A disaster message that was submitted elsewhere, or whose run died: as `broadcast` from there."""

from prefect import flow

from tasks.broadcast import send_everywhere, tell, wait_for_approval
from tasks.show import run_name, say
from tasks.take_up import hold_draft


@flow(name="take-up", flow_run_name=run_name("take-up"), log_prints=True)
def take_up(bulletin: int) -> None:
    """센터나 명령으로 이미 올린 재난 메시지를 이어서 보냅니다. 자동으로 시작됩니다.

    Args:
        bulletin: 메시지 번호. 발송 화면 주소의 끝 숫자입니다.
    """
    number = hold_draft(bulletin)
    decided = wait_for_approval(number)
    if decided != "approved":
        say(f"bulletin {number} is {decided}: nothing was sent")
        return
    send_everywhere(number)
    say(tell(number))
