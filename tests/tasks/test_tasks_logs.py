"""What citizens wrote is in the store and in no log."""

import logging
import traceback

import pytest
from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError

from practice.mailbox import Mailbox
from practice.testing import PracticeServer
from store.engine import Store
from store.tables import Case, Post
from tasks.check_accounts import check
from tasks.reading import read
from tasks.workplace import Workplace
from tests import builders
from tests.tasks.citizen import picture, write
from tests.tasks.rounds import one_round

#: Each of it private: whose, where to be reached, and what somebody is told of in confidence.
PRIVATE = ("010-1234-5678", "900101-1234567", "minji@mail.example", "kim_minji", "김민지", "옆집")
TEXT = (
    "@x_seoul 저는 김민지, 010-1234-5678, 900101-1234567, minji@mail.example 입니다. "
    "옆집이 신호등을 껐어요"
)


def in_logs(*said: str) -> list[str]:
    return [private for private in PRIVATE if any(private in text for text in said)]


def test_a_round_with_every_trouble_tells_no_log_what_was_written(
    place: Workplace,
    network: PracticeServer,
    mailbox: Mailbox,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    write(network, "kim_minji", TEXT, photo=picture())
    write(network, "kim_minji", f"{TEXT} 또")
    network.fault("x_traffic", failing_reads=503)
    caplog.set_level(logging.INFO)
    print([str(harvest) for harvest in read(place) if harvest.cause])
    one_round(place)
    network.fault("x_seoul", revoked=True)
    one_round(place)
    print(check(place))
    told = capsys.readouterr()
    assert "x_traffic" in told.out, "the troubles are told"
    assert in_logs(caplog.text, told.out, told.err) == []
    with place.store.read() as session:
        assert session.scalars(select(Case)).all()


def test_an_error_of_the_database_does_not_tell_what_it_was_given(store: Store) -> None:
    with store.write() as session:
        first = builders.post(session, text=TEXT, author_name="김민지")
        columns = {c.name: getattr(first, c.name) for c in Post.__table__.columns if c.name != "id"}
    with pytest.raises(IntegrityError) as refused, store.write() as session:
        session.execute(insert(Post).values(columns))
    logged = "".join(traceback.format_exception(refused.value))
    assert "INSERT INTO post" in logged, "what failed is told"
    assert in_logs(logged) == []
    with pytest.raises(IntegrityError) as empty, store.write() as session:
        session.execute(update(Post).values(url=None))
    logged = "".join(traceback.format_exception(empty.value))
    assert "url" in logged, "what failed is told, and not the row in which it did"
    assert in_logs(logged) == []
