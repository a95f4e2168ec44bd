"""Bytes from outside → one XML element; nothing in them is followed, fetched or unfolded."""

import re
from xml.etree.ElementTree import Element, ParseError, TreeBuilder

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from cap.model import NAMESPACE, CapRefused, Fault

MB = 2**20
LARGEST = MB  # the file; one with eight languages and a city's outline has some 60 KB
DEEPEST = 16  # elements within elements; CAP has 5, a signature up to 10
ELEMENTS = 5_000  # in all; 25 districts in four languages make some 500
ATTRIBUTES = 20  # on one element; CAP has none, and tens of thousands cost minutes

_DECLARED = re.compile(r"""\s*<\?xml[^>]*?encoding\s*=\s*["']([^"']*)["']""")
_READ = ("utf-8", "utf8", "us-ascii", "ascii")


def parse(data: bytes) -> Element:
    """The `alert` element of CAP 1.2, not validated yet.

    Raises `CapRefused` for what is too large or too deep, not UTF-8, not XML, has a DTD, or
    belongs to another namespace. Comments and processing instructions are passed over.
    """
    if len(data) > LARGEST:
        raise _refused("size", "파일이 너무 큽니다. 1 MB까지 받습니다.")
    root = _element(_text(data))
    namespace, _, name = root.tag.rpartition("}")
    namespace = namespace.lstrip("{")
    if namespace != NAMESPACE:
        found = f"‘{namespace}’입니다" if namespace else "없습니다"
        said = f"이름공간이 {found}. CAP 1.2({NAMESPACE}) 파일만 받습니다."
        raise _refused("namespace", said)
    if name != "alert":
        raise _refused("root", f"맨 바깥 요소가 ‘{name}’입니다. alert이어야 합니다.")
    return root


def _text(data: bytes) -> str:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _refused("encoding", "UTF-8이 아닙니다. UTF-8로 저장해 주세요.") from error
    if "\0" in text:
        raise _refused("encoding", "널 문자가 있습니다. UTF-8 XML로 다시 저장해 주세요.")
    declared = _DECLARED.match(text)
    if declared and declared[1].lower() not in _READ:
        said = f"첫 줄의 encoding이 ‘{declared[1]}’입니다. UTF-8로 저장해 주세요."
        raise _refused("encoding", said)
    if not text.strip():
        raise _refused("empty", "빈 파일입니다.")
    return text


class _TooMuch(Exception):
    """More, or deeper, than any alert."""


class _Bounded(TreeBuilder):
    """Builds the tree, and gives up before a hostile one costs anything."""

    def __init__(self) -> None:
        super().__init__()
        self._depth = 0
        self._elements = 0

    def start(self, tag: str, attrs: dict[str, str], /) -> Element:
        self._depth += 1
        self._elements += 1
        if self._depth > DEEPEST:
            raise _TooMuch(f"요소가 {DEEPEST}겹보다 깊습니다.")
        if self._elements > ELEMENTS:
            raise _TooMuch(f"요소가 {ELEMENTS:,}개보다 많습니다.")
        if len(attrs) > ATTRIBUTES:
            raise _TooMuch(f"한 요소에 속성이 {ATTRIBUTES}개보다 많습니다.")
        return super().start(tag, attrs)

    def end(self, tag: str, /) -> Element:
        self._depth -= 1
        return super().end(tag)


def _element(text: str) -> Element:
    parser = DefusedXMLParser(
        target=_Bounded(), forbid_dtd=True, forbid_entities=True, forbid_external=True
    )
    try:
        parser.feed(text)
        root: Element = parser.close()
    except DefusedXmlException as error:
        said = "DTD나 개체(ENTITY) 선언이 있습니다. 지우고 글자를 그대로 적어 주세요."
        raise _refused("dtd", said) from error
    except _TooMuch as error:
        raise _refused("size", str(error)) from error
    except ParseError as error:
        line, column = error.position
        said = f"XML이 깨졌습니다: {line}번째 줄 {column + 1}번째 글자 ({error.msg})."
        raise _refused("xml", said) from error
    return root


def _refused(rule: str, said: str) -> CapRefused:
    return CapRefused((Fault("", rule, said),))
