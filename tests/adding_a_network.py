"""A city with a network that nobody has heard of: run by `test_adding_a_network.py`, on its own.

It does what `docs/decisions/0084` says: one value in the registry's model, one file in `channels/`,
and asserts that everything which goes by networks takes it, without a row anywhere.
"""

import importlib.machinery
import importlib.util
import sys
import tempfile
import types
from dataclasses import replace
from pathlib import Path
from typing import Any

NAME = "newnet"


def with_one_value_more() -> None:
    """The registry's model as if the value stood in it."""
    text = Path("registry/model.py").read_text(encoding="utf-8")
    line = "    ME2DAY ="
    assert line in text
    path = Path(tempfile.mkdtemp()) / "model.py"
    path.write_text(text.replace(line, f'    NEWNET = "{NAME}"\n{line}'), encoding="utf-8")
    spec = importlib.util.spec_from_file_location("registry.model", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["registry.model"] = module
    spec.loader.exec_module(module)


def with_one_file_more() -> None:
    """The channel's file as if it lay in `channels/`; it can do what the practice network can."""
    from channels.mastodon import Mastodon

    module = types.ModuleType(f"channels.{NAME}")
    module.__spec__ = importlib.machinery.ModuleSpec(module.__name__, None)
    vars(module)["CHANNEL"] = type("NewNet", (Mastodon,), {"network": NAME})
    sys.modules[module.__name__] = module


def everything_takes_it() -> None:
    """Only now is anything of ours imported."""

    import templates
    from channels.connecting import ONE_TOKEN
    from channels.directory import channel_for, connecting
    from registry.load import load
    from registry.model import Network
    from registry.workbook import write
    from rules.proof_address import wrong_address
    from rules.text import TEXT_RULES, cut, fits
    from settings import HOME, Settings
    from store.open import open_store
    from store.registry import apply
    from store.registry import load as in_store
    from tasks.pictures import with_fitting_pictures
    from tests.builders import NOW
    from tests.channels.channel_builders import a_message, an_attachment

    new = Network(NAME)
    folder = Path(tempfile.mkdtemp())
    settings = Settings(var=folder, live=True)
    city = load(HOME / "registry" / "seoul")
    account = replace(
        city.accounts["mastodon_seoul"], id="new_seoul", network=new, credential="new-seoul"
    )
    city = replace(city, accounts={**city.accounts, account.id: account})

    rule = TEXT_RULES[new]
    assert fits(cut("가" * 5000, rule), rule)
    assert channel_for(account, settings).network == NAME
    assert connecting(account, settings) is ONE_TOKEN
    assert wrong_address(f"https://{account.server}/1", account) == ""
    message = a_message(attachments=(an_attachment(folder),))
    assert with_fitting_pictures(message, account, settings, at=NOW) == message

    write(city, folder / "city.xlsx")
    read = load(folder / "city.xlsx")
    assert read.accounts["new_seoul"].network is new
    store = open_store(settings)
    with store.write() as session:
        apply(session, read, at=NOW)
    with store.read() as session:
        assert in_store(session).accounts["new_seoul"].network is new
    store.close()

    words: Any = templates.pages().get_template("pages/words.html").module
    assert words.network(new).strip() == NAME
    print("it fits")


with_one_value_more()
with_one_file_more()
everything_takes_it()
