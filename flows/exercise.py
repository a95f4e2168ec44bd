"""Every month: a whole disaster on the practice twins of all accounts, and how it went."""

from prefect import flow

from tasks.exercise import BulletinKind, begin, find_reports, report_as_citizens, send, tell
from tasks.show import run_name, say


@flow(name="exercise", flow_run_name=run_name("exercise"), log_prints=True)
def exercise() -> None:
    """모든 계정의 훈련용 쌍둥이로 알림, 시민 제보, 정정, 상황 종료까지 해 보고 결과를 메일로 알립니다."""
    number = begin()
    if number is None:
        say("a real event is open: no exercise now")
        return
    send(number, BulletinKind.ALERT)
    written = report_as_citizens(number)
    find_reports(number, written)
    send(number, BulletinKind.CORRECTION)
    send(number, BulletinKind.ALL_CLEAR)
    say(tell(number, written))
