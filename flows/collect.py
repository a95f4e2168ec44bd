"""Every minute: read what citizens wrote to any of the city's accounts."""

from prefect import flow
from prefect.events import emit_event

from tasks.collect import (
    fetch_photos,
    new_posts,
    notice_withdrawn,
    open_cases,
    read_accounts,
    troubled,
)
from tasks.show import show_accounts


@flow(name="collect", log_prints=True)
def collect() -> None:
    """시의 모든 계정에서 새 글을 읽어 건으로 만듭니다."""
    harvests = read_accounts()
    photos = fetch_photos()
    opened = open_cases()
    withdrawn = notice_withdrawn()
    trouble = troubled(harvests)
    if opened or new_posts(harvests):
        emit_event("haechi.posts.received", resource={"prefect.resource.id": "haechi.posts"})
    if trouble:
        show_accounts()
    print(
        f"{new_posts(harvests)} new posts from {len(harvests)} accounts, {opened} cases opened, "
        f"{photos} photos kept, {withdrawn} withdrawn; {len(trouble)} accounts do not answer"
    )
    for harvest in trouble:
        print(f"  {harvest.account.id}: {harvest.cause}")
