"""Whose secret, whose twin, whose channel."""

from pathlib import Path

import pytest

from channels.base import ChannelBusy, ChannelError, Trouble
from channels.by_hand import ByHand
from channels.credential import KEEP, Credentials, credential, credential_parts
from channels.directory import channel_for
from channels.practice import TEXT_LIMIT, Practice, token_for
from practice import tokens
from registry.model import Network
from settings import secret_variable
from tests.channels.channel_builders import an_account, settings_in


class Blocks:
    """The Prefect blocks there are, and how often each was asked for."""

    def __init__(self, **secrets: str) -> None:
        self.secrets = secrets
        self.asked: list[str] = []

    def __call__(self, name: str) -> str | None:
        self.asked.append(name)
        return self.secrets.get(name)


def test_the_environment_wins_over_the_block(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HAECHI_SECRET_X_SEOUL", "from-environment")
    blocks = Blocks(**{"x-seoul": "from-block"})

    assert Credentials(settings_in(tmp_path), load_block=blocks)("x-seoul") == "from-environment"
    assert blocks.asked == []


def test_without_it_the_block_is_read_and_kept_for_a_while(tmp_path: Path) -> None:
    now = [0.0]
    blocks = Blocks(**{"x-seoul": "from-block"})
    secret_of = Credentials(settings_in(tmp_path), load_block=blocks, clock=lambda: now[0])

    assert [secret_of("x-seoul"), secret_of("x-seoul")] == ["from-block", "from-block"]
    assert len(blocks.asked) == 1
    blocks.secrets["x-seoul"] = "renewed"
    now[0] = KEEP + 1
    assert secret_of("x-seoul") == "renewed"


def test_while_prefect_cannot_be_asked_nothing_is_given_up(tmp_path: Path) -> None:
    def unreachable(_name: str) -> str:
        raise OSError("connection refused")

    with pytest.raises(ChannelBusy, match="x-seoul"):
        Credentials(settings_in(tmp_path), load_block=unreachable)("x-seoul")


def test_a_missing_secret_names_both_ways_to_set_it(tmp_path: Path) -> None:
    with pytest.raises(ChannelError) as error:
        Credentials(settings_in(tmp_path), load_block=Blocks())("x-seoul")

    assert error.value.kind is Trouble.CREDENTIAL
    assert "HAECHI_SECRET_X_SEOUL" in str(error.value)
    assert "Prefect Secret block 'x-seoul'" in str(error.value)


def test_an_account_without_credential_says_which_column_to_fill(tmp_path: Path) -> None:
    with pytest.raises(ChannelError, match="column `credential`"):
        credential("", settings_in(tmp_path))


@pytest.mark.parametrize("secret", ["비밀", "two\nlines", "\x00"])
def test_a_secret_that_cannot_be_one_is_refused_and_not_told(tmp_path: Path, secret: str) -> None:
    with pytest.raises(ChannelError) as error:
        Credentials(settings_in(tmp_path), load_block=Blocks(mine=secret))("mine")

    assert secret not in str(error.value)


@pytest.mark.parametrize(
    ("secret", "told"),
    [
        ('{"user": "press"', "it is no JSON: Expecting ',' delimiter at character 17"),
        ("a password", "it is no JSON: Expecting value at character 1"),
        ('["press"]', "it is none"),
        ('{"user": "press", "password": 7}', "it lacks password"),
    ],
)
def test_a_secret_of_parts_says_what_is_wrong_with_its_form_and_not_its_value(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, secret: str, told: str
) -> None:
    monkeypatch.setenv("HAECHI_SECRET_MINE", secret)
    with pytest.raises(ChannelError) as error:
        credential_parts("mine", settings_in(tmp_path), ("user", "password"))

    assert str(error.value).endswith(told)
    assert error.value.kind is Trouble.CREDENTIAL


def test_a_line_break_that_copying_left_is_forgiven(tmp_path: Path) -> None:
    assert Credentials(settings_in(tmp_path), load_block=Blocks(mine="abc\n"))("mine") == "abc"


@pytest.mark.parametrize(
    ("name", "variable"),
    [
        ("x-seoul", "HAECHI_SECRET_X_SEOUL"),
        ("a.b c", "HAECHI_SECRET_A_B_C"),
        ("서울", "HAECHI_SECRET___"),
    ],
)
def test_the_variable_of_a_secret_is_plain(name: str, variable: str) -> None:
    assert secret_variable(name) == variable


@pytest.mark.parametrize("name", ["서울시", "", "\"quoted\" \\ 'name'", "😀"])
def test_our_token_is_the_one_that_the_practice_network_mints(name: str) -> None:
    account = an_account(name=name)

    ours = token_for("the key", account)

    theirs = tokens.mint("the key", account.id, name=name, city=True, limit=TEXT_LIMIT)
    assert ours == theirs
    assert tokens.read("the key", ours).handle == account.id


def test_an_id_that_cannot_be_a_handle_is_refused() -> None:
    with pytest.raises(ChannelError, match="a-z, 0-9"):
        token_for("key", an_account(id="서울-1"))


@pytest.mark.parametrize("network", list(Network))
def test_in_practice_every_account_is_its_twin(tmp_path: Path, network: Network) -> None:
    assert isinstance(channel_for(an_account(network=network), settings_in(tmp_path)), Practice)


@pytest.mark.parametrize("network", list(Network))
def test_live_every_network_has_a_channel_and_none_is_the_twin(
    tmp_path: Path, network: Network
) -> None:
    channel = channel_for(an_account(network=network), settings_in(tmp_path, live=True))

    assert not isinstance(channel, Practice)
    assert channel.network == network or isinstance(channel, ByHand)


def test_accounts_of_one_network_share_their_channel(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    one, other = an_account(id="a"), an_account(id="b", network=Network.FACEBOOK)

    assert channel_for(one, settings) is channel_for(other, settings)


def test_practice_and_live_never_share_a_channel(tmp_path: Path) -> None:
    account = an_account(network=Network.MASTODON)
    practice = channel_for(account, settings_in(tmp_path))

    assert practice is not channel_for(account, settings_in(tmp_path, live=True))
