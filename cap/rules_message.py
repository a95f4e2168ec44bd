"""Rules on the message itself: its names, what it refers to, whom it is for."""

import re
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta

from cap.model import Alert, MessageType, Scope, Status
from cap.references import addresses, reference, reference_texts, references
from cap.wrong import Wrong, short

#: Two machines' clocks may differ by so much.
SKEW = timedelta(minutes=2)
LONGEST_NAME = 200

_REFERRING = (MessageType.UPDATE, MessageType.CANCEL, MessageType.ACK, MessageType.ERROR)
_NOT_PLAIN = re.compile(r"[\s,<&]")


def identifier_not_plain(alert: Alert, _at: datetime) -> Iterator[Wrong]:
    if _NOT_PLAIN.search(alert.identifier) or not alert.identifier:
        yield "alert/identifier", short(alert.identifier)


def sender_not_plain(alert: Alert, _at: datetime) -> Iterator[Wrong]:
    if _NOT_PLAIN.search(alert.sender) or not alert.sender:
        yield "alert/sender", short(alert.sender)


def name_too_long(alert: Alert, _at: datetime) -> Iterator[Wrong]:
    for name in ("identifier", "sender"):
        length = len(getattr(alert, name))
        if length > LONGEST_NAME:
            yield f"alert/{name}", f"{length:,}"


def references_missing(alert: Alert, _at: datetime) -> Iterator[Wrong]:
    if alert.msg_type in _REFERRING and not reference_texts(alert):
        yield "alert/references", alert.msg_type


def references_malformed(alert: Alert, _at: datetime) -> Iterator[Wrong]:
    for text in reference_texts(alert):
        if reference(text) is None:
            yield "alert/references", short(text)


def references_itself(alert: Alert, _at: datetime) -> Iterator[Wrong]:
    for earlier in references(alert):
        if (earlier.sender, earlier.identifier) == (alert.sender, alert.identifier):
            yield "alert/references", short(str(earlier))


def references_future(alert: Alert, _at: datetime) -> Iterator[Wrong]:
    for earlier in references(alert):
        if earlier.sent > alert.sent:
            yield "alert/references", short(str(earlier))


def references_twice(alert: Alert, _at: datetime) -> Iterator[Wrong]:
    names = Counter((earlier.sender, earlier.identifier) for earlier in references(alert))
    for (sender, identifier), times in names.items():
        if times > 1:
            yield "alert/references", short(f"{sender},{identifier}")


def sent_in_the_future(alert: Alert, at: datetime) -> Iterator[Wrong]:
    if alert.sent > at + SKEW:
        yield "alert/sent", alert.sent.isoformat()


def restriction_missing(alert: Alert, _at: datetime) -> Iterator[Wrong]:
    if alert.scope is Scope.RESTRICTED and not (alert.restriction or "").strip():
        yield "alert/restriction", ""


def addresses_missing(alert: Alert, _at: datetime) -> Iterator[Wrong]:
    if alert.scope is Scope.PRIVATE and not addresses(alert):
        yield "alert/addresses", ""


def error_without_note(alert: Alert, _at: datetime) -> Iterator[Wrong]:
    if alert.msg_type is MessageType.ERROR and not (alert.note or "").strip():
        yield "alert/note", ""


def info_missing(alert: Alert, _at: datetime) -> Iterator[Wrong]:
    if alert.msg_type in (MessageType.ALERT, MessageType.UPDATE) and not alert.infos:
        yield "alert/info", alert.msg_type


def status_not_broadcast(alert: Alert, _at: datetime) -> Iterator[Wrong]:
    if alert.status not in (Status.ACTUAL, Status.EXERCISE):
        yield "alert/status", alert.status


def type_not_broadcast(alert: Alert, _at: datetime) -> Iterator[Wrong]:
    if alert.msg_type in (MessageType.ACK, MessageType.ERROR):
        yield "alert/msgType", alert.msg_type


def scope_not_broadcast(alert: Alert, _at: datetime) -> Iterator[Wrong]:
    if alert.scope is not Scope.PUBLIC:
        yield "alert/scope", alert.scope
