"""A secret that ends is renewed in time, or announced in time; and nobody hears of it every night."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from channels.base import ChannelBusy, ChannelError, Health, Trouble
from channels.credential import NotKept
from registry.model import Account
from settings import Settings
from store.tables import Mail, Reading
from tasks.check_accounts import check
from tasks.expiry import EVENT
from tasks.workplace import Workplace
from tests.builders import COMMS, Clock
from tests.tasks.conftest import Settle
from tests.tasks.fake_channel import FakeChannel


class Ending(FakeChannel):
    """A network whose secrets end, and which may renew them."""

    ends: datetime | None = None
    renewal: tuple[str, datetime] | Exception | None = None
    renewals = 0

    def _check(self, account: Account) -> Health:
        mine = account.id == "x_seoul"
        return Health(reads=True, writes=True, expires=self.ends if mine else None)

    def _renew(self, account: Account) -> tuple[str, datetime] | None:
        if account.id != "x_seoul":
            return None
        self.renewals += 1
        if isinstance(self.renewal, Exception):
            raise self.renewal
        return self.renewal


@dataclass
class Night:
    """A live city on that network, and the blocks that its secrets are kept in."""

    place: Workplace
    clock: Clock
    channel: Ending
    kept: dict[str, str] = field(default_factory=dict)

    def pass_(self, days: int = 1) -> None:
        self.clock.pass_(days=days)
        check(self.place)

    def ends_in(self, days: int) -> None:
        self.channel.ends = self.clock() + timedelta(days=days)

    def told(self) -> list[dict[str, str]]:
        with self.place.store.read() as session:
            mails = session.scalars(select(Mail).where(Mail.event == EVENT).order_by(Mail.id)).all()
        assert {mail.to for mail in mails} <= {COMMS}
        return [account for mail in mails for account in mail.facts["accounts"]]


@pytest.fixture
def night(at_work: Settle, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Night:
    channel = Ending(clock)
    place = at_work(now=clock)
    live = place.settings.model_copy(update={"live": True})
    night = Night(
        replace(place, settings=live, channel_of=lambda _account: channel), clock, channel
    )

    def keep(name: str, secret: str, _settings: Settings) -> None:
        night.kept[name] = secret

    monkeypatch.setattr("tasks.expiry.keep", keep)
    return night


def test_what_ends_within_a_week_is_announced_once(night: Night) -> None:
    night.ends_in(10)
    night.pass_()
    assert night.told() == []
    for _ in range(12):
        night.pass_()
    (told,) = night.told()
    assert told["id"] == "x_seoul"
    assert told["ends"]
    assert not told["over"]


def test_what_was_connected_anew_and_ends_again_is_announced_again(night: Night) -> None:
    for _ in range(2):
        night.ends_in(5)
        night.pass_()
    assert len(night.told()) == 2


def test_what_can_be_renewed_is_renewed_kept_and_verified(night: Night) -> None:
    night.ends_in(30)
    night.channel.renewal = ("fresh-secret", night.clock() + timedelta(days=90))
    night.pass_()
    assert night.kept == {}
    night.pass_(days=10)
    assert night.kept == {"": "fresh-secret"}  # the small city names no credentials
    night.pass_(days=14)
    assert len(night.told()) == 1, "the network still says that it ends: that is what counts"


def test_a_refused_renewal_is_told_at_once_and_a_busy_network_is_not(night: Night) -> None:
    night.ends_in(20)
    night.channel.renewal = ChannelBusy("later")
    night.pass_()
    assert night.told() == []
    night.channel.renewal = ChannelError("no", Trouble.FORBIDDEN)
    for _ in range(5):
        night.pass_()
    (refused,) = night.told()
    assert "허락하지 않았습니다" in refused["why"]
    for _ in range(10):
        night.pass_()
    assert len(night.told()) == 2, "and once more when it is near"


def test_what_cannot_be_kept_is_told(night: Night, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_args: object) -> None:
        raise NotKept("Prefect is away")

    monkeypatch.setattr("tasks.expiry.keep", away)
    night.ends_in(15)
    night.channel.renewal = ("fresh-secret", night.clock() + timedelta(days=60))
    night.pass_()
    (told,) = night.told()
    assert "Prefect is away" in told["why"]
    assert "fresh-secret" not in str(told)


class TestANetworkThatNeverTellsTheEnd:
    def test_is_asked_to_renew_once_and_again_before_the_end_that_it_told(
        self, night: Night
    ) -> None:
        def renews_for_60_days() -> None:
            night.channel.renewal = ("fresh-secret", night.clock() + timedelta(days=60))

        renews_for_60_days()
        night.pass_()
        assert night.channel.renewals == 0, "a secret of today is renewed by none"
        for _ in range(30):
            night.pass_()
        assert night.channel.renewals == 1
        assert set(night.kept.values()) == {"fresh-secret"}
        renews_for_60_days()
        for _ in range(30):
            night.pass_()
        assert night.channel.renewals == 2
        assert night.told() == []

    def test_is_announced_by_the_end_that_the_renewal_told(self, night: Night) -> None:
        night.channel.renewal = ("fresh-secret", night.clock() + timedelta(days=30))
        night.pass_()
        night.pass_()
        night.channel.renewal = ChannelBusy("later")
        for _ in range(27):
            night.pass_()
        (told,) = night.told()
        assert told["ends"]

    def test_is_told_once_where_it_refuses(self, night: Night) -> None:
        night.channel.renewal = ChannelError("no", Trouble.FORBIDDEN)
        for _ in range(10):
            night.pass_()
        (told,) = night.told()
        assert told["ends"] == ""
        assert "허락하지 않았습니다" in told["why"]

    def test_is_left_alone_where_it_renews_nothing(self, night: Night) -> None:
        for _ in range(3):
            night.pass_()
        assert night.kept == {}
        assert night.told() == []


def test_in_practice_nothing_is_renewed(night: Night) -> None:
    practice = replace(
        night.place, settings=night.place.settings.model_copy(update={"live": False})
    )
    night.ends_in(15)
    night.channel.renewal = ("fresh-secret", night.clock() + timedelta(days=60))
    check(practice)
    assert night.kept == {}


def test_the_page_of_accounts_knows_when_a_secret_ends(night: Night) -> None:
    night.ends_in(40)
    ends = night.channel.ends
    night.pass_()

    with night.place.store.read() as session:
        assert session.get_one(Reading, "x_seoul").expires_at == ends
