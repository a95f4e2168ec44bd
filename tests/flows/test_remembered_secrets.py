"""What a network gave one process serves the next one: over a real Prefect server."""

import json

from channels.credential import remember, remembered


def test_a_remembered_secret_is_read_as_it_was_and_the_last_one_counts(
    prefect_harness: None,
) -> None:
    first, second = json.dumps({"access": "one"}), json.dumps({"access": "two"})

    assert remembered("bluesky-seoul-session") == ""
    assert remember("bluesky-seoul-session", first)
    assert remember("bluesky-seoul-session", second)
    assert remembered("bluesky-seoul-session") == second


def test_a_name_that_prefect_does_not_take_is_not_remembered(prefect_harness: None) -> None:
    assert not remember("Not A Block", "value")
    assert remembered("Not A Block") == ""
