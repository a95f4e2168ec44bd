"""Who carries a bulletin, in which wave and how: one plan for all accounts."""

from collections.abc import Iterator, Mapping
from itertools import chain
from types import MappingProxyType

from registry.model import Account, DisasterRole, Network, Registry
from rules.bulletin import (
    LEADING,
    PARTNERS,
    RELAYING,
    BulletinKind,
    Content,
    Language,
    Plan,
    Saying,
    Way,
)
from rules.fitting import DoesNotFit, Fitter, Voice, marker_in

_R, _N = DisasterRole, Network

WAVES: Mapping[DisasterRole, int] = MappingProxyType(
    {_R.LEAD: LEADING, _R.DEPUTY: RELAYING, _R.RELAY: RELAYING, _R.LOCAL: PARTNERS}
)
#: Whoever leads is asked in this order.
_LEADERS = (_R.LEAD, _R.DEPUTY)

#: How a network carries what stands elsewhere: quoting is closed to us, reposting is open.
WAYS: Mapping[Network, Way] = MappingProxyType(
    {
        _N.X: Way.REPOST,
        _N.MASTODON: Way.REPOST,
        _N.BLUESKY: Way.REPOST,
        _N.THREADS: Way.REPOST,
        _N.FACEBOOK: Way.LINK,
        _N.WORDPRESS: Way.LINK,
        _N.NAVER_BLOG: Way.LINK,
        _N.KAKAO: Way.LINK,
        _N.YOUTUBE: Way.LINK,
        _N.ME2DAY: Way.LINK,
        _N.INSTAGRAM: Way.POST,
    }
)
_NO_LINKS = frozenset({_N.INSTAGRAM})  # an address in a text leads nowhere
_NEEDS_PICTURE = frozenset({_N.INSTAGRAM})
_NO_PICTURE = frozenset({_N.YOUTUBE, _N.ME2DAY})
#: These take the same words from two accounts for spam.
_NO_ECHO = frozenset({_N.X})

#: A district says that it is concerned where something is to be done.
_CONCERNS = frozenset({BulletinKind.ALERT, BulletinKind.UPDATE, BulletinKind.CORRECTION})


def plan(content: Content, registry: Registry) -> Plan:
    """What each account with a part in disasters would say, in the order in which it is said.

    Personal and closed accounts say nothing. An account whose words cannot be made to fit, or
    that lacks its picture, is in `refused` and not in `sayings`.
    """
    carriers = _carriers(registry)
    voices = _Voices(content, registry, carriers)
    fitter = Fitter(content)
    sayings: list[Saying] = []
    refused: dict[str, str] = {}
    heard: dict[tuple[Network, str], str] = {}
    for account in carriers:
        try:
            said = list(_sayings(account, content, fitter, voices))
            _refuse_echo(account, said, heard)
        except DoesNotFit as why:
            refused[account.id] = str(why)
        else:
            sayings += said
    sayings.sort(key=lambda saying: saying.wave)
    return Plan(sayings=tuple(sayings), refused=MappingProxyType(refused))


def _carriers(registry: Registry) -> list[Account]:
    """The accounts that take part; those that may lead come first."""
    taking_part = [
        account
        for account in registry.accounts.values()
        if account.active and not account.personal and account.disaster_role in WAVES
    ]
    order = {role: n for n, role in enumerate(_LEADERS)}
    return sorted(taking_part, key=lambda account: order.get(account.disaster_role, len(order)))


def _sayings(
    account: Account, content: Content, fitter: Fitter, voices: "_Voices"
) -> Iterator[Saying]:
    """One account's part in Korean, and those in its other languages. Raises `DoesNotFit`."""
    if account.network in _NEEDS_PICTURE and not content.has_picture:
        raise DoesNotFit("그림 없이는 올릴 수 없는 계정입니다. 그림을 더해 주세요.")
    way = voices.way(account)
    for part, language in enumerate(_languages(account, content, way), 1):
        direct = fitter.text(account.network, language, voices.of(account, language))
        linked = way in (Way.LINK, Way.REPOST) and part == 1
        yield Saying(
            account_id=account.id,
            wave=WAVES[account.disaster_role],
            way=way if part == 1 else Way.POST,
            part=part,
            language=language,
            text=fitter.text(account.network, language, voices.of(account, language, linked=True))
            if linked
            else direct,
            direct=direct,
            marker=marker_in(content, language),
            # the picture's words are Korean
            with_picture=content.has_picture and part == 1 and account.network not in _NO_PICTURE,
        )


def _languages(account: Account, content: Content, way: Way) -> list[Language]:
    """Korean, then what the account adds where it speaks in its own words."""
    added: tuple[str, ...] = getattr(account, "languages", ())
    own_words = way is not Way.REPOST or account.disaster_role in _LEADERS
    return [
        language
        for language in Language
        if language is Language.KO
        or (own_words and language in added and language in content.texts)
    ]


def _refuse_echo(
    account: Account, said: list[Saying], heard: dict[tuple[Network, str], str]
) -> None:
    """Two accounts with the same words: the network would take the second for spam."""
    if account.network not in _NO_ECHO:
        return
    own = {(account.network, words) for saying in said for words in (saying.text, saying.direct)}
    other = next((heard[words] for words in sorted(own) if words in heard), None)
    if other is not None:
        raise DoesNotFit(
            f"{other} 계정의 글과 같아집니다. 등록부에서 두 계정의 이름을 다르게 적어 주세요."
        )
    heard.update(dict.fromkeys(own, account.id))


class _Voices:
    """How each account says whose it is: no two of a network alike.

    The city's own voice, without a name before it, is the leaders' and their office's; on each
    network one account has it.
    """

    def __init__(self, content: Content, registry: Registry, carriers: list[Account]) -> None:
        self._content, self._registry = content, registry
        self._leaders = [account for account in carriers if account.disaster_role in _LEADERS]
        self._area = frozenset(content.areas[Language.KO].split(", "))
        self._city_itself = self._choose_city_itself(carriers)
        self._names: dict[tuple[str, Language], str] = {}
        taken: set[tuple[Network, Language, str]] = set()
        for account, language in ((a, la) for a in carriers for la in content.texts):
            name = self._name(account, language)
            if (account.network, language, name) in taken:
                name = f"{name} {account.handle}".strip()
            taken.add((account.network, language, name))
            self._names[account.id, language] = name

    def way(self, account: Account) -> Way:
        """A repost only where somebody who may lead is on the same server of the same network."""
        if account.disaster_role is DisasterRole.LEAD:
            return Way.POST
        way = WAYS[account.network]
        if way is not Way.REPOST:
            return way
        beside = any(
            (leader.network, leader.server) == (account.network, account.server)
            for leader in self._leaders
            if leader.id != account.id
        )
        local = account.disaster_role is DisasterRole.LOCAL
        return Way.REPOST if beside and not local else Way.LINK

    def of(self, account: Account, language: Language, *, linked: bool = False) -> Voice:
        is_city = account.id in self._city_itself
        # several districts with the city's description would be one text said again and again
        brief = linked and account.network in _NO_ECHO and account.disaster_role is _R.LOCAL
        return Voice(
            name="" if is_city else self._names[account.id, language],
            local=self._local(account) if language is Language.KO else "",
            linked=linked,
            brief=brief,
            clickable=account.network not in _NO_LINKS,
        )

    def _choose_city_itself(self, carriers: list[Account]) -> frozenset[str]:
        offices = {leader.office for leader in self._leaders}
        ours = (a for a in carriers if a.office in offices and a.disaster_role is not _R.LOCAL)
        first: dict[Network, str] = {}
        for account in chain(self._leaders, ours):
            first.setdefault(account.network, account.id)
        return frozenset(first.values())

    def _name(self, account: Account, language: Language) -> str:
        is_local = account.disaster_role is DisasterRole.LOCAL
        office = self._registry.offices.get(account.office) if is_local else None
        korean = office.name if office else account.name
        if language is Language.KO:
            name = korean
        else:
            translated: str = getattr(office, f"name_{language.value}", "") if office else ""
            name = translated or account.handle or korean
        return name.replace("[", "(").replace("]", ")").strip()

    def _local(self, account: Account) -> str:
        office = self._registry.offices.get(account.office)
        if account.disaster_role is not DisasterRole.LOCAL or office is None:
            return ""
        if office.name in self._area and self._content.kind in _CONCERNS:
            return f"{office.name}도 해당 지역입니다."
        return f"{office.name}에서 함께 알립니다."
