"""Every hour: remind whoever holds a case that is due."""

from prefect import flow

from tasks.mail import send_mails
from tasks.remind import cases_due, send_reminders
from tasks.show import run_name, say


@flow(name="remind", flow_run_name=run_name("remind"), log_prints=True)
def remind() -> None:
    """기한이 다가오거나 지난 건을 담당자, 관리자, 소통팀에 차례로 알립니다."""
    due = cases_due()
    reminded = send_reminders(due)
    mailed = send_mails()
    say(f"{reminded}, of {len(due)} open cases; mails: {mailed}")
