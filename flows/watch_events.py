"""Every ten minutes: look after open events, so that nothing of a disaster is left lying."""

from prefect import flow

from tasks.mail import send_mails
from tasks.show import run_name, say
from tasks.watch_events import (
    ask_for_hands,
    ask_for_updates,
    audit_bulletins,
    let_drafts_lapse,
    remind_desks,
    send_event_digests,
    take_up,
    tell_reports,
)


@flow(name="watch-events", flow_run_name=run_name("watch-events"), log_prints=True)
def watch_events() -> None:
    """열린 사건을 살핍니다: 남은 발송, 자치구 확인, 결과 보고와 대조, 갱신 요청, 제보 요약."""
    lapsed = let_drafts_lapse()
    taken_up = take_up()
    by_hand = ask_for_hands()
    reminded = remind_desks()
    reported = tell_reports()
    audited, wrong = audit_bulletins()
    asked = ask_for_updates()
    digests = send_event_digests()
    mailed = send_mails()
    say(
        f"{lapsed} drafts lapsed, {taken_up} bulletins taken up, {by_hand} posts asked for by hand, "
        f"{reminded} desks reminded, {reported} reports, {audited} audited ({wrong} wrong), "
        f"{asked} updates asked for, {digests} digests; mails: {mailed}"
    )
