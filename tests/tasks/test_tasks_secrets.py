"""A secret is in no row, no file, no mail but its own link's, no table, no word of a log."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from channels.credential import Credentials
from channels.mastodon import Mastodon
from practice.mailbox import Mailbox
from practice.testing import PracticeServer
from registry import workbook
from registry.model import Network
from rules.kind import Kind
from settings import Settings
from store.engine import Store
from store.registry import apply
from store.tables import Base, Case
from tasks.assign import tell
from tasks.check_accounts import check
from tasks.deliver import deliver
from tasks.mail import mail
from tasks.open_cases import open_cases
from tasks.reading import read
from tasks.reply import ask_for_hands
from tasks.show import account_rows, delivery_rows
from tasks.workplace import Workplace
from tests.builders import NOW, account, small_registry
from tests.tasks.conftest import QUICK

TOKEN = "token-of-the-account-5f1c"
PASSWORD = "password-of-the-mail-77ab"
DATABASE = "password-of-the-database-90ff"


@pytest.fixture
def planted(
    store: Store,
    network: PracticeServer,
    mailbox: Mailbox,
    fast_folder: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Workplace:
    """A live city on one real server, whose secrets are known to the test."""
    monkeypatch.setenv("HAECHI_SECRET_OURS", network.token("ours", city=True))
    monkeypatch.setenv("HAECHI_SECRET_REVOKED", TOKEN)
    settings = Settings(
        live=True, var=fast_folder / "var", smtp_port=mailbox.port, smtp_password=PASSWORD
    )
    accounts = (
        account("ours", Network.MASTODON, server=network.url, credential="ours"),
        account("dead", Network.MASTODON, server=network.url, credential="revoked"),
    )
    with store.write() as session:
        apply(session, small_registry(accounts=accounts), at=NOW)
    channel = Mastodon(settings, timeouts=QUICK)
    return Workplace(settings=settings, store=store, channel_of=lambda _account: channel)


def written(place: Workplace, folder: Path) -> Iterator[str]:
    """Everything that was written anywhere."""
    with place.store.read() as session:
        for table in Base.metadata.sorted_tables:
            yield from (repr(tuple(row)) for row in session.execute(select(table)))
    keys = {"practice.key", "center.key"}
    for file in folder.rglob("*"):
        if file.is_file() and file.name not in keys and not file.name.startswith("haechi.db"):
            yield file.read_bytes().decode("utf-8", "replace")


def test_secrets_are_written_nowhere(
    planted: Workplace,
    network: PracticeServer,
    fast_folder: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    network.post("jiwoo", "@ours 신호등이 꺼졌어요")
    harvests = read(planted)
    open_cases(planted)
    with planted.store.write() as session:
        case = session.scalars(select(Case)).one()
        case.kind = Kind.COMPLAINT
        planted.desk(session).route(case, "traffic")
    tell(planted)
    network.fault("ours", refuse="403 no", on=["post"])
    deliver(planted)
    ask_for_hands(planted)
    checked = check(planted)
    mail(planted)
    workbook.write(planted.registry, fast_folder / "city.xlsx")
    places = [
        *written(planted, fast_folder),
        caplog.text,
        repr(harvests),
        repr(checked),
        repr(account_rows(planted)),
        repr(delivery_rows(planted)),
    ]
    good = planted.settings.secret("ours")
    assert good
    causes = {harvest.account.id: harvest.cause for harvest in harvests}
    assert not causes["ours"]
    assert causes["dead"]
    assert "server" in causes["x_seoul"]
    for secret in (good, TOKEN, PASSWORD, planted.settings.center_key):
        found = [text for text in places if secret in text]
        assert not found, "a secret was written down"


def test_settings_show_no_password(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings(
        smtp_password=PASSWORD, database_url=f"postgresql://haechi:{DATABASE}@db.example/haechi"
    )
    for shown in (repr(settings), str(settings)):
        assert PASSWORD not in shown
        assert DATABASE not in shown


def test_a_database_that_is_away_is_named_without_its_password() -> None:
    store = Store(f"postgresql://haechi:{DATABASE}@127.0.0.1:9/haechi")
    with pytest.raises(Exception, match="haechi") as raised, store.read() as session:
        session.execute(select(Case))
    assert DATABASE not in str(raised.value)
    store.close()


def test_a_missing_secret_is_told_by_name_only(fast_folder: Path) -> None:
    settings = Settings(var=fast_folder)
    ask = Credentials(settings, load_block=lambda _name: None)
    with pytest.raises(Exception, match="HAECHI_SECRET_X_SEOUL"):
        ask("x-seoul")
