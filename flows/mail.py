"""When somebody waits for a mail, such as a sign-in link: send what is recorded."""

from prefect import flow

from tasks.mail import send_mails
from tasks.show import run_name, say


@flow(name="mail", flow_run_name=run_name("mail"), log_prints=True)
def mail() -> None:
    """기록된 메일을 보냅니다. 메일 서버가 멈춰 있으면 다음에 다시 보냅니다."""
    say(str(send_mails()))
