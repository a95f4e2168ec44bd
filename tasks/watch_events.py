"""Steps of `watch-events`: what an open event asks for while nobody looks."""

from prefect import task

from store import broadcast, bulletin_mails, desk_mails, event_mails, proof, watching, waves
from store.tables import Bulletin
from tasks import audit_bulletin, event_digest
from tasks.conduct import conduct
from tasks.hands import ask_for_hands as ask_for_hands_in
from tasks.read_back import read_back
from tasks.show_bulletin import show_finished
from tasks.workplace import Workplace, workplace

#: A run conducts for so many seconds at most, so that the rest of it is not late.
LONGEST = 120.0


@task(name="let drafts lapse")
def let_drafts_lapse() -> int:
    """End what nobody approved in time; returns how many drafts."""
    return lapse(workplace())


def lapse(place: Workplace) -> int:
    """The same for one workplace."""
    with place.store.write() as session:
        return len(broadcast.lapse(session, at=place.now()))


@task(name="take up what is under way")
def take_up() -> int:
    """Go on with bulletins whose run died; returns how many were under way."""
    return go_on(workplace())


def go_on(place: Workplace, *, longest: float = LONGEST) -> int:
    """The same for one workplace."""
    with place.store.read() as session:
        under_way = [bulletin.id for bulletin in waves.under_way(session)]
    if not under_way:
        return 0
    with place.store.write() as session:
        for number in under_way:
            broadcast.take_up(session.get_one(Bulletin, number), at=place.now())
    conduct(place, longest=longest)
    return len(under_way)


@task(name="ask for hands")
def ask_for_hands() -> int:
    """Mail who can put up what no program can; returns for how many posts."""
    return ask_for_hands_in(workplace())


@task(name="remind desks")
def remind_desks() -> int:
    """Ask the districts' desks once more that said nothing; returns how many."""
    return remind(workplace())


def remind(place: Workplace) -> int:
    """The same for one workplace."""
    with place.store.write() as session:
        return desk_mails.remind_desks(session, place.registry, at=place.now())


@task(name="tell reports")
def tell_reports() -> int:
    """Mail the reports that the run which sent the bulletin did not; returns how many."""
    return report(workplace())


def report(place: Workplace) -> int:
    """The same for one workplace."""
    with place.store.read() as session:
        untold = [bulletin.id for bulletin in watching.untold(session, at=place.now())]
    for number in untold:
        read_back(place, number)
        with place.store.write() as session:
            bulletin = session.get_one(Bulletin, number)
            found = proof.report(session, place.registry, bulletin)
            bulletin_mails.report(session, place.registry, bulletin, found, at=place.now())
    return len(untold)


@task(name="audit bulletins")
def audit_bulletins() -> tuple[int, int]:
    """Compare tables and timelines both ways; how many bulletins, and how much is wrong."""
    place = workplace()
    audited = audit(place)
    for number in audited:
        show_finished(place, number)
    return len(audited), sum(map(len, audited.values()))


def audit(place: Workplace) -> dict[int, list[str]]:
    """What was found, for each bulletin that it is time for."""
    with place.store.read() as session:
        due = [bulletin.id for bulletin in watching.to_audit(session, at=place.now())]
    return {number: audit_bulletin.audit(place, number) for number in due}


@task(name="ask for updates")
def ask_for_updates() -> int:
    """Ask for an update where an open event says nothing that holds; returns for how many events."""
    return ask(workplace())


def ask(place: Workplace) -> int:
    """The same for one workplace."""
    with place.store.write() as session:
        silent = watching.needing_update(session, at=place.now())
        for event, last in silent:
            event_mails.ask_for_update(session, place.registry, event, last, at=place.now())
    return len(silent)


@task(name="send event digests")
def send_event_digests() -> int:
    """Tell the comms team what citizens report; returns for how many events."""
    return event_digest.send_event_digests(workplace())
