"""How each account says whose it is."""

from itertools import chain

from registry.model import Account, DisasterRole, Network, Registry
from rules.bulletin import BulletinKind, Content, Language
from rules.bulletin_area import translated
from rules.fitting import Voice

#: Whoever leads is asked in this order.
LEADERS = (DisasterRole.LEAD, DisasterRole.DEPUTY)
#: These take the same words from two accounts for spam.
NO_ECHO = frozenset({Network.X})

_NO_LINKS = frozenset({Network.INSTAGRAM})  # an address in a text leads nowhere
#: A district says that it is concerned where something is to be done.
_CONCERNS = frozenset({BulletinKind.ALERT, BulletinKind.UPDATE, BulletinKind.CORRECTION})


class Voices:
    """How each account says whose it is: no two of a network alike.

    The city's own voice, without a name before it, is the leaders' and their office's; on each
    network one account has it.
    """

    def __init__(self, content: Content, registry: Registry, carriers: list[Account]) -> None:
        self._content, self._registry = content, registry
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

    def of(self, account: Account, language: Language, *, linked: bool = False) -> Voice:
        """How it says this message; `linked`: with the address of the lead's post."""
        is_city = account.id in self._city_itself
        # several districts with the city's description would be one text said again and again
        brief = (
            linked and account.network in NO_ECHO and account.disaster_role is DisasterRole.LOCAL
        )
        return Voice(
            name="" if is_city else self._names[account.id, language],
            local=self._local(account) if language is Language.KO else "",
            linked=linked,
            brief=brief,
            clickable=account.network not in _NO_LINKS,
        )

    @staticmethod
    def _choose_city_itself(carriers: list[Account]) -> frozenset[str]:
        leaders = [account for account in carriers if account.disaster_role in LEADERS]
        offices = {leader.office for leader in leaders}
        ours = (
            a for a in carriers if a.office in offices and a.disaster_role is not DisasterRole.LOCAL
        )
        first: dict[Network, str] = {}
        for account in chain(leaders, ours):
            first.setdefault(account.network, account.id)
        return frozenset(first.values())

    def _name(self, account: Account, language: Language) -> str:
        is_local = account.disaster_role is DisasterRole.LOCAL
        office = self._registry.offices.get(account.office) if is_local else None
        korean = office.name if office else account.name
        if language is Language.KO:
            name = korean
        else:
            name = (office and translated(language, office)) or account.handle or korean
        return name.replace("[", "(").replace("]", ")").strip()

    def _local(self, account: Account) -> str:
        office = self._registry.offices.get(account.office)
        if account.disaster_role is not DisasterRole.LOCAL or office is None:
            return ""
        if office.name in self._area and self._content.kind in _CONCERNS:
            return f"{office.name}도 해당 지역입니다."
        return f"{office.name}에서 함께 알립니다."
