"""Each network gets the picture that it takes, made once; who fetches gets an address for an hour."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from PIL import Image

from channels.base import Attachment, ChannelError, Message, Trouble
from registry.model import Network
from rules.tickets import opens
from settings import Settings
from tasks.pictures import clear_fitted, with_fitting_pictures
from tests.builders import NOW, account
from tests.channels.channel_builders import a_message, a_picture

CENTER = "https://haechi.city.example"


@pytest.fixture
def live(fast_folder: Path) -> Settings:
    return Settings(var=fast_folder, live=True, center_url=CENTER)


@pytest.fixture
def message(live: Settings) -> Message:
    path = live.media / "answers" / "card.png"
    path.parent.mkdir(parents=True)
    path.write_bytes(a_picture("PNG", size=(2000, 400)))
    return a_message(attachments=(Attachment(path=path, alt="카드", mime="image/png"),))


def made(message: Message, network: Network, settings: Settings, **more: bool) -> Attachment:
    one = account("one", network)
    (picture,) = with_fitting_pictures(message, one, settings, at=NOW, **more).attachments
    return picture


def test_it_is_made_once_for_a_network_and_keeps_its_description(
    message: Message, live: Settings
) -> None:
    first = made(message, Network.INSTAGRAM, live)
    assert (first.alt, first.mime) == ("카드", "image/jpeg")
    assert Image.open(first.path).width <= 1440
    written = first.path.stat().st_ino
    assert made(message, Network.INSTAGRAM, live).path == first.path
    assert first.path.stat().st_ino == written
    assert made(message, Network.X, live).path != first.path


def test_other_words_or_no_rule_leave_it_as_it_is(message: Message, live: Settings) -> None:
    assert made(message, Network.YOUTUBE, live) == message.attachments[0]
    plain = replace(message, attachments=())
    assert with_fitting_pictures(plain, account("x"), live, at=NOW) is plain


def test_only_who_fetches_it_gets_an_address_and_only_for_an_hour(
    message: Message, live: Settings
) -> None:
    lent = made(message, Network.INSTAGRAM, live)
    begins = f"{CENTER}/pictures/"
    assert lent.url.startswith(begins)
    held = lent.url.removeprefix(begins)
    assert opens(live.center_key, held, at=NOW + timedelta(minutes=59)) == lent.path.name
    assert opens(live.center_key, held, at=NOW + timedelta(hours=1)) == ""
    assert opens("another key", held, at=NOW) == ""
    assert made(message, Network.X, live).url == ""


@pytest.mark.parametrize(
    ("changes", "exercise"),
    [
        ({"live": False}, False),
        ({"center_url": ""}, False),
        ({"center_url": "http://127.0.0.1:8000"}, False),
        ({}, True),
    ],
)
def test_nothing_is_lent_where_nobody_could_or_should_fetch_it(
    message: Message, live: Settings, changes: dict[str, object], *, exercise: bool
) -> None:
    settings = Settings(**{"var": live.var, "live": True, "center_url": CENTER, **changes})  # type: ignore[arg-type]  # as the cases say
    assert made(message, Network.INSTAGRAM, settings, exercise=exercise).url == ""


def test_a_file_that_is_no_picture_goes_to_a_person(message: Message, live: Settings) -> None:
    message.attachments[0].path.write_bytes(b"no picture")
    with pytest.raises(ChannelError) as raised:
        made(message, Network.X, live)
    assert raised.value.kind is Trouble.PHOTO


def test_what_was_made_goes_again_after_two_days(message: Message, live: Settings) -> None:
    import os

    path = made(message, Network.X, live).path
    assert clear_fitted(live) == 0
    os.utime(path, (0, 0))
    assert clear_fitted(live) == 1
    assert made(message, Network.X, live).path == path
    assert path.is_file()
