"""The web application, put together."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from fastapi import Depends, FastAPI
from fastapi.staticfiles import StaticFiles

from center import (
    accounts,
    answering,
    broadcasts,
    bulletin_acts,
    bulletin_new,
    bulletin_page,
    bulletin_posts,
    bulletin_removals,
    cap_door,
    case_acts,
    case_law,
    case_page,
    desks,
    disaster,
    errors,
    health,
    lent,
    my_cases,
    offices,
    outbox,
    outbox_post,
    public,
    sign_in,
    triage,
)
from center.center import TAKEN_UP_WITHIN, AskRun, Center
from center.cookies import Signer
from center.guard import check_table, guard
from center.headers import Headers
from center.limits import Limits
from settings import HOME, Settings
from store.engine import Store

_OWN_FILES = Path(__file__).parent / "static"
#: The government's design system, as `npm ci` installs it.
KRDS = HOME / "node_modules" / "krds-uiux" / "resources"

_PAGES = (
    sign_in,
    my_cases,
    case_page,
    case_acts,
    case_law,
    answering,
    triage,
    offices,
    outbox,
    outbox_post,
    accounts,
    broadcasts,
    bulletin_new,  # before the page of a number, which would take its path
    bulletin_page,
    bulletin_acts,
    bulletin_posts,
    bulletin_removals,
    desks,
    disaster,
    cap_door,
    public,
    lent,
    health,
)


def create_app(
    settings: Settings,
    store: Store,
    *,
    ask_run: AskRun,
    clock: Callable[[], datetime],
    taken_up_within: float = TAKEN_UP_WITHIN,
) -> FastAPI:
    """The center over a store. `ask_run(name)` starts a flow; `clock()` is now, aware.

    `taken_up_within`: seconds that a waiting run has to take up an approval.

    Raises `LookupError` where a route is missing in the table of seats.
    """
    # the interactive documentation would load its scripts from elsewhere
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, dependencies=[Depends(guard)])
    app.state.center = Center(
        settings=settings,
        store=store,
        ask_run=ask_run,
        clock=clock,
        taken_up_within=taken_up_within,
        signer=Signer(settings.center_key),
    )
    check_table(page.router for page in _PAGES)
    for page in _PAGES:
        app.include_router(page.router)
    app.mount("/static/krds", StaticFiles(directory=KRDS, check_dir=False))
    app.mount("/static", StaticFiles(directory=_OWN_FILES))
    app.add_middleware(Limits)
    app.add_middleware(Headers, https=settings.center.startswith("https://"))
    errors.install(app)
    return app
