"""Every month: write the register of the month before, and tell those who read it."""

from prefect import flow

from tasks.ledger import forget_in_ledgers, show_ledger, tell_readers, write_ledger
from tasks.mail import send_mails
from tasks.show import run_name, say


@flow(name="ledger", flow_run_name=run_name("ledger"), log_prints=True)
def ledger(month: str | None = None) -> None:
    """한 달 동안 접수된 건의 대장을 엑셀 파일로 만들고 관리자와 소통팀에 알립니다.

    Args:
        month: 2026-11처럼 적습니다. 비우면 지난달입니다. 도시의 시간대로 그 달에 접수된 건을 셉니다.
    """
    made = write_ledger(month)
    show_ledger(made)
    told = tell_readers(made)
    forgotten = forget_in_ledgers()
    mailed = send_mails()
    say(f"{made}; {told} told, {forgotten} older ledgers made anew; mails: {mailed}")
