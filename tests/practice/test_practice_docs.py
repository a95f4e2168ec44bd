"""The documentation's sample is run as it stands there."""

import re
from pathlib import Path

import pytest

from practice.faults import KINDS
from practice.scenes import photo
from practice.testing import PracticeServer

DOCS = Path(__file__).resolve().parents[2] / "docs" / "practice.md"


def test_the_sample_for_citizens_works(
    network: PracticeServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (sample,) = re.findall(r"```python\n(from mastodon.*?)```", DOCS.read_text(), re.DOTALL)
    (tmp_path / "light.jpg").write_bytes(photo("dark_street_light"))
    monkeypatch.chdir(tmp_path)
    ours = sample.replace("http://127.0.0.1:8300", network.url)
    exec(ours, {"TOKEN": network.token("alice")})  # noqa: S102 (our own documentation)
    (post,) = network.statuses("alice")
    assert post["media_attachments"][0]["description"] == "꺼진 신호등"


def test_every_fault_is_explained() -> None:
    told = re.findall(r"^\| `(\w+)` \|", DOCS.read_text(), re.MULTILINE)
    assert told == list(KINDS)
