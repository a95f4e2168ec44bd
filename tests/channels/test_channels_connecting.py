"""What `haechi accounts connect` keeps is what the network's channel can read."""

import json
import os
import re

import pytest

from channels.connecting import CONNECTING
from registry.model import Network
from settings import HOME, secret_variable
from tests.channels.worlds.opening import opened, world
from tests.channels.worlds.world import World

__all__ = ["opened", "world"]  # fixtures


def test_the_secret_that_each_channel_reads_is_made_of_the_parts_that_are_asked_for(
    world: World,
) -> None:
    kept = os.environ[secret_variable(world.account.credential)]
    asked = CONNECTING[Network(world.account.network)]

    if asked.bare:
        assert not kept.startswith("{")
    else:
        assert {part.name for part in asked.parts} == set(json.loads(kept))


@pytest.mark.parametrize(
    "network",
    sorted(CONNECTING.keys() - {Network.X, Network.NAVER_BLOG, Network.KAKAO, Network.ME2DAY}),
)
def test_the_networks_page_numbers_its_steps_as_they_are_printed(network: Network) -> None:
    page = (HOME / "docs" / "networks" / f"{network}.md").read_text(encoding="utf-8")
    section = page.partition("## A first account\n")[2].partition("\n## ")[0]

    numbers = [int(number) for number in re.findall(r"^(\d+)\. ", section, re.MULTILINE)]
    assert numbers == list(range(1, len(CONNECTING[network].steps) + 1))


def test_the_permissions_stand_in_no_table_beside_the_steps() -> None:
    text = (HOME / "docs" / "networks.md").read_text(encoding="utf-8")
    asked = {
        name
        for needs in CONNECTING.values()
        for step in needs.steps
        for name in re.findall(r"\b(?:pages|threads|instagram_business)_\w+", step)
    }

    assert len(asked) == 16
    assert not [name for name in asked if name in text]
