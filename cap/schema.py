"""What the schema says of an element, in a desk's words."""

from collections import Counter
from collections.abc import Iterator
from functools import cache
from itertools import islice, pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree.ElementTree import Element

from cap.model import NAMESPACE, Fault, numbered

if TYPE_CHECKING:
    from xmlschema import XMLSchema10
    from xmlschema.validators.exceptions import XMLSchemaValidationError

#: So many of the library's errors are looked at: a file of thousands must not cost minutes.
LOOKED_AT = 200

_XSI = "{http://www.w3.org/2001/XMLSchema-instance}"
SCHEMA = Path(__file__).with_name("schema.xsd")

#: By the type's or the element's name: what it should have been.
_RIGHT = {
    "Time": (
        "2026-12-03T14:30:00+09:00처럼 초까지 적고 시간대를 숫자로 붙입니다."
        " Z는 쓰지 않으며 UTC는 -00:00입니다."
    ),
    "language": "ko-KR, en-US, zh-CN, ja-JP와 같은 언어 부호를 적습니다.",
    "nonNegativeInteger": "0 이상의 정수를 적습니다.",
    "decimal": "숫자를 적습니다.",
    "anyURI": "인터넷 주소를 적습니다.",
}


@cache
def _schema() -> "XMLSchema10":
    from xmlschema import XMLSchema10  # takes a second to import, and most commands need no CAP

    return XMLSchema10(SCHEMA, allow="local", defuse="always")


def schema_faults(alert: Element) -> list[Fault]:
    """Everything that CAP's structure forbids in this element; empty where it is sound.

    Attributes that would steer the validator (`xsi:type`, `xsi:nil`, addresses of other schemas)
    are taken off the element first; the first two are faults.
    """
    from xmlschema import XMLSchemaException

    faults: dict[Fault, None] = dict.fromkeys(_steering(alert, "alert"))
    parents: set[Element] = set()
    try:
        errors = _schema().iter_errors(alert, use_location_hints=False)
        for error in islice(errors, LOOKED_AT):
            faults.update(dict.fromkeys(_faults(error, parents)))
    except XMLSchemaException as error:
        said = f"CAP 1.2 스키마로 읽을 수 없습니다 ({_short(str(error))})."
        faults[Fault("", "schema", said)] = None
    return list(faults)


def _steering(element: Element, where: str) -> Iterator[Fault]:
    for name in [name for name in element.attrib if name.startswith(_XSI)]:
        del element.attrib[name]
        if name.removeprefix(_XSI) in ("type", "nil"):
            yield Fault(where, "schema", _SIGNS["attribute not allowed"])
    for tag in dict.fromkeys(child.tag for child in element):
        for path, child in numbered(f"{where}/{_plain(tag)}", element.findall(tag)):
            yield from _steering(child, path)


def _faults(error: "XMLSchemaValidationError", parents: set[Element]) -> Iterator[Fault]:
    """`parents` are those whose children were told of already: once is enough for all of them."""
    from xmlschema import XMLSchemaChildrenValidationError

    if isinstance(error, XMLSchemaChildrenValidationError) and error.elem is not None:
        if error.elem not in parents:
            parents.add(error.elem)
            yield from _children(_plain(error.path or ""), error.elem, error.validator)
        return
    yield Fault(_plain(error.path or ""), "schema", _wrong(error))


def _children(where: str, parent: Element, group: Any) -> Iterator[Fault]:
    """All that is wrong among the children; the library itself stops at what comes first."""
    found = Counter(child.tag for child in parent)
    declared = {part.name: part for part in group if part.name}
    for tag in found:
        if tag not in declared and not any(_allows(part, tag) for part in group):
            yield Fault(f"{where}/{_plain(tag)}", "schema", _unknown(tag))
    for tag, part in declared.items():
        if found[tag] < part.min_occurs:
            yield Fault(f"{where}/{_plain(tag)}", "schema", "꼭 있어야 하는데 빠졌습니다.")
        if part.max_occurs is not None and found[tag] > part.max_occurs:
            said = f"{found[tag]}번 나옵니다. {part.max_occurs}번만 적을 수 있습니다."
            yield Fault(f"{where}/{_plain(tag)}", "schema", said)
    order = list(declared)
    places = [order.index(child.tag) for child in parent if child.tag in declared]
    for before, after in pairwise(places):
        if after < before:
            said = f"순서가 바뀌었습니다. {_plain(order[before])}보다 앞에 와야 합니다."
            yield Fault(f"{where}/{_plain(order[after])}", "schema", said)


def _allows(part: Any, tag: str) -> bool:
    return not part.name and bool(part.is_matching(tag))


def _unknown(tag: str) -> str:
    namespace = tag.rpartition("}")[0].lstrip("{")
    if namespace == NAMESPACE:
        return "CAP 1.2의 이 자리에 없는 요소입니다."
    return f"다른 이름공간(‘{namespace}’)의 요소는 여기에 둘 수 없습니다."


def _wrong(error: "XMLSchemaValidationError") -> str:
    value = f"‘{_short(error.obj)}’" if isinstance(error.obj, str) else "이 값"
    choices = getattr(error.validator, "enumeration", None)
    if choices:
        return f"{value}: 쓸 수 없는 값입니다. 가능한 값: {', '.join(map(str, choices))}."
    kind = _kind(error)
    if kind in _RIGHT:
        return f"{value}: 형식이 다릅니다. {_RIGHT[kind]}"
    reason = error.reason or ""
    for sign, said in _SIGNS.items():
        if sign in reason:
            return said
    return f"CAP 1.2 스키마에 맞지 않습니다 ({_plain(reason)})."


_SIGNS = {
    "attribute not allowed": "이 요소에는 속성을 붙일 수 없습니다.",
    "can't have child elements": "이 요소 안에는 글만 적습니다. 다른 요소를 넣을 수 없습니다.",
    "character data between child": "요소와 요소 사이에 글이 있습니다. 지워 주세요.",
}


def _kind(error: "XMLSchemaValidationError") -> str:
    """The simple type that was not met: that of the facet, or the type itself."""
    validator: Any = error.validator
    base = getattr(validator, "parent", None) if "Facet" in type(validator).__name__ else validator
    name = getattr(base, "local_name", None) or ""
    return "Time" if name == "dateTime" else name


def _short(value: str) -> str:
    value = " ".join(value.split())
    return value if len(value) <= 40 else value[:39] + "…"


def _plain(path: str) -> str:
    """`/{urn:...}alert/{urn:...}info[2]` → `alert/info[2]`."""
    pieces, rest = "", path
    while "{" in rest:
        before, _, rest = rest.partition("{")
        pieces += before
        rest = rest.partition("}")[2]
    return (pieces + rest).lstrip("/")
