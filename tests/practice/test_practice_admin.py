"""Tokens, revocation, apps and limits; and the administrator's side over HTTP."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mastodon import Mastodon, MastodonIllegalArgumentError, MastodonUnauthorizedError

from practice import tokens
from practice.client import Practice
from practice.limits import Limits, RateLimiter
from practice.testing import KEY, PracticeServer, practice_server
from tests.practice.conftest import Client, speaking


@pytest.fixture
def admin(network: PracticeServer) -> Iterator[Practice]:
    with Practice(network.url, network.key) as practice:
        yield practice


@given(
    handle=st.from_regex(tokens.HANDLE, fullmatch=True),
    name=st.text(max_size=20).filter(lambda name: name.encode("utf-8", "ignore").decode() == name),
    city=st.booleans(),
    limit=st.integers(1, 100_000),
)
def test_a_token_says_what_was_minted_into_it(
    handle: str, name: str, city: bool, limit: int
) -> None:
    token = tokens.mint(KEY, handle, name=name, city=city, limit=limit)
    claims = tokens.read(KEY, token)
    assert (claims.handle, claims.name, claims.city, claims.limit) == (handle, name, city, limit)
    assert not claims.admin


@given(at=st.integers(0, 200), other=st.characters())
def test_a_token_that_was_changed_anywhere_is_refused(at: int, other: str) -> None:
    token = tokens.mint(KEY, "alice")
    at %= len(token)
    changed = token[:at] + other + token[at + 1 :]
    if changed != token:
        with pytest.raises(tokens.TokenError):
            tokens.read(KEY, changed)


def test_a_token_of_another_key_is_refused() -> None:
    with pytest.raises(tokens.TokenError):
        tokens.read(KEY, tokens.mint("another key", "alice"))


@pytest.mark.parametrize("handle", ["", "Alice", "a b", "한글", "a.b", "a" * 65])
def test_a_handle_is_small_letters_digits_and_underscores(handle: str) -> None:
    with pytest.raises(ValueError, match="a handle is"):
        tokens.mint(KEY, handle)


def test_a_token_makes_its_account_known_at_first_sight(network: PracticeServer) -> None:
    token = tokens.mint(KEY, "newcomer", name="새 사람")
    me = speaking(network.url, token).account_verify_credentials()
    assert (me.acct, me.display_name) == ("newcomer", "새 사람")


def test_a_plain_token_changes_nothing_of_a_city_account(network: PracticeServer) -> None:
    plain = tokens.mint(KEY, "x_seoul", name="가짜", limit=5)
    me = speaking(network.url, plain).account_verify_credentials()
    assert me.display_name == "서울시"
    assert speaking(network.url, plain).status_post("다섯 자가 넘는 글").id


def test_revoked_tokens_answer_401_until_a_new_one_is_minted(
    network: PracticeServer, admin: Practice
) -> None:
    old = admin.token("x_seoul", city=True, limit=280)
    assert speaking(network.url, old).me().acct == "x_seoul"
    issued = admin.revoke("x_seoul")
    with pytest.raises(MastodonUnauthorizedError, match="The access token was revoked"):
        speaking(network.url, old).status_post("글")
    assert tokens.read(KEY, admin.token("x_seoul", city=True)).issued == issued
    assert speaking(network.url, admin.token("x_seoul", city=True)).me().acct == "x_seoul"


def test_a_revocation_outlives_a_restart(tmp_path: Path) -> None:
    with practice_server(tmp_path) as first:
        old = first.token("x_seoul", city=True)
        first.revoke("x_seoul")
    with practice_server(tmp_path) as second:
        with pytest.raises(MastodonUnauthorizedError):
            speaking(second.url, old).status_post("글")
        speaking(second.url, second.token("x_seoul")).status_post("새 표로 된다")


def test_faults_are_set_listed_and_taken_away_over_http(
    network: PracticeServer, admin: Practice, city: Mastodon
) -> None:
    admin.fault("x_seoul", refuse="422 안 됩니다", count=1)
    with pytest.raises(Exception, match="안 됩니다"):
        city.status_post("글")
    assert [(fault["kind"], fault["hits"]) for fault in admin.faults("x_seoul")] == [("refuse", 1)]
    admin.heal()
    assert admin.faults("x_seoul") == []
    with pytest.raises(ValueError, match="404"):
        admin.fault("nobody_here", down=True)
    with pytest.raises(ValueError, match=r"422.*slwo"):
        admin.fault("x_seoul", slwo=1)


def test_the_admins_paths_are_for_the_admin_alone(network: PracticeServer) -> None:
    headers = {"Authorization": f"Bearer {network.token('alice')}"}
    paths = ("/practice/faults/x_seoul", "/practice/accounts/x_seoul/revoke")
    for path in paths:
        assert (
            httpx.post(network.url + path, json={"down": True}, headers=headers).status_code == 403
        )
        assert httpx.post(network.url + path, json={"down": True}).status_code == 401


def authorize(url: str, handle: str) -> httpx.Response:
    """Type a handle into the form, as a browser does."""
    with httpx.Client() as browser:
        form = browser.get(url).text
        fields = {
            name: form.split(f'name="{name}" value="', 1)[1].split('"', 1)[0]
            for name in ("form_token", "client_id", "redirect_uri", "scope", "state")
        }
        page = urlsplit(url)
        return browser.post(
            f"{page.scheme}://{page.netloc}{page.path}", data=fields | {"handle": handle}
        )


def an_app(url: str, redirect_uris: str | None = None) -> Mastodon:
    client_id, secret = Mastodon.create_app(
        "시험 앱", api_base_url=url, redirect_uris=redirect_uris
    )
    return Mastodon(client_id, secret, api_base_url=url)


def test_an_app_gets_a_citizens_token_by_a_code(network: PracticeServer) -> None:
    app = an_app(network.url)
    shown = authorize(app.auth_request_url(skip_server_info=True), "bob")
    code = shown.text.split('<code class="code">')[1].split("<")[0]
    app.log_in(code=code, allow_http=True)
    assert app.status_post("앱으로 쓴 글").account.acct == "bob"
    with pytest.raises(MastodonIllegalArgumentError):
        app.log_in(code=code, allow_http=True)


def test_an_app_with_an_address_gets_the_code_there(network: PracticeServer) -> None:
    app = an_app(network.url, redirect_uris="http://127.0.0.1:1/back")
    asked = app.auth_request_url(
        redirect_uris="http://127.0.0.1:1/back", state="s", skip_server_info=True
    )
    sent = authorize(asked, "bob")
    back = parse_qs(urlsplit(sent.headers["location"]).query)
    assert back["state"] == ["s"]
    assert back["code"]


def test_nobody_becomes_a_city_account_by_the_form(network: PracticeServer) -> None:
    app = an_app(network.url)
    assert authorize(app.auth_request_url(skip_server_info=True), "x_seoul").status_code == 422


def test_a_revoked_app_token_ends_alone(network: PracticeServer, citizen: Mastodon) -> None:
    app = an_app(network.url)
    shown = authorize(app.auth_request_url(skip_server_info=True), "alice")
    app.log_in(code=shown.text.split('<code class="code">')[1].split("<")[0], allow_http=True)
    token = str(app.access_token)
    app.revoke_access_token(allow_http=True)
    with pytest.raises(MastodonUnauthorizedError, match="revoked"):
        speaking(network.url, token).status_post("글")
    assert citizen.status_post("다른 표는 그대로").id


def test_an_apps_own_token_speaks_as_nobody(network: PracticeServer) -> None:
    client_id, secret = Mastodon.create_app("앱", api_base_url=network.url)
    told = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": secret}
    token = httpx.post(f"{network.url}/oauth/token", data=told).json()["access_token"]
    answer = httpx.post(
        f"{network.url}/api/v1/statuses",
        json={"status": "글"},
        headers={"Authorization": f"Bearer {token}"},
    )
    assert answer.status_code == 422
    told["client_secret"] = "wrong"
    assert httpx.post(f"{network.url}/oauth/token", data=told).status_code == 401


def test_the_limit_is_told_in_headers_and_ends_in_429(tmp_path: Path) -> None:
    with practice_server(tmp_path, limits=Limits(requests=3, city_factor=2)) as network:
        headers = {"Authorization": f"Bearer {network.token('alice')}"}
        url = f"{network.url}/api/v1/notifications"
        answers = [httpx.get(url, headers=headers) for _ in range(4)]
        city = {"Authorization": f"Bearer {network.token('x_seoul', city=True)}"}
        assert httpx.get(url, headers=city).headers["X-RateLimit-Limit"] == "6"
    assert [answer.headers["X-RateLimit-Remaining"] for answer in answers] == ["2", "1", "0", "0"]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert answers[3].json() == {"error": "Too many requests"}
    assert int(answers[3].headers["Retry-After"]) > 0


def test_a_new_window_starts_afresh() -> None:
    rates = RateLimiter(Limits(requests=1))
    assert rates.count("alice", "requests", city=False, clock=0.0).remaining == 0
    assert rates.count("alice", "requests", city=False, clock=299.0).remaining == -1
    assert rates.count("bob", "requests", city=False, clock=299.0).remaining == 0
    fresh = rates.count("alice", "requests", city=False, clock=300.0)
    assert (fresh.remaining, fresh.resets_at) == (0, 600.0)


def test_pictures_have_their_own_limit(tmp_path: Path, jpeg: bytes) -> None:
    with practice_server(tmp_path, limits=Limits(media=1)) as network:
        headers = {"Authorization": f"Bearer {network.token('alice')}"}
        answers = [
            httpx.post(f"{network.url}/api/v2/media", files={"file": jpeg}, headers=headers)
            for _ in range(2)
        ]
    assert [answer.status_code for answer in answers] == [200, 429]


def test_everything_outlives_a_restart(tmp_path: Path, jpeg: bytes, client: Client) -> None:
    with practice_server(tmp_path / "kept") as first:
        alice = speaking(first.url, first.token("alice"))
        media = alice.media_post(jpeg, mime_type="image/jpeg")
        kept = alice.status_post("남는 글 #눈", media_ids=[media], idempotency_key="k")
    with practice_server(tmp_path / "kept") as second:
        alice = speaking(second.url, second.token("alice"))
        again = alice.status_post("남는 글 #눈", media_ids=[media], idempotency_key="k")
        assert again.id == kept.id
        assert httpx.get(again.media_attachments[0].url).content == jpeg
        assert int(alice.status_post("새 글").id) > int(kept.id)
