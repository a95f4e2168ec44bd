"""How tall a mail is, so that its frame shows all of it.

The frame may run no script and is a stranger to our page, so nobody can measure inside it, and
that stays so. The height is reckoned from the HTML instead: rather too tall than cut.
"""

from html.parser import HTMLParser
from math import ceil

#: Pixels, as the city's mails are laid out: 640 wide with 40 on either side.
WIDTH = 560
NARROW = 400  # the second column of a table
LETTER = 16
LINE = 26
GAP = 18  # above a block
PICTURE = 440
FRAME = 160  # the margins around it all
TALLEST = 20_000

BLOCKS = frozenset(
    [
        "address",
        "article",
        "blockquote",
        "div",
        "dl",
        "dt",
        "dd",
        "figure",
        "footer",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hr",
        "li",
        "ol",
        "p",
        "pre",
        "section",
        "table",
        "tr",
        "ul",
    ]
)
UNSEEN = frozenset({"head", "script", "style", "title"})


class _Reckoning(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.height = FRAME
        self._text: list[str] = []
        self._unseen = 0
        self._in_row = False

    def handle_starttag(self, tag: str, _attrs: list[tuple[str, str | None]]) -> None:
        self._unseen += tag in UNSEEN
        if tag == "img":
            self.height += PICTURE
        elif tag == "br":
            self._text.append("\n")
        if tag in BLOCKS:
            self.close_block()
            self._in_row = tag == "tr"

    def handle_endtag(self, tag: str) -> None:
        self._unseen = max(0, self._unseen - (tag in UNSEEN))
        if tag in BLOCKS:
            self.close_block()

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            self._text.append(data)

    def close_block(self) -> None:
        """Add what the block that ends here takes."""
        lines = [line for line in "".join(self._text).splitlines() if line.strip()]
        self._text = []
        across = (NARROW if self._in_row else WIDTH) // LETTER
        if lines:
            self.height += GAP + LINE * sum(ceil(len(line.strip()) / across) for line in lines)


def height(html: str) -> int:
    """Pixels that a mail needs, reckoned on the safe side."""
    found = _Reckoning()
    found.feed(html)
    found.close_block()
    return min(found.height, TALLEST)
