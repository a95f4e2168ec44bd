"""When cases have an office: mail its people, and tell the citizen who answers."""

from prefect import flow

from tasks.assign import tell_citizens
from tasks.mail import send_mails
from tasks.show import run_name, say


@flow(name="assign", flow_run_name=run_name("assign"), log_prints=True)
def assign() -> None:
    """담당 기관 관리자와 담당자에게 메일을 보내고, 시민에게 접수를 알립니다."""
    told = tell_citizens()
    mailed = send_mails()
    say(f"{told} citizens told, mails: {mailed}")
