"""Every night: does each account still answer, and is what citizens deleted gone everywhere?"""

from prefect import flow

from tasks.check_accounts import check_accounts as check
from tasks.check_accounts import in_trouble, notice_late_deletions, remove_left_photos
from tasks.ledger import forget_in_ledgers
from tasks.mail import send_mails
from tasks.show import run_name, say, show_accounts


@flow(name="check-accounts", flow_run_name=run_name("check-accounts"), log_prints=True)
def check_accounts() -> None:
    """모든 계정을 읽고 쓸 수 있는지 점검하고, 문제가 있으면 소통팀에 알립니다."""
    checked = check()
    show_accounts()
    send_mails()
    gone = notice_late_deletions()
    forget_in_ledgers()
    left = remove_left_photos()
    trouble = in_trouble(checked)
    for account, health in trouble:
        print(f"  {account.id}: {health.reason}")
    say(
        f"{len(checked)} accounts checked, {len(trouble)} in trouble, "
        f"{gone} posts withdrawn, {left} left photos removed"
    )
