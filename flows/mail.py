"""When somebody waits for a mail, such as a sign-in link: send what is recorded."""

from prefect import flow

from tasks.mail import send_mails


@flow(name="mail", log_prints=True)
def mail() -> None:
    """기록된 메일을 보냅니다. 메일 서버가 멈춰 있으면 다음에 다시 보냅니다."""
    print(f"mails: {send_mails()}")
