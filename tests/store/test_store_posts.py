"""What was collected is stored exactly once, whoever reads it how often."""

import threading
from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from store.engine import Store
from store.posts import by_remote_ids, erase, reading, recent_remote_ids, store_posts
from store.tables import Photo, PhotoState, Post
from tests import builders
from tests.builders import NOW


def _count(store: Store, table: type = Post) -> int:
    with store.read() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def test_the_same_posts_read_again_change_nothing(store: Store) -> None:
    posts = [builders.incoming() for _ in range(25)]
    with store.write() as session:
        assert store_posts(session, posts, at=NOW) == 25
    with store.write() as session:
        assert store_posts(session, posts, at=NOW + timedelta(minutes=1)) == 0
    with store.read() as session:
        assert set(session.scalars(select(Post.collected_at))) == {NOW}


def test_a_batch_half_known_stores_the_other_half(store: Store) -> None:
    posts = [builders.incoming() for _ in range(2_300)]
    with store.write() as session:
        store_posts(session, posts[::2], at=NOW)
    with store.write() as session:
        assert store_posts(session, posts, at=NOW) == 1_150
    assert _count(store) == 2_300


def test_the_same_post_twice_in_one_batch_is_one(store: Store) -> None:
    one = builders.incoming(photos=(("https://media.example/1.jpg", "신호등"),))
    with store.write() as session:
        assert store_posts(session, [one, one], at=NOW) == 1
    assert _count(store, Photo) == 1


def test_the_same_remote_id_on_two_networks_is_two_posts(store: Store) -> None:
    with store.write() as session:
        both = [builders.incoming(remote_id="7", network=n) for n in ("x", "facebook")]
        assert store_posts(session, both, at=NOW) == 2


def test_photos_come_with_their_own_post_and_once(store: Store) -> None:
    posts = [
        builders.incoming(photos=((f"https://media.example/{n}.jpg", f"사진 {n}"),))
        for n in range(3)
    ]
    for _ in range(2):
        with store.write() as session:
            store_posts(session, posts, at=NOW)
    with store.read() as session:
        query = select(Post.remote_id, Photo.alt).join(Photo, Photo.post_id == Post.id)
        found = sorted(tuple(row) for row in session.execute(query))
    assert found == sorted((p.remote_id, f"사진 {n}") for n, p in enumerate(posts))


def test_readers_at_once_store_each_post_once(store: Store) -> None:
    posts = [builders.incoming() for _ in range(60)]
    gate = threading.Barrier(4)
    stored: list[int] = []

    def read(offset: int) -> None:
        gate.wait()
        for start in range(0, 60, 15):
            turn = (start + offset * 15) % 60
            with store.write() as session:
                # overlapping windows, each reader in another order
                window = [*posts[turn : turn + 15], *posts[: turn // 2]]
                stored.append(store_posts(session, window[::-1] if offset % 2 else window, at=NOW))

    readers = [threading.Thread(target=read, args=(n,)) for n in range(4)]
    for thread in readers:
        thread.start()
    for thread in readers:
        thread.join()
    assert sum(stored) == _count(store) == 60


def test_a_transaction_that_fails_stores_none_and_the_next_reading_all(store: Store) -> None:
    posts = [builders.incoming() for _ in range(5)]
    try:
        with store.write() as session:
            store_posts(session, posts, at=NOW)
            reading(session, "x_seoul").cursor = "beyond them"
            raise KeyboardInterrupt
    except KeyboardInterrupt:
        pass
    with store.write() as session:
        assert reading(session, "x_seoul").cursor == ""
        assert store_posts(session, posts, at=NOW) == 5


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.lists(st.lists(st.integers(0, 8), max_size=12), max_size=6))
def test_whatever_was_read_in_whatever_order_is_there_once(
    store: Store, readings: list[list[int]]
) -> None:
    builders.wipe(store)
    posts = [builders.incoming(remote_id=f"p{n}") for n in range(9)]
    new = 0
    for ids in readings:
        with store.write() as session:
            new += store_posts(session, [posts[n] for n in ids], at=NOW)
    with store.read() as session:
        stored = sorted(session.scalars(select(Post.remote_id)))
    assert stored == sorted({f"p{n}" for ids in readings for n in ids})
    assert new == len(stored)


def test_korean_emoji_and_line_breaks_are_kept_as_written(store: Store) -> None:
    text = "ㅋㅋ 🇰🇷👨‍👩‍👧\n신사동 가로수길 https://예시.한국/길?a=1#b\t끝"
    with store.write() as session:
        kept = builders.post(session, text=text)
    with store.read() as session:
        assert session.get_one(Post, kept.id).text == text


def test_an_erased_post_keeps_no_word_of_its_author_and_does_not_come_back(store: Store) -> None:
    one = builders.incoming(
        text="비밀",
        lat=37.5,
        lon=127.0,
        place="집",
        photos=(("https://m.example/a.jpg", "내 얼굴"),),
    )
    with store.write() as session:
        store_posts(session, [one], at=NOW)
        (post,) = by_remote_ids(session, "x", [one.remote_id])
        photo = session.scalars(select(Photo)).one()
        photo.file, photo.state = "abc.jpg", PhotoState.KEPT
        session.flush()
        assert erase(session, post, at=NOW) == ["abc.jpg"]
    with store.write() as session:
        assert store_posts(session, [one], at=NOW) == 0
    with store.read() as session:
        post, photo = session.scalars(select(Post)).one(), session.scalars(select(Photo)).one()
        said = (post.text, post.author_id, post.author_handle, post.author_name, post.url)
        assert said == ("",) * 5
        assert (post.lat, post.lon, post.place) == (None,) * 3
        assert (photo.state, photo.alt, photo.file) == (PhotoState.ERASED, "", None)
        assert "m.example" not in photo.remote_url
        assert recent_remote_ids(session, "x_seoul", since=NOW - timedelta(days=1)) == []
