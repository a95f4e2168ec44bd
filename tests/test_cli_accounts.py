"""Accounts are connected by a command that verifies first, keeps last, and prints no value."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import cli
from channels.connecting import CONNECTING, NOTHING, ONE_TOKEN, WrongForm
from channels.credential import NotKept, credential, trying
from channels.x import X
from practice.testing import PracticeServer, practice_server
from registry.model import Network
from settings import Settings
from store.open import open_store
from store.registry import apply
from tests.builders import NOW, account, small_registry
from tests.channels.worlds._x_server import PARTS, PIN, XServer, x_server

WRONG = "wrong-token-of-nobody-1234"


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PracticeServer]:
    """A server that speaks as Mastodon does: to us it is the real network."""
    with practice_server(tmp_path_factory.mktemp("network")) as server:
        yield server


@pytest.fixture
def kept(
    network: PracticeServer, fast_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[dict[str, str]]:
    """What was put into Prefect, of a city in practice mode whose Prefect answers."""
    network.heal()
    for name in [name for name in os.environ if name.startswith("HAECHI_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HAECHI_VAR", str(fast_folder / "var"))
    monkeypatch.setenv("HAECHI_PRACTICE_URL", network.url)
    more = (
        account("toot", Network.MASTODON, server=network.url, credential="toot"),
        account("unnamed", Network.MASTODON, server=network.url),
        account("odd", Network.MASTODON, server=network.url, credential="Odd.name"),
        account("blog", Network.KAKAO, office="traffic"),
        account("x_signs", Network.X, handle="haechi_seoul", credential="x-signs"),
        account("x_other", Network.X, handle="haechi_other", credential="x-other"),
    )
    settings = Settings()
    settings.var.mkdir(parents=True)
    (settings.var / "practice.key").write_text(network.key)
    store = open_store(settings)
    with store.write() as session:
        apply(session, small_registry(accounts=more), at=NOW)
    blocks: dict[str, str] = {}

    def keep(name: str, secret: str, _settings: Settings) -> None:
        blocks[name] = secret

    monkeypatch.setattr("one_machine.use_prefect", lambda *_args, **_more: None)
    monkeypatch.setattr("one_machine.answers", lambda _settings: True)
    monkeypatch.setattr("channels.credential.keep", keep)
    yield blocks
    store.close()
    _forget_store()


def _forget_store() -> None:
    from tasks.workplace import _store

    _store.cache_clear()


def run(*arguments: str, given: str = "") -> Result:
    return CliRunner().invoke(cli.main, ["accounts", *arguments], input=given)


def said(result: Result, *words: str, code: int = 0) -> None:
    assert result.exit_code == code, result.output
    assert "Traceback" not in result.output
    for word in words:
        assert word in result.output


# --- connect


def test_it_says_what_to_create_verifies_it_and_keeps_it(
    kept: dict[str, str], network: PracticeServer
) -> None:
    token = network.token("toot", name="서울시", city=True)
    result = run("connect", "toot", given=f"{token}\n")
    said(
        result, "New application", "`read` and `write`", "as 서울시: reads, writes", "block 'toot'"
    )
    assert kept == {"toot": token}
    assert token not in result.output


def test_what_the_network_refuses_is_not_kept_and_it_says_why(kept: dict[str, str]) -> None:
    result = run("connect", "toot", given=f"{WRONG}\n")
    said(result, "nothing was kept", "does not take this secret", "answered 401", code=1)
    assert kept == {}
    assert WRONG not in result.output


def test_the_secret_of_another_account_is_not_kept(
    kept: dict[str, str], network: PracticeServer
) -> None:
    result = run("connect", "toot", given=f"{network.token('culture', city=True)}\n")
    said(result, "nothing was kept", "that of @culture, not of @toot", "as this account", code=1)
    assert kept == {}


def test_a_server_that_is_not_there_is_said_so_and_what_to_check(
    kept: dict[str, str], network: PracticeServer
) -> None:
    nowhere = account("toot", Network.MASTODON, server="http://127.0.0.1:9", credential="toot")
    with open_store(Settings()).write() as session:
        apply(session, small_registry(accounts=(nowhere,)), at=NOW)
    result = run("connect", "toot", given=f"{network.token('toot', city=True)}\n")
    said(result, "nothing was kept", "nothing listens there", "column `server`", code=1)
    assert "자동으로" not in result.output, "nobody tries again by himself"
    assert kept == {}


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("", "the file is empty"),
        ("{", "no JSON object"),
        ("[1]", "JSON object with handle, app_password"),
        ('{"handle": "a.example", "api_key": "x"}', "api_key is not asked for"),
        ("\ufeff" + '{"handle": "a.example"}', "app_password"),
    ],
)
def test_a_file_that_holds_something_else_is_refused_by_what_is_wrong(
    kept: dict[str, str], given: str, told: str
) -> None:
    sky = account("sky", Network.BLUESKY, credential="sky")
    with open_store(Settings()).write() as session:
        apply(session, small_registry(accounts=(sky,)), at=NOW)
    said(run("connect", "sky", "--from", "-", given=given), "nothing was kept", told, code=1)
    assert kept == {}


@pytest.mark.parametrize("quoted", [False, True])
def test_it_can_come_from_standard_input(
    kept: dict[str, str], network: PracticeServer, *, quoted: bool
) -> None:
    token = network.token("toot", city=True)
    given = json.dumps({"token": token}) if quoted else f" {token}\n"
    said(run("connect", "toot", "--from", "-", given=given), "Kept")
    assert kept == {"toot": token}


def test_a_wrong_form_is_asked_for_again_and_refused_in_a_file(
    kept: dict[str, str], network: PracticeServer
) -> None:
    token = network.token("toot", city=True)
    result = run("connect", "toot", given=f"two words\n{token}\n")
    said(result, "this is no access token", "Kept")
    said(run("connect", "toot", "--from", "-", given="two words"), "nothing was kept", code=1)
    said(run("connect", "toot", "--from", "-", given="[1]"), "JSON object with token", code=1)


def test_an_empty_answer_is_asked_for_again_and_said_to_be_missing(
    kept: dict[str, str], network: PracticeServer
) -> None:
    result = run("connect", "toot", given=f"\n{network.token('toot', city=True)}\n")
    said(result, "missing: token (access token)", "Kept")


def test_who_stops_typing_is_told_that_nothing_was_kept(kept: dict[str, str]) -> None:
    said(run("connect", "toot", given=""), "nothing was kept", "--from FILE", code=1)
    assert kept == {}


def test_all_that_a_file_lacks_is_named_at_once_but_what_the_registry_knows(
    kept: dict[str, str],
) -> None:
    accounts = (
        account("sky", Network.BLUESKY, credential="sky"),
        account("press", Network.WORDPRESS, credential="press"),
    )
    with open_store(Settings()).write() as session:
        apply(session, small_registry(accounts=accounts), at=NOW)
    told = "missing: user (user name), app_password (application password)"
    said(run("connect", "press", "--from", "-", given="{}"), told, code=1)
    told = "nothing was kept: missing: app_password (app password)"
    said(run("connect", "sky", "--from", "-", given="{}"), told, code=1)
    assert kept == {}


def test_where_prefect_does_not_answer_nobody_types_a_secret_in_vain(
    kept: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("one_machine.answers", lambda _settings: False)
    said(run("connect", "toot"), "does not answer at", "HAECHI_SECRET_TOOT", code=1)


def test_where_it_cannot_be_kept_it_says_so(
    kept: dict[str, str], network: PracticeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_args: object) -> None:
        raise NotKept("Prefect is away")

    monkeypatch.setattr("channels.credential.keep", full)
    given = network.token("toot", city=True)
    said(run("connect", "toot", given=f"{given}\n"), "not kept: Prefect is away", code=1)


def test_a_variable_that_would_win_is_told(
    kept: dict[str, str], network: PracticeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HAECHI_SECRET_TOOT", WRONG)
    given = network.token("toot", city=True)
    said(run("connect", "toot", given=f"{given}\n"), "Kept", "HAECHI_SECRET_TOOT is set, too")


@pytest.mark.parametrize(
    ("id_", "words"),
    [
        ("unnamed", "Write 'unnamed' there"),
        ("odd", "cannot be the name of a Prefect block"),
        ("x_old", "is closed"),
        ("toto", "혹시 toot"),
    ],
)
def test_what_cannot_be_connected_says_what_to_do(
    kept: dict[str, str], id_: str, words: str
) -> None:
    said(run("connect", id_), words, code=1)


def test_by_hand_it_names_who_will_be_mailed(kept: dict[str, str]) -> None:
    said(run("connect", "blog"), "nothing to create", "manager@traffic", "the comms team")
    assert kept == {}


# --- connect, by signing in


@pytest.fixture
def x(kept: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[XServer]:
    """An X where the city is signed in, and which the command takes for the real one."""
    with x_server() as server:
        channel_at(server.url, monkeypatch)
        yield server


def channel_at(origin: str, monkeypatch: pytest.MonkeyPatch) -> None:
    channel = X(Settings(), origin=origin)
    monkeypatch.setattr("channels.directory.live_channel", lambda *_asked: channel)


def typed(*then: str, **changes: str) -> str:
    app = PARTS | changes
    return "\n".join([app["consumer_key"], app["consumer_secret"], "", *then]) + "\n"


def test_an_account_that_owns_no_app_is_connected_by_a_pin(
    kept: dict[str, str], x: XServer
) -> None:
    result = run("connect", "x_signs", given=typed(PIN))
    said(result, "Enter: sign in with a PIN", "signed in to x as @haechi_seoul, and as no other")
    said(result, f"{x.url}/oauth/authorize?oauth_token=request-", "as 서울시: reads, writes")
    assert json.loads(kept["x-signs"]) == PARTS
    assert not [value for value in PARTS.values() if value in result.output]


def test_tokens_that_are_there_are_typed_as_ever(kept: dict[str, str], x: XServer) -> None:
    said(run("connect", "x_signs", given="\n".join([*PARTS.values(), ""])), "Kept")
    assert json.loads(kept["x-signs"]) == PARTS
    assert x.sign_ins == {}


def test_a_wrong_pin_keeps_nothing_and_says_to_begin_again(
    kept: dict[str, str], x: XServer
) -> None:
    result = run("connect", "x_signs", given=typed("my pin", "1111111"))
    said(result, "this is no PIN that X shows: it is the digits", code=1)
    said(result, "nothing was kept: x_signs (x): X does not take this PIN", "Begin again", code=1)
    assert kept == {}


def test_an_app_that_x_does_not_know_is_told_before_anybody_is_sent_to_sign_in(
    kept: dict[str, str], x: XServer
) -> None:
    result = run("connect", "x_signs", given=typed(consumer_secret="secret-of-nobody"))
    said(result, "does not take the app's API key and secret", "32", code=1)
    assert "authorize" not in result.output
    assert "secret-of-nobody" not in result.output
    assert kept == {}


def test_a_pin_of_another_account_is_not_kept(kept: dict[str, str], x: XServer) -> None:
    result = run("connect", "x_other", given=typed(PIN))
    said(result, "that of @haechi_seoul, not of @haechi_other", code=1)
    assert kept == {}


def test_without_a_way_to_x_it_says_so_in_words(
    kept: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    channel_at("http://127.0.0.1:9", monkeypatch)
    result = run("connect", "x_signs", given=typed())
    said(result, "nothing was kept: x_signs (x): 127.0.0.1: nothing listens there", code=1)
    assert not [word for word in ("Error", "urllib3", "object at") if word in result.output]
    assert kept == {}


@pytest.mark.parametrize("network_name", list(Network))
def test_every_network_says_how_it_is_connected(network_name: Network) -> None:
    needs = CONNECTING.get(network_name, ONE_TOKEN)
    one = account("one", network_name, server="social.example")
    assert all("{" not in step for step in needs.steps_for(one))
    assert len(needs.steps) > 1 or needs is NOTHING
    assert not needs.bare or len(needs.parts) == 1


@pytest.mark.parametrize(
    ("network_name", "given"),
    [
        (Network.X, {"access_token": "no-number"}),
        (Network.BLUESKY, {"handle": "seoul.bsky.social", "app_password": "my own password"}),
        (Network.BLUESKY, {"handle": "@seoul", "app_password": "abcd-efgh-ijkl-mnop"}),
        (Network.INSTAGRAM, {"token": "long-enough", "user": "seoul"}),
        (Network.WORDPRESS, {"user": "haechi", "app_password": "hunter2"}),
        (Network.YOUTUBE, {}),
    ],
)
def test_what_cannot_be_a_secret_is_refused_without_being_quoted(
    network_name: Network, given: dict[str, str]
) -> None:
    usual = {part.name: "long-enough-for-any" for part in CONNECTING[network_name].parts}
    with pytest.raises(WrongForm) as raised:
        CONNECTING[network_name].secret({**usual, **given} if given else {})
    assert not [value for value in given.values() if value in str(raised.value)]


def test_a_secret_of_parts_is_one_line_of_json() -> None:
    given = {"user": "haechi", "app_password": " abcd EFGH 1234 abcd EFGH 1234\n"}
    secret = CONNECTING[Network.WORDPRESS].secret(given)
    assert json.loads(secret)["app_password"] == "abcd EFGH 1234 abcd EFGH 1234"
    assert secret.isprintable()


def test_the_sign_that_people_write_before_a_handle_is_not_kept() -> None:
    given = {"handle": " @seoul.bsky.social", "app_password": "abcd-efgh-ijkl-mnop"}
    kept = json.loads(CONNECTING[Network.BLUESKY].secret(given))
    assert kept["handle"] == "seoul.bsky.social"


def test_a_secret_that_is_tried_is_gone_afterwards(fast_folder: Path) -> None:
    settings = Settings(var=fast_folder)
    with trying("", "token-one"), trying("toot", "token-two"):
        assert (credential("", settings), credential("toot", settings)) == (
            "token-one",
            "token-two",
        )
    with pytest.raises(Exception, match="column `credential`"):
        credential("", settings)


# --- check


def test_a_line_for_each_account_and_zero_where_all_is_well(
    kept: dict[str, str], network: PracticeServer
) -> None:
    result = run("check", "x_seoul", "x_old")
    said(
        result, "the twins", "ok           x_seoul  x           reads, writes", "closed       x_old"
    )
    assert "1 ok, 1 closed" in result.output
    assert "requests left" in result.output


def test_one_in_trouble_comes_first_in_words_and_the_command_fails(
    kept: dict[str, str], network: PracticeServer
) -> None:
    network.fault("x_traffic", revoked=True)
    result = run("check")
    said(result, "trouble      x_traffic", "revoked: ", "1 trouble", code=1)
    lines = result.output.splitlines()
    assert lines.index(next(x for x in lines if x.startswith("trouble"))) < lines.index(
        next(x for x in lines if x.startswith("ok"))
    )


def test_live_it_asks_the_real_networks_and_names_the_command_that_connects(
    kept: dict[str, str], network: PracticeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HAECHI_SECRET_TOOT", network.token("toot", city=True))
    result = run("check", "--live", "toot", "blog", "unnamed")
    said(result, "ok           toot     mastodon", "by hand      blog", code=1)
    said(result, "unconnected  unnamed", "haechi accounts connect unnamed", code=1)
    monkeypatch.setattr("one_machine.answers", lambda _settings: False)
    said(run("check", "--live", "toot"), "only secrets of the environment")
