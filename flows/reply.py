"""Every minute: send what is approved, once, and close what has arrived."""

from prefect import flow

from tasks.mail import send_mails
from tasks.proof_address import look_for_put_up
from tasks.removals import take_posts_down
from tasks.reply import close_cases, send_replies, settle_doubts
from tasks.show import run_name, say, show_deliveries


@flow(name="reply", flow_run_name=run_name("reply"), log_prints=True)
def reply() -> None:
    """승인된 답변을 시민의 글에 답글로 답니다. 나갔는지 모르는 것은 계정에서 확인하고, 내리기로 한 글은 내립니다."""
    taken_down = take_posts_down()
    settled = settle_doubts()
    sent = send_replies()
    closed = close_cases()
    mailed = send_mails()
    proved = look_for_put_up()  # reading may take seconds, and mails wait for none of it
    if sent.any or settled.any:
        show_deliveries()
    say(
        f"replies: {sent}; doubts: {settled}; posts: {taken_down}; "
        f"{closed} cases closed; put up by hand: {proved}; mails: {mailed}"
    )
