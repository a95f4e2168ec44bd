"""Builders for the center's tests: a town with two offices and a district, cases, and visitors."""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx import Response
from PIL import Image
from sqlalchemy.orm import Session

from center.app import create_app
from registry.model import (
    Account,
    City,
    Network,
    Office,
    OfficeKind,
    Registry,
    Role,
    Staff,
)
from rules.case import Status
from rules.kind import Kind
from settings import Settings
from store import cases
from store.access import mail_sign_in, token_of
from store.desk import Desk, calendar_of
from store.engine import Store
from store.mails import page_link
from store.posts import Incoming, store_posts, without_case
from store.registry import load
from store.tables import MACHINE, Case, Link, Photo, PhotoState

#: For a test that is to run on each database.
ON_BOTH = pytest.mark.parametrize("town_url", ["sqlite", "postgresql"], indirect=True)

#: A Wednesday, 11:00 in the town.
NOW = datetime(2026, 11, 25, 2, 0, tzinfo=UTC)

MANAGER = "manager@lights.example"
CASEWORKER = "worker@lights.example"
COLLEAGUE = "colleague@lights.example"
OTHER_MANAGER = "manager@river.example"
REVIEWER = "manager@parks.example"
GARDENER = "worker@parks.example"
COMMS = "comms@town.example"
ADMINISTRATOR = "admin@town.example"

PEOPLE = (
    (MANAGER, "김관리", "lights", Role.MANAGER),
    (CASEWORKER, "이실무", "lights", Role.CASEWORKER),
    (COLLEAGUE, "박동료", "lights", Role.CASEWORKER),
    (OTHER_MANAGER, "최강변", "river", Role.MANAGER),
    (REVIEWER, "정공원", "parks", Role.MANAGER),
    (GARDENER, "한정원", "parks", Role.CASEWORKER),
    (COMMS, "소통이", "comms", Role.COMMS_TEAM),
    (ADMINISTRATOR, "서관리", "comms", Role.ADMINISTRATOR),
)


def registry(**changes: Any) -> Registry:
    """The town's registry."""
    offices = (
        Office(id="comms", kind=OfficeKind.DEPARTMENT, name="소통담당관"),
        Office(id="lights", kind=OfficeKind.DEPARTMENT, name="교통운영과"),
        Office(id="parks", kind=OfficeKind.AGENCY, name="공원사업소", review=True),
        Office(id="river", kind=OfficeKind.DISTRICT, name="강변구"),
    )
    accounts = (
        Account(
            id="x_town",
            network=Network.X,
            server="",
            handle="town",
            name="우리시",
            office="comms",
            flagship=True,
        ),
        Account(
            id="x_mayor",
            network=Network.X,
            server="",
            handle="mayor",
            name="시장",
            office="comms",
            personal=True,
        ),
    )
    values = {
        "city": City(
            id="town", name="우리시", timezone="Asia/Seoul", calendar="KR", phone="02-120"
        ),
        "offices": {office.id: office for office in offices},
        "accounts": {account.id: account for account in accounts},
        "staff": tuple(
            Staff(email=email, name=name, office=office, role=role)
            for email, name, office, role in PEOPLE
        ),
    }
    return Registry(**{**values, **changes})


class TownStore(Store):
    """The real store, which can be told to be locked or full."""

    trouble: Exception | None = None

    @contextmanager
    def write(self) -> Iterator[Session]:
        if self.trouble is not None:
            raise self.trouble
        with super().write() as session:
            yield session


@dataclass
class Visit:
    """A browser at the center."""

    client: TestClient

    def get(self, path: str, **options: Any) -> Response:
        answer: Response = self.client.get(path, follow_redirects=False, **options)
        return answer

    def post(
        self, path: str, page: str | None = None, files: Any = None, **fields: Any
    ) -> Response:
        """Post a form as the page shows it, with its token; `page` is where the form is."""
        token = self.token(page) if page else ""
        values = {"form_token": token, **fields}
        answer: Response = self.client.post(path, data=values, files=files, follow_redirects=False)
        return answer

    def token(self, page: str) -> str:
        found = re.search(r'name="form_token" value="([^"]+)"', self.get(page).text)
        assert found, f"{page} has no form"
        return found[1]


#: By address, one for all towns, each of which puts its own center behind it: FastAPI works out
#: its routes again for every application.
_APPLICATIONS: dict[str, FastAPI] = {}


@dataclass
class Town:
    """The center under test, with builders for what is in its store."""

    settings: Settings
    store: Store
    now: datetime = NOW
    asked: list[str] = field(default_factory=list)
    posts: int = 0
    #: called at each look at the clock; a test may make it raise
    broken_clock: Callable[[], None] = lambda: None
    ask_run: Callable[[str], None] | None = None
    #: flows that were asked with parameters
    asked_with: list[tuple[str, dict[str, object]]] = field(default_factory=list)

    def browser(self, *, host: str = "testserver") -> Visit:
        """A browser that nobody has signed in."""
        app = self.app()
        return Visit(TestClient(app, base_url=f"http://{host}", raise_server_exceptions=False))

    def app(self) -> FastAPI:
        """The web application over this town's store."""
        new = create_app(
            self.settings, self.store, ask_run=self._ask, clock=self._clock, taken_up_within=0
        )
        app = _APPLICATIONS.setdefault(self.settings.center, new)
        app.state.center = new.state.center
        return app

    def set(self, **settings: Any) -> None:
        """Run with other settings from now on."""
        kept = {"var": self.settings.var, "database_url": self.settings.database_url}
        self.settings = Settings(**{**kept, **settings})

    def stop_writing(self, trouble: Exception) -> None:
        """From now on the store refuses to write, as when it is locked or full."""
        assert isinstance(self.store, TownStore)
        self.store.trouble = trouble

    def _ask(self, name: str, parameters: Mapping[str, object] | None = None, /) -> None:
        if parameters is not None:
            self.asked_with.append((name, dict(parameters)))
            return
        (self.ask_run or self.asked.append)(name)

    def _clock(self) -> datetime:
        self.broken_clock()
        return self.now

    def visitor(self, email: str) -> Visit:
        """A browser that this person has signed in."""
        visit = self.browser()
        assert visit.get(f"/l/{self.sign_in_token(email)}").status_code == 303
        return visit

    def reader(self, email: str, path: str) -> Visit:
        """A browser where this person opened the link of one page in a mail."""
        visit = self.browser()
        assert visit.get(f"/l/{self.page_token(email, path)}").status_code == 303
        return visit

    def sign_in_token(self, email: str, path: str = "/") -> str:
        with self.store.write() as session:
            mail_sign_in(session, email, path=path, at=self.now)
            link = session.query(Link).order_by(Link.id.desc()).first()
            assert link
            return token_of(link, self.settings.center_key)

    def page_token(self, email: str, path: str) -> str:
        with self.store.write() as session:
            link = page_link(session, email, path, case=None, at=self.now)
            return token_of(link, self.settings.center_key)

    def desk(self, session: Any, who: str = MACHINE) -> Desk:
        town = load(session)
        return Desk(
            session=session, registry=town, who=who, at=self.now, calendar=calendar_of(town)
        )

    def case(
        self,
        text: str = "시청 앞 횡단보도 신호등이 사흘째 꺼져 있어요",
        *,
        office: str | None = "lights",
        to: str | None = None,
        kind: Kind = Kind.COMPLAINT,
        received: datetime | None = None,
        **post: Any,
    ) -> str:
        """A case as its number: at an office (`to` a caseworker), or in triage without one."""
        with self.store.write() as session:
            found = self._open(session, text, received or self.now - timedelta(hours=2), post)
            found.kind = kind
            found.guesses = [["lights", 0.61], ["river", 0.22], ["parks", 0.08]]
            found.words, found.confidence = ["신호등", "횡단보도"], 0.61
            desk = self.desk(session)
            if office is None:
                desk.to_triage(found, why="확신도 61%")
            else:
                desk.route(found, office, why="신호등")
            if to is not None:
                self.desk(session, MANAGER).designate(found, to)
            return found.number

    def _open(self, session: Any, text: str, received: datetime, post: dict[str, Any]) -> Case:
        self.posts += 1
        values: dict[str, Any] = {
            "network": Network.X,
            "remote_id": str(1000 + self.posts),
            "account_id": "x_town",
            "author_id": f"citizen-{self.posts}",
            "author_handle": "minji_kim",
            "author_name": "김민지",
            "text": text,
            "url": f"https://x.example/minji_kim/{1000 + self.posts}",
            "created_at": received,
            "place": "시청 앞",
            "lat": 37.5665,
            "lon": 126.978,
        }
        store_posts(session, [Incoming(**{**values, **post})], at=self.now)
        return cases.open_case(session, without_case(session)[-1], at=self.now, tz="Asia/Seoul")

    def photo(self, number: str, *, alt: str = "꺼진 신호등", colour: str = "gray") -> int:
        """A photo that the citizen sent, kept by us; its id."""
        with self.store.write() as session:
            case = cases.by_number(session, number)
            assert case
            post = cases.posts_of(session, case)[0]
            name = f"posts/{number}-{post.id}.jpg"
            path = self.settings.media / name
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.new("RGB", (640, 420), colour).save(path)
            photo = Photo(
                post_id=post.id,
                state=PhotoState.KEPT,
                remote_url=f"https://x.example/{name}",
                alt=alt,
                file=name,
                mime="image/jpeg",
                width=640,
                height=420,
            )
            session.add(photo)
            session.flush()
            return photo.id

    def status(self, number: str) -> Status:
        with self.store.read() as session:
            case = cases.by_number(session, number)
            assert case
            return case.status

    def public_id(self, number: str) -> str:
        with self.store.read() as session:
            case = cases.by_number(session, number)
            assert case
            return case.public_id

    def office(self, number: str) -> str | None:
        with self.store.read() as session:
            case = cases.by_number(session, number)
            assert case
            return case.office_id
