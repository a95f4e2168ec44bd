"""The first step of `take-up`; the others are those of `broadcast`."""

from prefect import task
from prefect.runtime import flow_run

from rules.bulletin import BulletinRefused
from store.tables import Bulletin
from tasks.mail import mail
from tasks.workplace import workplace


@task(name="take up the draft")
def hold_draft(number: int) -> int:
    """The number of a bulletin that was submitted elsewhere; this run is the one that waits for it.

    Raises `BulletinRefused` where there is none.
    """
    place = workplace()
    with place.store.write() as session:
        found = session.get(Bulletin, number)
        if found is None:
            raise BulletinRefused(f"{number}번 메시지가 없습니다.")
        found.run_id = str(flow_run.id) if flow_run.id else None
    mail(place)
    return number
