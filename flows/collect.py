"""Every minute: read what citizens wrote to any of the city's accounts."""

from prefect import flow
from prefect.events import emit_event

from tasks.collect import (
    changed,
    fetch_photos,
    new_posts,
    notice_withdrawn,
    open_cases,
    read_accounts,
    search_hashtags,
    troubled,
)
from tasks.show import run_name, say, show_accounts


@flow(name="collect", flow_run_name=run_name("collect"), log_prints=True)
def collect() -> None:
    """시의 모든 계정에서 새 글을 읽어 건으로 만듭니다."""
    harvests, searches = read_accounts(), search_hashtags()
    photos = fetch_photos()
    opened = open_cases()
    if opened or new_posts(harvests) or any(search.new for search in searches):
        emit_event("haechi.posts.received", resource={"prefect.resource.id": "haechi.posts"})
    withdrawn = notice_withdrawn()
    if changed(harvests):
        show_accounts()
    trouble = troubled(harvests)
    for harvest in trouble:
        print(f"  {harvest.account.id}: {harvest.cause}")
    for search in searches:
        if search.new or search.cause:
            print(f"  {search.event} on {search.network}: {search.new} reports {search.cause}")
    say(
        f"{new_posts(harvests)} new, {opened} cases, {photos} photos, {withdrawn} withdrawn, "
        f"{len(trouble)} of {len(harvests)} accounts do not answer"
    )
