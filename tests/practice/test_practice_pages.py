"""The plain pages: what is written is shown as text, and only our own forms write."""

import re

import httpx
import pytest

from practice.network import CityAccount
from practice.scenes import photo
from practice.testing import PracticeServer
from practice.views import letter

NOT_REAL = "연습용 네트워크 — 실제 SNS가 아닙니다"


@pytest.fixture
def browser(network: PracticeServer) -> httpx.Client:
    network.network.welcome([CityAccount(handle="x_seoul", name="서울시", network_label="X")])
    return httpx.Client(base_url=network.url, follow_redirects=True)


def write(browser: httpx.Client, **fields: str) -> httpx.Response:
    """Fill in the form and send it."""
    form = browser.get("/write").text
    found = re.search(r'name="form_token" value="([0-9a-f]+)"', form)
    assert found
    return browser.post("/write", data={"form_token": found[1], "nickname": "해치", **fields})


def test_every_page_says_that_it_is_not_real(
    network: PracticeServer, browser: httpx.Client
) -> None:
    post = network.post("alice", "@x_seoul 안녕 #눈")
    paths = [
        "/",
        "/?q=눈",
        "/@x_seoul",
        "/@alice?only=own",
        f"/@alice/{post}",
        "/tags/눈",
        "/write",
        "/없음",
    ]
    for path in paths:
        assert NOT_REAL in browser.get(path).text, path


@pytest.mark.parametrize(
    ("name", "shown"),
    [("서울시", "서"), ("[훈련] 강남구", "강"), ("[훈련]", "훈"), ("★", "★"), ("", "")],
)
def test_an_avatar_shows_the_first_letter_of_the_name(name: str, shown: str) -> None:
    assert letter(name) == shown


def test_pages_forbid_every_script(browser: httpx.Client) -> None:
    policy = browser.get("/").headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert "unsafe" not in policy


def test_a_script_in_post_name_and_place_is_shown_as_text(browser: httpx.Client) -> None:
    bad = "<script>alert(1)</script>"
    place = {"place[lat]": "37.5", "place[lon]": "127", "place[name]": bad}
    shown = write(browser, nickname=bad, text=bad, to="x_seoul", **place)
    assert shown.status_code == 200
    assert "<script" not in shown.text
    assert shown.text.count("&lt;script&gt;") >= 3


def test_a_citizen_writes_with_photo_and_landmark(
    network: PracticeServer, browser: httpx.Client
) -> None:
    form = browser.get("/write?to=x_seoul").text
    token = form.split('name="form_token" value="', 1)[1].split('"', 1)[0]
    told = {
        "form_token": token,
        "nickname": "종각직장인",
        "to": "x_seoul",
        "text": "가로등이 꺼졌어요",
        "landmark": "종각역",
        "description": "꺼진 가로등",
    }
    shown = browser.post(
        "/write", data=told, files={"photo": ("a.jpg", photo("dark_street_light"))}
    )
    assert 'alt="꺼진 가로등"' in shown.text
    handle = shown.url.path.split("/")[1].removeprefix("@")
    (post,) = network.statuses(handle)
    assert post["text"] == "@x_seoul 가로등이 꺼졌어요"
    assert post["place"]["name"] == "종각역"
    assert post["account"]["display_name"] == "종각직장인"


def test_a_form_from_elsewhere_writes_nothing(
    network: PracticeServer, browser: httpx.Client
) -> None:
    told = {"nickname": "mallory", "text": "몰래"}
    browser.get("/write")
    for forged in ({}, {"form_token": "0" * 64}):
        assert browser.post("/write", data=told | forged).status_code == 403
    assert network.statuses("mallory") == []


def test_get_writes_nothing(network: PracticeServer, browser: httpx.Client) -> None:
    browser.get("/write", params={"nickname": "mallory", "text": "몰래", "to": "x_seoul"})
    assert network.statuses("mallory") == []


def test_nobody_writes_as_the_city(network: PracticeServer, browser: httpx.Client) -> None:
    for nickname in ("x_seoul", "@x_seoul", "X_Seoul", "서울시"):
        assert write(browser, nickname=nickname, text="가짜").status_code == 422
    assert network.statuses("x_seoul") == []


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"text": ""}, "내용을 적거나"),
        ({"text": "가" * 501}, "500자까지"),
        ({"text": "글", "nickname": " "}, "별명을 적어"),
        ({"text": "글", "place[lat]": "북위"}, "위도와 경도"),
    ],
)
def test_a_mistake_shows_the_form_again_with_what_was_typed(
    browser: httpx.Client, fields: dict[str, str], words: str
) -> None:
    shown = write(browser, **fields)
    assert shown.status_code == 422
    assert words in shown.text
    assert f">{fields['text']}</textarea>" in shown.text


def test_accounts_are_chosen_by_name_flagships_first_and_no_two_look_alike(
    network: PracticeServer, browser: httpx.Client
) -> None:
    told = [
        ("a_zoo", "하늘공원", "X", False),
        ("z_park", "가로수길", "X", False),
        ("m_city", "서울특별시", "X", True),
        ("n_city", "서울특별시", "YouTube", True),
    ]
    network.network.welcome(
        CityAccount(handle=handle, name=name, network_label=label, flagship=first)
        for handle, name, label, first in told
    )
    options = re.findall(r'<option value="\w+">([^<]*) \(@\w+\)<', browser.get("/write").text)
    assert options[:3] == ["서울특별시 · X", "서울특별시 · YouTube", "가로수길 · X"]
    assert options[-1] == "하늘공원 · X"


def test_a_citizens_handle_is_shown_beside_the_nickname(
    network: PracticeServer, browser: httpx.Client
) -> None:
    network.network.accounts.enrol("c_649c7c428f", name="민들레")
    assert '<option value="민들레">@c_649c7c428f</option>' in browser.get("/write").text


@pytest.mark.parametrize(
    ("nickname", "told"),
    [
        ("민들레", {"handle": "c_649c7c428f", "known": False, "limit": 500}),
        ("@Alice ", {"handle": "alice", "known": True, "limit": 400}),
        ("서울시", {"problem": "서울시은(는) 시의 계정입니다. 다른 별명을 적어 주세요."}),
    ],
)
def test_whose_handle_a_nickname_is_can_be_asked_beforehand(
    network: PracticeServer, browser: httpx.Client, nickname: str, told: dict[str, object]
) -> None:
    network.network.accounts.enrol("alice", name="alice", limit=400)
    assert browser.get("/write/handle", params={"nickname": nickname}).json() == told
    assert network.network.accounts.by_handle("c_649c7c428f") is None, "asking makes nobody"


def test_the_form_to_write_runs_our_own_script_and_no_other(browser: httpx.Client) -> None:
    shown = browser.get("/write")
    assert "script-src 'self'; connect-src 'self'" in shown.headers["content-security-policy"]
    assert shown.text.count("<script") == shown.text.count('<script src="/static/write.js"') == 1


def test_a_reply_stands_under_its_post_and_tells_the_city(
    network: PracticeServer, browser: httpx.Client
) -> None:
    post = network.post("alice", "@x_seoul 불이 꺼졌어요")
    answer = network.post("x_seoul", "@alice 고쳤습니다", in_reply_to_id=post)
    assert f"/write?reply={answer}&amp;to=x_seoul" in browser.get(f"/@alice/{post}").text
    shown = write(browser, text="고맙습니다", reply=answer, to="x_seoul").text
    order = [shown.index(words) for words in ("불이 꺼졌어요", "고쳤습니다", "고맙습니다")]
    assert order == sorted(order)


def test_an_accounts_page_holds_both_sides(network: PracticeServer, browser: httpx.Client) -> None:
    network.post("alice", "@x_seoul 물어봅니다")
    network.post("x_seoul", "알립니다")
    both, own = browser.get("/@x_seoul").text, browser.get("/@x_seoul?only=own").text
    assert "물어봅니다" in both
    assert "알립니다" in both
    assert "물어봅니다" not in own


def test_older_posts_are_on_the_next_page(network: PracticeServer, browser: httpx.Client) -> None:
    for number in range(31):
        network.post("alice", f"글 번호 {number:02}")
    first = browser.get("/").text
    assert "글 번호 00" not in first
    older = re.search(r'href="(\?[^"]*max_id=\d+)"', first)
    assert older
    assert "글 번호 00" in browser.get("/" + older[1].replace("&amp;", "&")).text


def test_a_deleted_post_is_gone_and_a_hidden_one_not_there(
    network: PracticeServer, browser: httpx.Client, citizen: object
) -> None:
    post = citizen.status_post("지울 글")  # type: ignore[attr-defined]  # a Mastodon client
    citizen.status_delete(post)  # type: ignore[attr-defined]
    gone = browser.get(f"/@alice/{post.id}")
    assert (gone.status_code, "글쓴이가 지운 글입니다" in gone.text) == (410, True)
    assert browser.get("/@alice/1").status_code == 404
    assert browser.get("/@nobody").status_code == 404
