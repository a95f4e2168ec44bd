"""Every night: does each account still answer?"""

from prefect import flow

from tasks.check_accounts import check_accounts as check
from tasks.check_accounts import in_trouble, notice_late_deletions
from tasks.ledger import forget_in_ledgers
from tasks.mail import send_mails
from tasks.show import show_accounts


@flow(name="check-accounts", log_prints=True)
def check_accounts() -> None:
    """모든 계정을 읽고 쓸 수 있는지 점검하고, 문제가 있으면 소통팀에 알립니다."""
    checked = check()
    gone = notice_late_deletions()
    forget_in_ledgers()
    show_accounts()
    send_mails()
    trouble = in_trouble(checked)
    print(f"{len(checked)} accounts checked, {len(trouble)} in trouble, {gone} posts withdrawn")
    for account, health in trouble:
        print(f"  {account.id}: {health.reason}")
