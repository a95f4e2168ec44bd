"""Opening a page never acts, and no answer may be turned against its reader: every route there is."""

import pytest
from sqlalchemy import select

from center.seats import ALLOWED
from rules.outbox import DeliveryState
from store.disasters import slug_of
from store.tables import Base
from tests.center.broadcasts import approved, event_of, give_picture, make_ready, put, read
from tests.center.replying import reply_on
from tests.center.test_lent import lent_picture
from tests.center.town import ADMINISTRATOR, CASEWORKER, COMMS, MANAGER, Town

GETS = sorted(route.removeprefix("GET ") for route in ALLOWED if route.startswith("GET "))
PEOPLE = (None, MANAGER, CASEWORKER, COMMS, ADMINISTRATOR)


def everything(town: Town) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table."""
    with town.store.read() as session:
        return {
            table.name: [tuple(row) for row in session.execute(select(table))]
            for table in Base.metadata.sorted_tables
        }


def paths(town: Town) -> dict[str, str]:
    """Each route with an address that opens something: a case, a photo, a mailed link."""
    number = town.case(to=CASEWORKER)
    waiting = town.case("어디 담당인가요", office=None)
    values = {
        "number": number,
        "photo_id": town.photo(number),
        "public_id": town.public_id(number),
        "held": lent_picture(town),
        "token": town.page_token(MANAGER, f"/cases/{number}"),
    }
    out = disaster(town)
    special: dict[str, dict[str, object]] = {
        "/triage": {"number": waiting, "photo_id": town.photo(waiting)},
        "/broadcast": out,
        "/disaster": out,
        "/outbox": {"delivery_id": reply_on(town)},
    }
    return {
        route: route.format(**values | special.get(f"/{route.split('/')[1]}", {})) for route in GETS
    }


def disaster(town: Town) -> dict[str, object]:
    """The same for a real bulletin that is out, with its picture and one of its posts."""
    make_ready(town)
    number = approved(town, exercise=False)
    give_picture(town, number)
    return {
        "bulletin_id": number,
        "public_id": event_of(town, number),
        "slug": slug_of(read(town, number)),
        "delivery_id": put(town, number, "x_lead", DeliveryState.PUBLISHED),
        "office_id": "river",
    }


@pytest.mark.parametrize("person", PEOPLE, ids=lambda person: (person or "nobody").split(".")[0])
def test_opening_any_page_three_times_changes_nothing_and_starts_nothing(
    town: Town, person: str | None
) -> None:
    addresses = paths(town)
    visit = town.visitor(person) if person else town.browser()
    before = everything(town)
    for address in addresses.values():
        for query in ("", "?done=routed&step=send&previewed=1", "?form_token=x&sure=1"):
            assert visit.get(address + query).status_code < 500, address
            assert visit.client.head(address + query).status_code < 500, address
    assert everything(town) == before
    assert town.asked == []


@pytest.mark.parametrize("route", GETS)
def test_the_answer_of_every_route_forbids_foreign_and_inline_scripts(
    town: Town, route: str
) -> None:
    who = ADMINISTRATOR if route.startswith("/broadcast") else COMMS
    answer = town.visitor(who).get(paths(town)[route])
    assert answer.status_code in (200, 303), "something was opened"
    policy = dict(
        part.split(" ", 1) for part in answer.headers["content-security-policy"].split("; ")
    )
    assert policy["default-src"] == policy["script-src"] == "'self'"
    assert policy["object-src"] == policy["base-uri"] == policy["frame-ancestors"] == "'none'"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-store"
