"""Does each account still answer? The night asks, and those who can act hear of it once a day."""

from dataclasses import replace

from sqlalchemy import select

from channels.by_hand import ByHand
from practice.testing import PracticeServer
from store.tables import Mail, Reading
from tasks.check_accounts import check, in_trouble
from tasks.reading import read
from tasks.show import account_rows, delivery_rows
from tasks.workplace import Workplace
from tests import builders
from tests.builders import COMMS, Clock
from tests.tasks.conftest import Settle


def told(place: Workplace) -> list[Mail]:
    with place.store.read() as session:
        query = select(Mail).where(Mail.event == "account_trouble").order_by(Mail.id)
        return list(session.scalars(query))


def test_accounts_that_answer_are_noted_and_nobody_is_mailed(
    place: Workplace, network: PracticeServer
) -> None:
    checked = check(place)
    assert [account.id for account, _ in checked] == [
        "page_seoul",
        "x_mayor",
        "x_seoul",
        "x_traffic",
    ]
    assert in_trouble(checked) == []
    assert told(place) == []
    with place.store.read() as session:
        row = session.get_one(Reading, "x_seoul")
    assert (row.reads, row.writes) == (True, True)
    assert network.texts("x_seoul") == network.texts("x_seoul"), "nothing was published"


def test_a_revoked_account_is_told_once_a_day(
    place: Workplace, network: PracticeServer, real_clock: Clock
) -> None:
    network.fault("x_traffic", revoked=True)
    for _ in range(3):
        assert [account.id for account, _ in in_trouble(check(place))] == ["x_traffic"]
    assert [mail.to for mail in told(place)] == [COMMS]
    assert "x_traffic" in str(told(place)[0].facts)
    real_clock.pass_(days=1)
    check(place)
    assert len(told(place)) == 2


def test_a_slow_account_holds_up_no_other(place: Workplace, network: PracticeServer) -> None:
    network.fault("x_seoul", slow=1.0)
    checked = check(place, patience=0.6)
    assert [account.id for account, _ in in_trouble(checked)] == ["x_seoul"]
    assert "no answer" in in_trouble(checked)[0][1].reason


def test_accounts_that_are_served_by_hand_are_no_trouble(
    place: Workplace, network: PracticeServer
) -> None:
    practice = place.channel_of

    def by_hand_for_the_page(account: object) -> object:
        return ByHand() if account.id == "page_seoul" else practice(account)  # type: ignore[attr-defined, arg-type]  # an account

    live = replace(place, channel_of=by_hand_for_the_page)  # type: ignore[arg-type]  # as above
    assert "page_seoul" not in [account.id for account, _ in check(live)]
    assert told(live) == []
    read(live)


def test_the_table_of_accounts_shows_those_in_trouble_first(
    place: Workplace, network: PracticeServer
) -> None:
    network.fault("x_traffic", revoked=True)
    read(place)
    rows = account_rows(place)
    assert rows[0]["account"] == "x_traffic"
    assert rows[0]["state"] == "fails (1)"
    states = {row["account"]: row["state"] for row in rows}
    assert states["x_old"] == "inactive"
    assert states["x_seoul"] == "ok"
    assert next(row for row in rows if row["account"] == "x_seoul")["last read"]


def test_the_table_of_deliveries_shows_what_waits_for_a_person_first(
    at_work: Settle, clock: Clock
) -> None:
    place = at_work(now=clock)
    with place.store.write() as session:
        builders.delivery(session, state="needs_person", cause="by hand")
        builders.delivery(session, state="published", url="https://x.example/1")
    rows = delivery_rows(place)
    assert [row["state"] for row in rows] == ["needs_person", "published"]
    assert rows[1]["link"] == "https://x.example/1"
