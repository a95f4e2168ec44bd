"""Posts over Mastodon's API, with the client that citizens would use."""

import httpx
import pytest
from mastodon import Mastodon, MastodonAPIError, MastodonNotFoundError, MastodonUnauthorizedError

from practice.testing import PracticeServer


def test_a_post_is_read_back_as_it_was_written(citizen: Mastodon) -> None:
    made = citizen.status_post("한 줄\n둘째 줄\n\n<b>둘째 문단</b> & 끝")
    assert citizen.status(made.id).content == (
        "<p>한 줄<br />둘째 줄</p><p>&lt;b&gt;둘째 문단&lt;/b&gt; &amp; 끝</p>"
    )


def test_mentions_hashtags_and_links_become_anchors_that_keep_their_text(citizen: Mastodon) -> None:
    made = citizen.status_post("@x_seoul #눈 https://seoul.go.kr/a?b=1&c=2 메일 a@x_seoul.kr")
    assert 'class="u-url mention">@<span>x_seoul</span></a>' in made.content
    assert 'rel="tag">#<span>눈</span></a>' in made.content
    assert 'href="https://seoul.go.kr/a?b=1&amp;c=2"' in made.content
    assert [mention.acct for mention in made.mentions] == ["x_seoul"]
    assert [tag.name for tag in made.tags] == ["눈"]


def test_a_script_in_a_post_is_text(citizen: Mastodon) -> None:
    made = citizen.status_post("<script>alert(1)</script> javascript:alert(1)")
    assert "<script" not in made.content
    assert "<a" not in made.content


def test_the_same_idempotency_key_makes_one_post(
    network: PracticeServer, citizen: Mastodon
) -> None:
    first = citizen.status_post("한 번만", idempotency_key="k")
    again = citizen.status_post("한 번만", idempotency_key="k")
    assert first.id == again.id
    assert network.texts("alice") == ["한 번만"]


def test_the_same_key_of_someone_else_is_another_post(citizen: Mastodon, city: Mastodon) -> None:
    assert (
        citizen.status_post("하나", idempotency_key="k").id
        != city.status_post("하나", idempotency_key="k").id
    )


def test_a_text_over_the_limit_is_refused_in_mastodons_words(citizen: Mastodon) -> None:
    with pytest.raises(MastodonAPIError) as refused:
        citizen.status_post("가" * 501)
    assert refused.value.args[1] == 422
    assert refused.value.args[3] == "Validation failed: Text character limit of 500 exceeded"


def test_a_link_counts_23_and_an_emoji_one(citizen: Mastodon) -> None:
    citizen.status_post("가" * 476 + "👨‍👩‍👧‍👦" + "https://seoul.go.kr/" + "a" * 200)


def test_each_account_has_its_own_limit(network: PracticeServer, city: Mastodon) -> None:
    long = network.token("facebook_seoul", city=True, limit=63_206)
    Mastodon(access_token=long, api_base_url=network.url).status_post("가" * 60_000)
    with pytest.raises(MastodonAPIError, match="limit of 280"):
        city.status_post("가" * 281)


def test_an_empty_post_is_refused(citizen: Mastodon) -> None:
    with pytest.raises(MastodonAPIError, match="can't be blank"):
        citizen.status_post("   ")


def test_a_reply_stands_in_the_thread(citizen: Mastodon, city: Mastodon) -> None:
    post = citizen.status_post("@x_seoul 가로등이 꺼졌어요")
    reply = city.status_reply(post, "고쳤습니다")
    thanks = citizen.status_reply(reply, "고맙습니다")
    around = citizen.status_context(reply)
    assert [found.id for found in around.ancestors] == [post.id]
    assert [found.id for found in around.descendants] == [thanks.id]
    assert reply.in_reply_to_account_id == post.account.id


def test_a_reply_to_a_deleted_post_is_404(citizen: Mastodon, city: Mastodon) -> None:
    post = citizen.status_post("@x_seoul 지울 글")
    citizen.status_delete(post)
    with pytest.raises(MastodonNotFoundError):
        city.status_post("늦은 답", in_reply_to_id=post)


def test_a_deleted_post_returns_its_source_and_is_gone(citizen: Mastodon, city: Mastodon) -> None:
    post = citizen.status_post("@x_seoul 지울 <글>")
    assert citizen.status_delete(post)["text"] == "@x_seoul 지울 <글>"
    with pytest.raises(MastodonNotFoundError):
        citizen.status(post)
    assert city.notifications() == []


def test_nobody_deletes_anothers_post(citizen: Mastodon, city: Mastodon) -> None:
    post = citizen.status_post("내 글")
    with pytest.raises(MastodonAPIError) as refused:
        city.status_delete(post)
    assert refused.value.args[1] == 403


def test_only_the_owner_reads_the_source(citizen: Mastodon, city: Mastodon) -> None:
    post = citizen.status_post("원문 & 그대로")
    assert citizen.status_source(post).text == "원문 & 그대로"
    with pytest.raises(MastodonAPIError) as refused:
        city.status_source(post)
    assert refused.value.args[1] == 403


def test_passing_on_twice_is_once_and_can_be_taken_back(citizen: Mastodon, city: Mastodon) -> None:
    post = citizen.status_post("널리 알릴 글")
    assert city.status_reblog(post).id == city.status_reblog(post).id
    assert city.account_statuses(city.me())[0].reblog.id == post.id
    assert citizen.status(post).reblogs_count == 1
    assert city.status(post).reblogged
    city.status_unreblog(post)
    assert city.account_statuses(city.me()) == []
    assert citizen.status(post).reblogs_count == 0


def test_a_direct_post_is_read_by_who_it_speaks_to_alone(
    network: PracticeServer, citizen: Mastodon, city: Mastodon
) -> None:
    post = citizen.status_post("@x_seoul 비밀", visibility="direct")
    stranger = Mastodon(access_token=network.token("bob"), api_base_url=network.url)
    assert city.status(post).id == post.id
    with pytest.raises(MastodonNotFoundError):
        stranger.status(post)
    assert stranger.account_statuses(citizen.me()) == []
    assert stranger.timeline_public() == []


def test_a_place_comes_along_as_our_extension(network: PracticeServer) -> None:
    headers = {"Authorization": f"Bearer {network.token('alice')}"}
    place = {"lat": 37.5702, "lon": 126.9831, "name": "종각역"}
    json = {"status": "여기요", "place": place}
    form = {"status": "여기요", **{f"place[{name}]": value for name, value in place.items()}}
    by_json = httpx.post(f"{network.url}/api/v1/statuses", json=json, headers=headers)
    by_form = httpx.post(f"{network.url}/api/v1/statuses", data=form, headers=headers)
    assert by_json.json()["place"] == by_form.json()["place"] == place


@pytest.mark.parametrize("place", [{"lat": 91, "lon": 0}, {"lat": "여기", "lon": 1}, {"lon": 1}])
def test_a_place_off_the_earth_is_refused(
    network: PracticeServer, place: dict[str, object]
) -> None:
    headers = {"Authorization": f"Bearer {network.token('alice')}"}
    told = {"status": "여기요", "place": place}
    assert (
        httpx.post(f"{network.url}/api/v1/statuses", json=told, headers=headers).status_code == 422
    )


@pytest.mark.parametrize(
    "text", ["\ud800 외톨이", "널\u0000문자", "\u202e거꾸로", "=1+1", "/etc/hostname"]
)
def test_any_text_that_json_carries_comes_back_unchanged(
    network: PracticeServer, text: str
) -> None:
    headers = {
        "Authorization": f"Bearer {network.token('alice')}",
        "Content-Type": "application/json",
    }
    body = b'{"status": "' + text.encode("unicode_escape").replace(b"\\x", b"\\u00") + b'"}'
    answer = httpx.post(f"{network.url}/api/v1/statuses", content=body, headers=headers)
    assert answer.status_code == 200
    assert network.texts("alice") == [text]
    httpx.get(f"{network.url}/api/v1/timelines/public").raise_for_status()


def test_without_a_token_nothing_is_written(network: PracticeServer) -> None:
    answer = httpx.post(f"{network.url}/api/v1/statuses", json={"status": "누구게"})
    assert (answer.status_code, answer.json()) == (401, {"error": "The access token is invalid"})


def test_a_forged_token_is_refused(network: PracticeServer) -> None:
    with pytest.raises(MastodonUnauthorizedError, match="The access token is invalid"):
        Mastodon(access_token="a.b", api_base_url=network.url).account_verify_credentials()


def test_a_wrong_id_is_404(citizen: Mastodon) -> None:
    for wrong in ("abc", "-1", "9" * 30):
        with pytest.raises(MastodonNotFoundError):
            citizen.status(wrong)
