"""A draft becomes a registry, or the list of everything that is wrong with it."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from registry import account_rules, city_rules, office_rules, references
from registry.draft import Draft
from registry.mistakes import Mistake, RegistryError, suggestion, whole
from registry.model import City, Registry
from registry.rows import Book, add
from registry.sheets import SHEETS

Rule = Callable[[Book], Iterator[Mistake]]

RULES: Sequence[Rule] = (
    references.repeated,
    references.repeated_handles,
    references.unknown,
    city_rules.city_keys,
    account_rules.servers,
    account_rules.flagships,
    account_rules.stand_ins,
    account_rules.personal_accounts,
    account_rules.one_lead,
    account_rules.languages,
    account_rules.no_drills,
    office_rules.managers,
    office_rules.required_roles,
    office_rules.one_name,
    office_rules.translated_names,
)
DOUBTS: Sequence[Rule] = (office_rules.few_examples,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """The verdict: `registry` is there exactly when there are no mistakes."""

    registry: Registry | None
    mistakes: tuple[Mistake, ...]
    warnings: tuple[Mistake, ...]

    def accepted(self) -> Registry:
        """The registry. Raises `RegistryError` with every mistake."""
        if self.registry is None:
            raise RegistryError(self.mistakes)
        return self.registry


def check(draft: Draft) -> Checked:
    """Check everything and collect all mistakes; warnings stop nothing."""
    book = Book(mistakes=list(draft.mistakes))
    book.mistakes += _sheets(draft)
    for table in draft.tables:
        if table.sheet in SHEETS:
            add(book, table)
    for rule in RULES:
        book.mistakes += rule(book)
    for doubt in DOUBTS:
        book.warnings += doubt(book)
    return Checked(
        registry=None if book.mistakes else _registry(book),
        mistakes=tuple(book.mistakes),
        warnings=tuple(book.warnings),
    )


def _sheets(draft: Draft) -> Iterator[Mistake]:
    """Sheets that should not be there, and those that should."""
    there = [table.sheet for table in draft.tables]
    missing = [name for name in SHEETS if name not in there and name not in draft.unread]
    for table in draft.tables:
        if table.sheet not in SHEETS:
            right = f"{suggestion(table.title, missing or list(SHEETS))} 아니면 지우세요."
            yield whole(table.title, "", "모르는 시트입니다.", right)
    for name in missing:
        yield whole(
            name,
            "",
            f"이 시트({SHEETS[name].title})가 없습니다.",
            "내보낸 파일의 시트를 지우지 마세요. 내용이 없으면 제목 줄만 두세요.",
        )


def _registry(book: Book) -> Registry:
    rows = {name: _built(book, name) for name in SHEETS if SHEETS[name].row}
    city: dict[str, Any] = {entry.get("key"): entry.get("value") for entry in book.of("city")}
    return Registry(
        city=City(**city),
        accounts={account.id: account for account in rows["accounts"]},
        offices={office.id: office for office in rows["offices"]},
        staff=tuple(rows["staff"]),
        hashtags=tuple(rows["hashtags"]),
        days_off=tuple(rows["days_off"]),
        examples=tuple(rows["examples"]),
    )


def _built(book: Book, name: str) -> list[Any]:
    """The table's rows as what they are; columns and fields have the same names."""
    row = SHEETS[name].row
    return [row(**entry.values) for entry in book.of(name)] if row else []
