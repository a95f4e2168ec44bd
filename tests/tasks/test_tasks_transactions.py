"""No step waits for a network while a transaction is open: every test of the suite holds it.

`tests/transactions.py` is the watch. Here it is seen to work, and all of the loop runs under it.
"""

from sqlalchemy import select

from practice.mailbox import Mailbox
from practice.testing import PracticeServer
from rules.case import Status
from store.tables import Case, Mail, MailState, Photo, PhotoState
from tasks.check_accounts import check
from tasks.withdraw import notice_withdrawn
from tasks.workplace import Workplace
from tests.builders import CASEWORKER, COMMS, MANAGER
from tests.tasks.citizen import picture, write
from tests.tasks.rounds import one_round
from tests.transactions import POSTS_AND_MAILS, breaches, heard


def test_no_step_of_the_loop_reaches_a_network_inside_a_transaction(
    place: Workplace, network: PracticeServer, mailbox: Mailbox
) -> None:
    write(network, "jiwoo", "@x_seoul 신호등이 꺼졌어요", photo=picture())
    heard.clear()
    one_round(place)
    with place.store.write() as session:
        case = session.scalars(select(Case)).one()
        place.desk(session, who=COMMS).route(case, "traffic")
        place.desk(session, who=MANAGER).designate(case, CASEWORKER)
        place.desk(session, who=CASEWORKER).answer(case, "끝.", body="끝.", more="")
    one_round(place)
    check(place)
    notice_withdrawn(place)
    with place.store.read() as session:
        assert session.scalars(select(Case.status)).one() is Status.REPLIED
        assert session.scalars(select(Photo.state)).one() is PhotoState.KEPT
        assert set(session.scalars(select(Mail.state))) == {MailState.SENT}
    assert mailbox.messages()
    assert heard >= POSTS_AND_MAILS, "posts and mails went out, and were heard"
    assert breaches == []


def test_the_watch_sees_a_network_call_inside_a_transaction(
    place: Workplace, network: PracticeServer
) -> None:
    network.post("jiwoo", "@x_seoul 신호등이 꺼졌어요")
    account = place.registry.accounts["x_seoul"]
    for transaction in (place.store.read, place.store.write):
        breaches.clear()
        with transaction():
            assert place.channel_of(account).fetch(account, "").items
        assert breaches
    breaches.clear()
    assert place.channel_of(account).fetch(account, "").items
    assert breaches == []
