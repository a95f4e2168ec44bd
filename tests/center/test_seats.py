"""Every route and every role: what the table says is what happens."""

import pytest

from center.guard import check_table
from center.seats import ALLOWED
from rules.outbox import DeliveryState
from tests.center.broadcasts import approved, event_of, give_picture, make_ready, put
from tests.center.replying import reply_on
from tests.center.test_lent import lent_picture
from tests.center.town import (
    ADMINISTRATOR,
    CASEWORKER,
    COLLEAGUE,
    COMMS,
    GARDENER,
    MANAGER,
    ON_BOTH,
    OTHER_MANAGER,
    Town,
)

# The case lies at `lights` and is done by CASEWORKER. Letters: y may, n may not (403),
# h hidden (404), s sign in first (a page redirects, a form is 401).
PEOPLE = (None, MANAGER, CASEWORKER, COLLEAGUE, OTHER_MANAGER, GARDENER, COMMS, ADMINISTRATOR)
EXPECTED = {
    #                                            -  Ma Ca Co Ot Ga Cs Ad
    "GET /sign-in": "y y y y y y y y",
    "POST /sign-in": "y y y y y y y y",
    "GET /l/{token}": "y y y y y y y y",
    "POST /sign-out": "y y y y y y y y",
    "GET /done": "y y y y y y y y",
    "GET /healthz": "y y y y y y y y",
    "GET /c/{public_id}": "y y y y y y y y",
    "GET /c/{public_id}/photos/{photo_id}": "y y y y y y y y",
    "GET /pictures/{held}": "y y y y y y y y",
    "GET /": "s y y y y y y y",
    "GET /cases/{number}": "s y y y h h y y",
    "GET /cases/{number}/photos/{photo_id}": "s y y y h h y y",
    "POST /cases/{number}/designate": "s y n n h h y n",
    "POST /cases/{number}/hand-back": "s y n n h h n n",
    "POST /cases/{number}/transfer": "s y n n h h y n",
    "POST /cases/{number}/extend": "s y y n h h n n",
    "POST /cases/{number}/survey": "s y y n h h n n",
    "POST /cases/{number}/survey-end": "s y y n h h n n",
    "POST /cases/{number}/close": "s y n n h h n n",
    "POST /cases/{number}/answer": "s y y n h h n n",
    "POST /cases/{number}/approve": "s y n n h h n n",
    "POST /cases/{number}/refuse": "s y n n h h n n",
    "GET /triage": "s n n n n n y n",
    "GET /triage/dismissed": "s n n n n n y n",
    "GET /triage/{number}/photos/{photo_id}": "s n n n h h y n",
    "POST /triage/{number}/route": "s n n n h h y n",
    "POST /triage/{number}/dismiss": "s n n n h h y n",
    "POST /triage/{number}/kind": "s n n n h h y n",
    "POST /triage/{number}/restore": "s n n n h h y n",
    "GET /offices": "s n n n n n y y",
    "GET /outbox": "s n n n n n y y",
    # a reply on an account of the district `river`, whose manager Ot is
    "GET /outbox/{delivery_id}": "s h h h y h y y",
    "POST /outbox/{delivery_id}/published": "s h h h y h y n",
    "POST /outbox/{delivery_id}/again": "s n n n n n y n",
    "POST /outbox/{delivery_id}/cancel": "s n n n n n y n",
    "GET /accounts": "s n n n n n y y",
    "GET /disaster": "y y y y y y y y",
    "GET /disaster/feed.atom": "y y y y y y y y",
    "GET /disaster/cap/{slug}.xml": "y y y y y y y y",
    "GET /disaster/{public_id}": "y y y y y y y y",
    "GET /disaster/{public_id}/pictures/{bulletin_id}": "y y y y y y y y",
    "POST /cap": "s s s s s s s s",  # nobody's: a program's, with the secret
    "GET /broadcast": "s n n n n n y y",
    "POST /resume-replies": "s n n n n n y y",
    "GET /broadcast/new": "s n n n n n n y",
    "POST /broadcast/new": "s n n n n n n y",
    "GET /broadcast/{bulletin_id}": "s n n n n n y y",
    "GET /broadcast/{bulletin_id}/live": "s n n n n n y y",
    "GET /broadcast/{bulletin_id}/picture": "s n n n n n y y",
    "GET /broadcast/{bulletin_id}/workbook": "s n n n n n y y",
    "GET /broadcast/{bulletin_id}/cap.xml": "s n n n n n y y",
    "POST /broadcast/{bulletin_id}/approve": "s n n n n n n y",
    "POST /broadcast/{bulletin_id}/refuse": "s n n n n n n y",
    "POST /broadcast/{bulletin_id}/stop": "s n n n n n y y",
    # on an account of the district `river`, whose manager Ot is
    "GET /broadcast/{bulletin_id}/posts/{delivery_id}": "s h h h y h y y",
    "POST /broadcast/{bulletin_id}/posts/{delivery_id}/published": "s h h h y h y y",
    "POST /broadcast/{bulletin_id}/posts/{delivery_id}/remove": "s h h h n h y y",
    "POST /broadcast/{bulletin_id}/posts/{delivery_id}/withdraw": "s h h h n h y y",
    "POST /broadcast/{bulletin_id}/posts/{delivery_id}/agree": "s h h h n h n y",
    "POST /broadcast/{bulletin_id}/posts/{delivery_id}/removed": "s h h h y h y y",
    # of the district `river`, whose manager Ot is
    "GET /broadcast/{bulletin_id}/desk/{office_id}": "s h h h y h y y",
    "GET /broadcast/{bulletin_id}/desk/{office_id}/cap.xml": "s h h h y h y y",
    "POST /broadcast/{bulletin_id}/desk/{office_id}/acknowledge": "s h h h y h y y",
}


def test_every_route_is_in_this_test() -> None:
    assert set(EXPECTED) == set(ALLOWED)


def outcome(status: int, method: str) -> str:
    refused = {403: "n", 404: "h", 401: "s"}
    return "s" if method == "GET" and status == 303 else refused.get(status, "y")


@pytest.mark.parametrize(
    ("town_url", "person"),
    [*(("sqlite", person) for person in PEOPLE), ("postgresql", CASEWORKER)],
    indirect=["town_url"],
    ids=lambda value: (value or "nobody").split(".")[0],
)
def test_each_person_gets_exactly_what_the_table_of_roles_gives(
    town: Town, person: str | None
) -> None:
    number = town.case(to=CASEWORKER)
    photo = town.photo(number)
    make_ready(town)
    bulletin = approved(town, exercise=False)
    give_picture(town, bulletin)
    disaster = {"public_id": event_of(town, bulletin), "slug": "2026-11-1"}
    values = {
        "number": number,
        "photo_id": photo,
        "public_id": town.public_id(number),
        "token": "unknown.token",
        "held": lent_picture(town),
        "bulletin_id": bulletin,
        "delivery_id": put(town, bulletin, "x_river", DeliveryState.PUBLISHED),
        "office_id": "river",
    }
    visit = town.visitor(person) if person else town.browser()
    reply = reply_on(town, "x_river")
    column = PEOPLE.index(person)
    found = {}
    for route in EXPECTED:
        method, path = route.split(" ")
        about = {"/disaster": disaster, "/outbox/": {"delivery_id": str(reply)}}
        for begins, special in about.items():
            path = path.format(**{**values, **special}) if path.startswith(begins) else path
        path = path.format(**values)
        if route == "POST /sign-out":
            continue  # the last thing to try
        if method == "GET":
            found[route] = outcome(visit.get(path).status_code, method)
        else:
            form = "/" if person else "/sign-in"
            found[route] = outcome(visit.post(path, page=form).status_code, method)
    found["GET /l/{token}"] = "y"  # open to all; what an unknown token gives is told elsewhere
    found["POST /sign-out"] = outcome(
        visit.post("/sign-out", page="/" if person else "/sign-in").status_code, "POST"
    )
    assert found == {route: row.split(" ")[column] for route, row in EXPECTED.items()}


def test_a_route_that_the_table_lacks_stops_the_center_at_start() -> None:
    from fastapi import APIRouter

    router = APIRouter()
    router.get("/new")(lambda: None)
    with pytest.raises(LookupError, match="GET /new"):
        check_table([router])


@ON_BOTH
def test_nobody_acts_in_an_office_where_they_hold_another_role(town: Town) -> None:
    from registry.model import Role, Staff
    from store.registry import apply
    from tests.center.town import registry

    both = Staff(email=OTHER_MANAGER, name="최강변", office="lights", role=Role.CASEWORKER)
    with town.store.write() as session:
        apply(session, registry(staff=(*registry().staff, both)), at=town.now)
    path = f"/cases/{town.case(to=CASEWORKER)}"
    visit = town.visitor(OTHER_MANAGER)
    assert visit.get(path).status_code == 200, "a caseworker there"
    assert visit.post(f"{path}/designate", page="/", caseworker=CASEWORKER).status_code == 403
