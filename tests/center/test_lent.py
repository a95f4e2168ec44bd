"""A picture is lent for an hour, to whoever holds its ticket, and nothing else is."""

from datetime import timedelta

import pytest

from rules.tickets import ticket
from tests.center.town import Town
from tests.channels.channel_builders import a_picture

NAME = f"instagram-{'0a' * 16}.jpg"


def lent_picture(town: Town, name: str = NAME, *, minutes: int = 60, key: str = "") -> str:
    """A ticket for a picture that lies where the sender puts them."""
    path = town.settings.media / "fitted" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(a_picture())
    until = town.now + timedelta(minutes=minutes)
    return ticket(key or town.settings.center_key, name, until=until)


def test_whoever_holds_the_ticket_gets_the_jpeg_without_signing_in(town: Town) -> None:
    held = lent_picture(town)
    answer = town.browser().get(f"/pictures/{held}")
    assert answer.status_code == 200
    assert answer.content == a_picture()
    assert answer.headers["content-type"] == "image/jpeg"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert NAME not in f"/pictures/{held}"


@pytest.mark.parametrize("minutes", [0, -1])
def test_a_ticket_that_is_over_opens_nothing(town: Town, minutes: int) -> None:
    held = lent_picture(town, minutes=minutes)
    assert town.browser().get(f"/pictures/{held}").status_code == 404


def test_no_part_of_a_ticket_can_be_changed(town: Town) -> None:
    held = lent_picture(town)
    name, end, proof = held.split(".")
    other, _, _ = lent_picture(town, f"threads-{'0b' * 16}.jpg").split(".")
    wrongs = (
        f"{other}.{end}.{proof}",
        f"{name}.{int(end) + 1}.{proof}",
        f"{name}.{end}.{proof[:-1]}",
        f"{name}.{end}",
        f"{name}.-1.{proof}",
        name,
        "x",
        "%ff.%00.x",
        "가.1.나",
        lent_picture(town, key="another key"),
    )
    for wrong in wrongs:
        assert town.browser().get(f"/pictures/{wrong}").status_code == 404, wrong


@pytest.mark.parametrize(
    "name", ["../answers/a.jpg", "/etc/passwd", "x.part", "instagram-00.jpg", "", "."]
)
def test_even_a_signed_name_opens_only_what_was_made_for_a_network(town: Town, name: str) -> None:
    lent_picture(town)
    until = town.now + timedelta(minutes=1)
    held = ticket(town.settings.center_key, name, until=until)
    assert town.browser().get(f"/pictures/{held}").status_code == 404


def test_there_is_no_list_and_a_picture_that_was_removed_is_gone(town: Town) -> None:
    held = lent_picture(town)
    (town.settings.media / "fitted" / NAME).unlink()
    for path in ("/pictures", "/pictures/", f"/pictures/{held}"):
        assert town.browser().get(path).status_code == 404
