"""From a form to a complete message: blanks filled in, tags agreed, everything checked at once."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Protocol

from pydantic import ValidationError

from registry.model import HashtagPurpose, Registry
from rules.bulletin import (
    HAZARD_NAMES,
    REFERRING,
    VALID_FOR,
    Blanks,
    BulletinForm,
    BulletinKind,
    BulletinRefused,
    Content,
    Hazard,
    Language,
    Words,
)
from rules.bulletin_area import areas, named_districts, polygon_mistakes
from rules.bulletin_form import mistakes_of
from rules.bulletin_text import (
    Allowed,
    has_hangul,
    mistakes_in_line,
    mistakes_in_own,
    mistakes_in_phone,
    mistakes_in_words,
)
from rules.clean import match_form

#: Longer than a week no message holds without a person having looked at it.
LONGEST = timedelta(days=7)
EMERGENCY = "119"

_PURPOSES = {HashtagPurpose.EVENT: "사건 해시태그", HashtagPurpose.REPORT: "제보 해시태그"}


class Filled(Protocol):
    """A template's words with its blanks filled in; each of `locked` is in the description too,
    and stays in an alert where a person writes a description of their own."""

    @property
    def act_now(self) -> str: ...
    @property
    def description(self) -> str: ...
    @property
    def locked(self) -> tuple[str, ...]: ...


#: Takes the values of `where`, `since`, `measure` and `phone`; empty ones are left out.
Template = Callable[[Hazard, BulletinKind, Language, Mapping[str, str]], Filled]


def compose(
    form: BulletinForm,
    registry: Registry,
    *,
    marker: str,
    template: Template,
    page: str,
    at: datetime,
    event_tag: str = "",
    report_tag: str = "",
    alt: str = "",
    has_picture: bool = True,
) -> Content:
    """What a form says, complete. `page` is the address of the event's public page.

    `event_tag` and `report_tag` are those that the event has already. Raises `BulletinRefused`
    with everything that is wrong, each in a line.
    """
    offices, whys = named_districts(form, registry)
    whys += polygon_mistakes(form.polygon)
    expires_at = form.expires_at or at + VALID_FOR
    whys += _expiry_mistakes(expires_at, at=at)
    event = _Tag(form, registry, HashtagPurpose.EVENT, form.event_tag, event_tag)
    report = _Tag(form, registry, HashtagPurpose.REPORT, form.report_tag, report_tag)
    whys += [*event.mistakes, *report.mistakes]
    allowed = Allowed(
        tags=frozenset({event.tag, report.tag} - {""}),
        phones=(registry.city.phone, form.blanks.phone),
    )
    named = areas(offices, registry.city)
    wrong = list(_blank_mistakes(form.blanks, allowed))
    blanks = Blanks() if wrong else form.blanks  # or each language would say so once more
    whys += wrong
    texts: dict[Language, Words] = {}
    for language in Language:
        filled = template(
            form.hazard, form.kind, language, _values(blanks, language, named[language], registry)
        )
        try:
            words = _words(form.words(language), filled, form.kind)
        except ValidationError as error:
            whys += mistakes_of(error, language.value)
            continue
        whys += mistakes_in_own(language, form.words(language), allowed)
        whys += mistakes_in_words(language, words, allowed)
        if words.act_now:
            texts[language] = words
        elif language is Language.KO:
            whys.append(
                "한국어 «지금 할 일»이 비어 있습니다. 시민이 지금 할 일을 한 문장으로 적어 주세요."
            )
    if whys:
        raise BulletinRefused(*dict.fromkeys(whys))
    return Content(
        marker=marker,
        kind=form.kind,
        hazard=form.hazard,
        exercise=form.exercise,
        city=registry.city.name,
        texts=texts,
        areas={language: named[language] for language in texts},
        event_tag=event.tag,
        report_tag=report.tag,
        page=page,
        expires_at=expires_at,
        emergency=EMERGENCY,
        alt=alt,
        has_picture=has_picture,
    )


def _words(own: Words, filled: Filled, kind: BulletinKind) -> Words:
    """A person's words, else the template's.

    An alert keeps the template's locked lines, what to do to be safe. What follows is said by
    whoever knows what was wrong: beside their words, sentences made beforehand may contradict.
    """
    description = own.description or filled.description
    if own.description and kind not in REFERRING:
        locked = [line for line in filled.locked if line not in own.description]
        description = "\n".join([own.description, *locked])
    return Words(act_now=own.act_now or filled.act_now, description=description)


def _values(blanks: Blanks, language: Language, area: str, registry: Registry) -> Mapping[str, str]:
    korean = language is Language.KO
    return {
        "where": (korean and blanks.where) or area,
        "since": blanks.since,
        "measure": "" if has_hangul(blanks.measure) and not korean else blanks.measure,
        "phone": blanks.phone or registry.city.phone,
    }


def _blank_mistakes(blanks: Blanks, allowed: Allowed) -> Iterator[str]:
    yield from mistakes_in_line("빈칸 «어디»", blanks.where, allowed)
    yield from mistakes_in_line("빈칸 «수치»", blanks.measure, allowed)
    yield from mistakes_in_phone("빈칸 «문의 전화»", blanks.phone)


def _expiry_mistakes(expires_at: datetime, *, at: datetime) -> Iterator[str]:
    asked = expires_at.isoformat(timespec="minutes")  # the year 9999 is in no other zone
    if expires_at <= at:
        yield f"유효 시각: {asked}은(는) 이미 지났습니다. 앞으로의 시각을 적거나 비워 주세요."
    elif expires_at > at + LONGEST:
        yield f"유효 시각: {asked}은(는) 너무 멉니다. {LONGEST.days}일 안의 시각을 적어 주세요."


class _Tag:
    """A hashtag that was agreed beforehand for this hazard; `tag` is empty where there is none."""

    def __init__(
        self,
        form: BulletinForm,
        registry: Registry,
        purpose: HashtagPurpose,
        asked: str,
        events: str,
    ) -> None:
        self._title = _PURPOSES[purpose]
        of_purpose = [tag for tag in registry.hashtags if tag.purpose is purpose]
        # the hazard's own before those for everything
        agreed = [t.tag for t in of_purpose if t.hazard == form.hazard]
        agreed += [t.tag for t in of_purpose if not t.hazard]
        spelt = {match_form(tag): tag for tag in agreed}
        asked, events = asked.lstrip("#＃"), events.lstrip("#＃")
        events = spelt.get(match_form(events), events)
        self.tag = spelt.get(match_form(asked), "") if asked else events or next(iter(agreed), "")
        self.mistakes = list(self._mistakes(asked, events, agreed, HAZARD_NAMES[form.hazard]))

    def _mistakes(self, asked: str, events: str, agreed: list[str], hazard: str) -> Iterator[str]:
        ours = ", ".join(f"#{tag}" for tag in agreed)
        if not agreed and not events:
            yield f"{self._title}: {hazard}에 쓸 것이 등록부에 없습니다. 등록부에 먼저 더해 주세요."
        elif not self.tag:
            yield f"{self._title}: «#{asked}»은(는) {hazard}에 쓰기로 정한 것이 아닙니다. {ours} 가운데 고르세요."
        elif events and self.tag != events:
            yield f"{self._title}: 이 사건의 것은 이미 «#{events}»입니다. 칸을 비워 두세요."
