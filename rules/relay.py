"""Who carries a bulletin, in which wave and how: one plan for all accounts."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from registry.model import Account, DisasterRole, Network, Registry
from rules.bulletin import (
    LEADING,
    PARTNERS,
    RELAYING,
    Content,
    Language,
    Plan,
    Saying,
    Way,
)
from rules.fitting import DoesNotFit, Fitter
from rules.tongues import marker_in
from rules.voices import LEADERS, NO_ECHO, Voices

_R, _N = DisasterRole, Network

WAVES: Mapping[DisasterRole, int] = MappingProxyType(
    {_R.LEAD: LEADING, _R.DEPUTY: RELAYING, _R.RELAY: RELAYING, _R.LOCAL: PARTNERS}
)

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
#: A post there is a picture with a text; an answer is not.
NEEDS_PICTURE = frozenset({_N.INSTAGRAM})
_NO_PICTURE = frozenset({_N.YOUTUBE, _N.ME2DAY})


def plan(content: Content, registry: Registry) -> Plan:
    """What each account with a part in disasters would say, in the order in which it is said.

    Personal and closed accounts say nothing. An account whose words cannot be made to fit, or
    that lacks its picture, is in `refused` and not in `sayings`.
    """
    carriers = _carriers(registry)
    leaders = [account for account in carriers if account.disaster_role in LEADERS]
    voices = Voices(content, registry, carriers)
    fitter = Fitter(content)
    sayings: list[Saying] = []
    refused: dict[str, str] = {}
    heard: dict[tuple[Network, str], str] = {}
    for account in carriers:
        try:
            said = list(_sayings(account, _way(account, leaders), content, fitter, voices))
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
    order = {role: n for n, role in enumerate(LEADERS)}
    return sorted(taking_part, key=lambda account: order.get(account.disaster_role, len(order)))


def _way(account: Account, leaders: list[Account]) -> Way:
    """A repost only where somebody else who may lead is on the same server of the same network."""
    role, way = account.disaster_role, WAYS[account.network]
    if role is _R.LEAD:
        return Way.POST
    beside = any(
        (leader.network, leader.server) == (account.network, account.server)
        for leader in leaders
        if leader.id != account.id
    )
    if way is Way.REPOST and (role is _R.LOCAL or not beside):
        return Way.LINK
    return way


def _sayings(
    account: Account, way: Way, content: Content, fitter: Fitter, voices: Voices
) -> Iterator[Saying]:
    """One account's part in Korean, and those in its other languages. Raises `DoesNotFit`."""
    if account.network in NEEDS_PICTURE and not content.has_picture:
        raise DoesNotFit("그림 없이는 올릴 수 없는 계정입니다. 그림을 더해 주세요.")
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
    own_words = way is not Way.REPOST or account.disaster_role in LEADERS
    return [
        language
        for language in Language
        if language is Language.KO
        or (own_words and language in account.languages and language in content.texts)
    ]


def _refuse_echo(
    account: Account, said: list[Saying], heard: dict[tuple[Network, str], str]
) -> None:
    """Two accounts with the same words: the network would take the second for spam."""
    if account.network not in NO_ECHO:
        return
    own = {(account.network, words) for saying in said for words in (saying.text, saying.direct)}
    other = next((heard[words] for words in sorted(own) if words in heard), None)
    if other is not None:
        raise DoesNotFit(
            f"{other} 계정의 글과 같아집니다. 등록부에서 두 계정의 이름을 다르게 적어 주세요."
        )
    heard.update(dict.fromkeys(own, account.id))
