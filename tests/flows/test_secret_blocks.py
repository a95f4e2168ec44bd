"""A secret comes back from its Prefect block as it went in, whatever it looks like."""

from pathlib import Path
from typing import Any

import pytest

from channels.credential import NotKept, credential, credential_parts, keep
from settings import Settings


@pytest.mark.parametrize("secret", ["a-token", "123456789012345678901", "1e400", '{"a": "b"}'])
def test_what_was_kept_is_read_as_it_was(
    prefect_harness: None, fast_folder: Path, secret: str
) -> None:
    settings = Settings(var=fast_folder)
    keep("one-account", secret, settings)
    assert credential("one-account", settings) == secret


def test_what_is_kept_anew_is_used_at_once(prefect_harness: None, fast_folder: Path) -> None:
    settings = Settings(var=fast_folder)
    for value in ("first", "second"):
        keep("its-parts", f'{{"token": "{value}", "page": "1"}}', settings)
        assert credential_parts("its-parts", settings, ("token",)) == {"token": value}


def test_json_that_somebody_typed_into_prefects_own_page_is_read_too(
    prefect_harness: None, fast_folder: Path
) -> None:
    from prefect.blocks.system import Secret

    values: Any = {"token": "typed", "page": "1"}
    block: Any = Secret(value=values)
    block.save("typed", overwrite=True, _sync=True)
    assert credential_parts("typed", Settings(var=fast_folder), ("token",)) == {"token": "typed"}


def test_a_name_that_prefect_does_not_take_is_told_before_anything_is_sent(
    fast_folder: Path,
) -> None:
    with pytest.raises(NotKept, match="HAECHI_SECRET_X_MAYOR_TOKEN"):
        keep("x-mayor.token", "secret", Settings(var=fast_folder))
