"""The one sender: everything that we publish leaves here, written ahead and exactly once."""

import time
from collections.abc import Callable, Collection, Iterable, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from channels.base import (
    Attachment,
    ChannelBusy,
    ChannelError,
    InDoubt,
    Message,
    Published,
    Trouble,
)
from channels.model import at_once
from channels.wire import begun_before
from registry.model import Account
from store import outbox
from store.liveness import Alive, alive
from store.tables import Delivery, Photo
from tasks.pictures import with_fitting_pictures
from tasks.workplace import Workplace

#: So many accounts are written to at the same time.
THREADS = 80

#: A sender takes no more work after this, so that one run of a flow ends before the next begins.
LONGEST = 50.0

#: While slow accounts answer, what was approved meanwhile is looked for this often, in seconds.
LOOK_AGAIN = 1.0

#: Answers that come within so many seconds are recorded together: a commit costs more than an answer.
TOGETHER = 0.05

#: So many seconds lie between two calls of `meanwhile` while somebody is busy.
MEANWHILE = 0.5

#: A request that was not begun within `settling`, or this many seconds, is not begun any more: its
#: process slept, and another may have taken the delivery over.
BEGUN_WITHIN = 10.0

#: No program can do it, now or ever: a person can. Where the secret of an account was never given,
#: the account is served by hand like those of networks without an interface.
BY_HAND = frozenset({Trouble.BY_HAND, Trouble.CREDENTIAL})

#: A post that cannot be passed on after so many tries is said in own words instead.
REPOST_TRIES = 2

Failure = ChannelBusy | ChannelError | InDoubt
Result = Published | Failure


@dataclass(slots=True)
class Sent:
    """What one round of sending came to."""

    published: int = 0
    waiting: int = 0
    in_doubt: int = 0
    failed: int = 0

    @property
    def any(self) -> bool:
        """Whether anything happened."""
        return bool(self.published or self.waiting or self.in_doubt or self.failed)

    def __str__(self) -> str:
        return (
            f"{self.published} published, {self.waiting} wait, "
            f"{self.in_doubt} in doubt, {self.failed} failed"
        )


@dataclass(frozen=True, slots=True)
class Job:
    """One delivery on its way, with all that its thread needs.

    The thread touches the store for one thing only: to keep what its network prepared.
    """

    delivery: Delivery
    message: Message
    left: float = field(default_factory=time.monotonic)


def deliver(
    place: Workplace,
    *,
    threads: int = THREADS,
    longest: float = LONGEST,
    look_again: float = LOOK_AGAIN,
    meanwhile: Callable[[], None] = lambda: None,
) -> Sent:
    """Send what is queued until nothing more may go now, `threads` accounts at once.

    A slow account holds up nobody but itself. `meanwhile` may open more: it is called before a look
    at the queue, where nobody is busy each time, else every `MEANWHILE` seconds. Raises nothing for
    what a network does: every outcome is a state in the outbox.
    """
    sent = Sent()
    started = place.now()
    accounts = place.registry.accounts  # read before anything is on its way
    going: dict[Future[Result], Job] = {}
    asked, ahead = 0.0, 0
    with alive(place.store, at=started) as me, ThreadPoolExecutor(threads) as pool:
        while True:
            if not going or time.monotonic() >= asked + MEANWHILE:
                meanwhile()
                asked = time.monotonic()
            late = (place.now() - started).total_seconds() > longest
            if len(going) < threads + ahead and not late:
                for job in _take(place, me, threads + ahead - len(going)):
                    account = accounts.get(job.delivery.account_id)
                    going[pool.submit(_publish, place, account, job)] = job
            if not going:
                return sent
            if done := _some_done(going, look_again):
                _record(place, me, [(going.pop(future), future.result()) for future in done], sent)
            # as many as were just done are ready for the next threads, which wait for no commit
            ahead = len(done) if len(done) > 1 else 0


def _some_done(going: Collection[Future[Result]], seconds: float) -> set[Future[Result]]:
    """The next that are done, and all that are just after; none where it takes longer."""
    done, others = wait(going, timeout=seconds, return_when=FIRST_COMPLETED)
    if done and others:
        done |= wait(others, timeout=TOGETHER).done
    return done


def _take(place: Workplace, me: Alive, limit: int) -> list[Job]:
    """Claim, then write ahead that they leave; both are on disk before a byte is."""
    me.prove()
    with place.store.read() as session:
        if not outbox.waiting(session, at=place.now()):
            return []  # without making every other writer wait
    with place.store.write() as session:
        claimed = outbox.take(session, me.id, at=place.now(), limit=limit)
    if not claimed:
        return []
    alone = {delivery.id for delivery in claimed if place.only_comments(delivery)}
    with place.store.write() as session:
        ids = outbox.depart(session, me.id, [d.id for d in claimed], at=place.now())
        leaving = [delivery for delivery in claimed if delivery.id in ids]
        photos = _photos(session, leaving, place.settings.media)
        return [
            Job(
                delivery,
                _message(
                    session,
                    delivery,
                    photos,
                    partial(_keep, place, me, delivery.id),
                    partial(_still_ours, place, me, delivery.id),
                    comments=delivery.id in alone,
                ),
            )
            for delivery in leaving
        ]


def _keep(place: Workplace, me: Alive, delivery_id: int, prepared: str) -> None:
    """Write down what the network prepared. Raises `ChannelBusy` where the delivery is ours no more."""
    with place.store.write() as session:
        if not outbox.prepared(session, delivery_id, prepared, holder=me.id):
            raise ChannelBusy("another sender has taken this delivery over")


def _still_ours(place: Workplace, me: Alive, delivery_id: int) -> None:
    """After handing a picture over, which may take long: whoever slept meanwhile publishes nothing."""
    with place.store.read() as session:
        if not outbox.held(session, delivery_id, holder=me.id):
            raise ChannelBusy("another sender has taken this delivery over")


def _photos(session: Session, leaving: Iterable[Delivery], media: Path) -> dict[int, Attachment]:
    """Each photo that these carry, read once, by its id."""
    ids = {delivery.photo_id for delivery in leaving if delivery.photo_id}
    if not ids:
        return {}
    found = session.scalars(select(Photo).where(Photo.id.in_(ids)))
    return {photo.id: attachment(photo, media) for photo in found}


def attachment(photo: Photo, media: Path) -> Attachment:
    """A photo as a channel sends it."""
    path = media / (photo.file or f"photo {photo.id}")
    return Attachment(path=path, alt=photo.alt, mime=photo.mime or "")


def _message(
    session: Session,
    delivery: Delivery,
    photos: Mapping[int, Attachment],
    keep: Callable[[str], None],
    go: Callable[[], None],
    *,
    comments: bool,
) -> Message:
    return Message(
        text=delivery.text,
        key=delivery.key,
        at=delivery.queued_at,
        in_reply_to=outbox.above(session, delivery, comments=comments),
        attachments=(photos[delivery.photo_id],) if delivery.photo_id else (),
        language=delivery.language,
        prepared=delivery.prepared or "",
        keep=keep,
        go=go if delivery.photo_id else at_once,
    )


def _publish(place: Workplace, account: Account | None, job: Job) -> Result:
    if account is None or not account.active:
        return ChannelError(
            f"account {job.delivery.account_id} is closed or retired", Trouble.CLOSED
        )
    missing = [a.path.name for a in job.message.attachments if not a.path.is_file()]
    if missing:  # an answer that speaks of its photo makes no sense without it
        why = f"the file {missing[0]} is missing below {place.settings.media}"
        return ChannelError(why, Trouble.PHOTO)
    try:
        channel = place.channel(account, exercise=job.delivery.exercise)
        message = job.message
        if message.attachments:
            message = with_fitting_pictures(
                message, account, place.settings, at=place.now(), exercise=job.delivery.exercise
            )
        with begun_before(job.left + _begun_within(place, job)):
            if job.delivery.shares:
                return channel.repost(account, job.delivery.shares)
            return channel.publish(account, message)
    except (ChannelBusy, ChannelError, InDoubt) as outcome:
        return outcome
    except Exception as error:
        # Whatever this was, bytes may have left: only the timeline can tell.
        return InDoubt(f"{type(error).__name__}: {error}")


def _begun_within(place: Workplace, job: Job) -> float:
    """Seconds; a picture that takes long to hand over is no sleep."""
    if job.message.attachments:
        return float("inf")
    return max(place.settling.total_seconds(), BEGUN_WITHIN)


def _record(place: Workplace, me: Alive, results: list[tuple[Job, Result]], sent: Sent) -> None:
    """Write the outcomes down, together: one commit for all that came in at once.

    Whoever lost its lock writes nothing any more: another settles what it held, by reading.
    """
    me.prove()
    out = [
        (job.delivery.id, result.remote_id, result.url)
        for job, result in results
        if isinstance(result, Published)
    ]
    with place.store.write() as session:
        outbox.all_published(session, out, at=place.now())
        sent.published += len(out)
        for job, result in results:
            if not isinstance(result, Published):
                _write_down(session, job, result, place, me, sent)


def _write_down(
    session: Session, job: Job, result: Failure, place: Workplace, me: Alive, sent: Sent
) -> None:
    at, delivery_id = place.now(), job.delivery.id
    match result:
        case ChannelBusy(cause=why, retry_after=asked):
            sent.waiting += 1
            outbox.again(session, delivery_id, why, holder=me.id, at=at, asked=asked)
        case InDoubt(cause=why):
            sent.in_doubt += 1
            outbox.in_doubt(session, delivery_id, why, holder=me.id, at=at, settling=place.settling)
        case ChannelError(cause=why, kind=kind) if job.delivery.shares:
            sent.waiting += 1
            # the lead's post may not show there yet
            if job.delivery.tries < REPOST_TRIES and kind not in BY_HAND:
                outbox.again(session, delivery_id, why, holder=me.id, at=at)
            else:
                outbox.in_own_words(session, delivery_id, why, holder=me.id, at=at)
        case ChannelError(cause=why, kind=kind) if kind in BY_HAND:
            sent.failed += 1
            outbox.needs_person(session, delivery_id, why, at=at)
        case ChannelError(cause=why):
            sent.failed += 1
            outbox.failed(session, delivery_id, why, holder=me.id, at=at)
