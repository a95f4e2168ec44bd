"""Steps of `collect`: read every account, keep what is new, open cases, fetch photos."""

from collections.abc import Iterable

from prefect import task

from tasks.open_cases import open_cases as open_cases_in
from tasks.photos import fetch_photos as fetch_photos_in
from tasks.reading import Harvest, read
from tasks.search import Found, search_reports
from tasks.withdraw import notice_withdrawn as notice_withdrawn_in
from tasks.workplace import workplace


@task(name="read accounts")
def read_accounts() -> list[Harvest]:
    """Read every active account since its cursor."""
    return read(workplace())


@task(name="search report hashtags")
def search_hashtags() -> list[Found]:
    """While an event is open, what citizens write under its report hashtag."""
    return search_reports(workplace())


@task(name="open cases")
def open_cases() -> int:
    """Make cases of new posts, or join them to the case they belong to."""
    return open_cases_in(workplace())


@task(name="fetch photos")
def fetch_photos() -> int:
    """Fetch the photos of new posts and keep them without metadata."""
    return fetch_photos_in(workplace())


@task(name="notice withdrawn posts")
def notice_withdrawn() -> int:
    """Forget what citizens deleted."""
    return notice_withdrawn_in(workplace())


def new_posts(harvests: Iterable[Harvest]) -> int:
    """How many posts these readings brought."""
    return sum(harvest.new for harvest in harvests)


def troubled(harvests: Iterable[Harvest]) -> list[Harvest]:
    """The accounts that could not be read."""
    return [harvest for harvest in harvests if harvest.cause]


def changed(harvests: Iterable[Harvest]) -> bool:
    """Whether the table of accounts is another: one is new, fell silent or answers again."""
    return any(harvest.cause or harvest.recovered or harvest.first for harvest in harvests)
