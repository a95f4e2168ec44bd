"""How private data looks in Korean posts: one row for each kind.

The patterns read a folded text (see `rules.mask`): half-width digits, no zero-width characters,
every dash `-`, every space a plain one. The group `it`, where there is one, is what is hidden.
"""

from collections.abc import Callable
from dataclasses import dataclass

import regex

_GAP = r"[ \t.·()/-]{0,3}"  # what people put between the groups of a number
_AREA = r"(?:2|3[1-3]|4[1-4]|5[1-5]|6[1-4]|70|50\d?)"  # dialling codes without their 0
_NO_DECIMAL = r"(?!(?<=\d\d\.)\d{10,11}(?!\d))"  # 37.0101234567 is a place
_LAST = r"\d{3,4}" + _GAP + r"\d{4}(?!\d)"
_REGION = (
    r"(?:서울|부산|대구|인천|광주|대전|울산|세종|경기|강원|충북|충남|전북|전남|경북|경남|제주)"
)
_DAY = r"(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"
# Syllables on plates. The second row are units as well (3조 2000억): no space may follow them.
_PLATE = "가나다라마거너더러머버서어저고노로모보소오누두루무우바사아배하허육해공국합"
_PLATE_OR_UNIT = _PLATE + "조구주호도부수자"
_NO_UNIT = r"(?!\d|\s?[년월일시분원명개억만천여번층동호%]|[,.]\d)"
_BANK = r"(?:국민|신한|우리|하나|기업|산업|씨티|제일|토스)"  # words of every day, too
_SURELY_BANK = (
    r"(?:계좌|통장|입금|송금|은행|농협|수협|신협|축협|우체국|새마을금고|카카오뱅크|케이뱅크)"
)
_NO_CASE_NUMBER = (
    rf"(?!20\d\d-\d{{4,6}}(?![\d-]))(?!(?:19|20)\d\d[- ]?{_DAY}(?!\d))(?!20\d\d-\d\d-\d\d)"
)
_ACCOUNT = rf"{_NO_CASE_NUMBER}(?P<it>\d{{2,6}}(?:[- ]\d{{2,7}}){{1,4}}|\d{{10,16}})(?!\d)"
_LICENCE = r"\d\d[ -]{1,3}\d{6}[ -]{1,3}\d\d(?!\d)"
_CALL = r"(?:전화|연락|휴대폰|핸드폰|폰번호|☎|☏|📞|tel|hp|phone)"
_SPOKEN = "공영일이삼사오육륙칠팔구"


@dataclass(frozen=True, slots=True)
class Private:
    """One kind of private data; `sure` looks a second time at what the pattern found."""

    name: str
    pattern: "regex.Pattern[str]"
    sure: Callable[[str], bool] = lambda _found: True


def _private(name: str, pattern: str, sure: Callable[[str], bool] = lambda _found: True) -> Private:
    return Private(name, regex.compile(pattern, regex.IGNORECASE), sure)


def digits(text: str) -> str:
    """Only the digits of a folded text."""
    return "".join(filter(str.isdigit, text))


def _luhn(found: str) -> bool:
    """Whether the digits end in a card's check digit (ISO/IEC 7812-1)."""
    ns = [int(digit) for digit in reversed(digits(found))]
    return (sum(ns[::2]) + sum(sum(divmod(2 * n, 10)) for n in ns[1::2])) % 10 == 0


def _account_length(found: str) -> bool:
    return 10 <= len(digits(found)) <= 16


PRIVATE: tuple[Private, ...] = (
    _private(
        "e-mail",
        r"(?<![a-z0-9._%+@-])[a-z0-9._%+-]{1,64} ?(?:@|\[at\]|\(at\)|골뱅이) ?"
        r"[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){1,9}",
    ),
    _private("resident number", rf"(?<!\d)\d\d{_DAY}[ .-]{{0,3}}\d[\d*]{{6}}(?![\d*])"),
    _private("card", r"(?<![\d.])\d{4}-\d{4}-\d{4}-\d{4}(?!\d)"),
    _private("card, spaced", r"(?<![\d.])[3-69]\d{3}(?:[ .-]{1,3}\d{4}){3}(?!\d)"),
    _private("card, American", r"(?<![\d.])3[47]\d\d[ -]\d{6}[ -]\d{5}(?!\d)"),
    _private("card, in one", r"(?<![\d.])(?:3[47]\d{13}|(?:[3-69]\d|2[2-7])\d{14})(?!\d)", _luhn),
    _private(
        "driver's licence",
        rf"{_REGION}[ -]{{1,3}}(?P<it>{_LICENCE})|(?<!\d)(?P<it>\d\d[ -]{{1,3}}{_LICENCE})",
    ),
    _private(
        "driver's licence, said", r"면허[^\d\n]{0,10}(?P<it>\d\d[ -]?\d\d[ -]?\d{6}[ -]?\d\d)(?!\d)"
    ),
    _private("passport", r"(?<![a-z0-9])[MSRODG](?:\d{8}|\d{3}[A-Z]\d{4})(?![a-z0-9])"),
    _private(
        "mobile", rf"{_NO_DECIMAL}(?:(?<!\d)0|(?<![\da-z])o)[ .-]?[1il][ .-]?[016789o]{_GAP}{_LAST}"
    ),
    _private(
        "mobile, digit by digit",
        r"(?<!\d)(?<!\d[.-])0[ .-]1[ .-][016789](?:[ .-]{1,3}\d){7,8}(?!\d)",
    ),
    _private("mobile, from abroad", rf"(?<!\d)82{_GAP}0?{_GAP}1[016789]{_GAP}{_LAST}"),
    _private(
        "mobile, in words", rf"[공영]일[공영일육륙칠팔구](?:[ .-]{{0,3}}[{_SPOKEN}\d]){{7,8}}"
    ),
    _private("landline", rf"(?<!\d)(?<!\d[.-])0{_AREA}{_GAP}{_LAST}"),
    _private("landline, from abroad", rf"(?<=\+)82{_GAP}0?{_AREA}{_GAP}{_LAST}"),
    _private(
        "local number, said",
        rf"{_CALL}[^\d\n*]{{0,8}}(?P<it>(?!1[5-8]\d\d-)(?!20\d\d-)\d{{3,4}}-\d{{4}})(?![\d-])",
    ),
    _private("plate", rf"(?<!\d)\d{{2,3}} ?[{_PLATE}] ?\d{{4}}{_NO_UNIT}"),
    _private("plate, in one", rf"(?<!\d)\d{{2,3}}[{_PLATE_OR_UNIT}]\d{{4}}{_NO_UNIT}"),
    _private(
        "plate with region", rf"{_REGION} ?(?P<it>\d{{1,2}} ?[{_PLATE_OR_UNIT}] ?\d{{4}}){_NO_UNIT}"
    ),
    _private("bank account", rf"{_SURELY_BANK}[^\d\n]{{0,15}}{_ACCOUNT}", _account_length),
    _private("bank account, short", rf"{_BANK}[ :]{{0,3}}{_ACCOUNT}", _account_length),
    _private(
        "bank account, bank after it",
        rf"(?<!\d){_ACCOUNT}[ (]{{0,3}}(?:{_SURELY_BANK}|{_BANK}은행|신한|카카오)",
        _account_length,
    ),
)
