"""What everyone asks a registry."""

from registry.model import Account, Network, Office, OfficeKind, Registry, Role, Staff


def flagship(registry: Registry, network: Network) -> Account | None:
    """The active flagship account of a network; None where it has none."""
    flagships = (
        account
        for account in registry.accounts.values()
        if account.flagship and account.active and account.network == network
    )
    return next(flagships, None)


def answering_account(registry: Registry, account: Account) -> Account | None:
    """The account that writes the reply to what came in on `account`.

    That is `answers_as`; else the account itself; for a personal account, or one closed since,
    the flagship of its network. None: nobody can answer there, a person must.
    """
    if account.answers_as:
        return registry.accounts.get(account.answers_as)
    if account.active and not account.personal:
        return account
    return flagship(registry, account.network)


def active_accounts(registry: Registry) -> list[Account]:
    """The accounts that are collected from."""
    return [account for account in registry.accounts.values() if account.active]


def administrators(registry: Registry) -> list[Staff]:
    """Those who trigger in a disaster, and approve."""
    return [person for person in registry.staff if person.role is Role.ADMINISTRATOR]


def districts(registry: Registry) -> list[Office]:
    """The offices that are districts."""
    return [o for o in registry.offices.values() if o.kind is OfficeKind.DISTRICT]


def entries_of(registry: Registry, email: str) -> list[Staff]:
    """Every role an address holds at every office; capitals do not matter."""
    return [person for person in registry.staff if person.email == email.strip().lower()]


def called(registry: Registry, email: str) -> str:
    """The name of who has this address; the address itself, of someone no longer there."""
    entries = entries_of(registry, email)
    return entries[0].name if entries else email


def roles_of(registry: Registry, email: str) -> frozenset[Role]:
    """The roles an address holds anywhere; empty for a stranger."""
    return frozenset(person.role for person in entries_of(registry, email))
