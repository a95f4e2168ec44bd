"""What the words of mails and messages may do: staff edit them, so their cost is bounded.

`docs/decisions/0008-what-words-may-do.md` says why the bound holds.
"""

from collections.abc import Callable, Iterator, Mapping
from time import monotonic
from typing import Any

from jinja2 import Environment, FileSystemLoader, Template, TemplateRuntimeError, nodes
from jinja2.exceptions import TemplateSyntaxError

#: Characters of one rendered text. A case of many long posts stays far below.
MOST = 10_000_000
#: Seconds that one text may take; a mail takes milliseconds.
LONGEST = 5.0
#: The folders of what staff edit; the pages are the center's code.
WORDS = ("mail/", "post/")

FILTERS = frozenset({"length", "trim", "first", "last", "upper", "lower"})
_STRUCTURE = (nodes.Template, nodes.Output, nodes.TemplateData, nodes.If, nodes.For)
_REUSE = (nodes.Block, nodes.Extends, nodes.FromImport, nodes.Macro, nodes.Call)
_VALUES = (nodes.Name, nodes.Const, nodes.Getattr, nodes.Getitem, nodes.Slice, nodes.Tuple)
_LOGIC = (nodes.Compare, nodes.Operand, nodes.And, nodes.Or, nodes.Not, nodes.CondExpr)
_SMALLER = (nodes.Filter, nodes.Sub, nodes.Neg)  # what none of a text's can make it longer
ALLOWED = frozenset((*_STRUCTURE, *_REUSE, *_VALUES, *_LOGIC, *_SMALLER))


class TooMuch(TemplateRuntimeError):
    """A text grew too long, or took too long, while it was made."""


class PlainLoader(FileSystemLoader):
    """Loads templates, and refuses words that are not plain before anything of them runs."""

    def get_source(
        self, environment: Environment, template: str
    ) -> tuple[str, str, Callable[[], bool]]:
        """As jinja2 has it. Raises `TemplateSyntaxError` with the line and what to do."""
        source, path, fresh = super().get_source(environment, template)
        if template.startswith(WORDS):
            try:
                tree = environment.parse(source, template, path)
            except RecursionError as error:
                raise TemplateSyntaxError("it is nested too deeply", 1, template, path) from error
            for line, what in _wrongs(tree):
                raise TemplateSyntaxError(what, line, template, path)
        return source, path, fresh


def render(template: Template, values: Mapping[str, Any]) -> str:
    """The text, made piece by piece. Raises `TooMuch`, and `TypeError` for a value that is no data."""
    for name, value in values.items():
        _check_data(name, value)
    pieces: list[str] = []
    size, ends = 0, monotonic() + LONGEST
    try:
        for piece in template.generate(values):
            size += len(piece)
            if size > MOST or monotonic() > ends:
                raise TooMuch(
                    f"{template.name} makes over {MOST} characters or {LONGEST} s of work"
                )
            pieces.append(piece)
    except RecursionError as error:
        raise TooMuch(f"{template.name} extends or imports itself") from error
    return "".join(pieces)


def _check_data(name: str, value: object) -> None:
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, list | tuple):
        for one in value:
            _check_data(name, one)
    elif not isinstance(value, str | int | float | None):
        raise TypeError(f"{name} holds a {type(value).__name__}; words get text and numbers only")


def _wrongs(tree: nodes.Template) -> Iterator[tuple[int, str]]:
    """Every place that could make more of its values than there is of them."""
    macros = _macros(tree)
    printed = {id(one) for output in tree.find_all(nodes.Output) for one in output.nodes}
    for node in tree.find_all(nodes.Node):
        kind = type(node).__name__
        if type(node) not in ALLOWED:
            yield node.lineno or 1, f"{kind} is not for words: give the finished value instead"
        elif isinstance(node, nodes.Filter) and node.name not in FILTERS:
            yield node.lineno, f"the filter {node.name} is not for words; there are {_of(FILTERS)}"
        elif isinstance(node, nodes.Call) and not (id(node) in printed and _calls(node, macros)):
            yield node.lineno, "call nothing but a macro, and only as {{ macro(values) }}"
        elif isinstance(node, nodes.Extends | nodes.FromImport) and not _of_ours(node):
            yield node.lineno, "extend and import from mail/ only, by name and without context"
        elif isinstance(node, nodes.Macro) and any(_inside(node, nodes.Call, nodes.Block)):
            yield node.lineno, f"the macro {node.name} may neither call anything nor hold a block"
        elif isinstance(node, nodes.For):
            yield from _wrong_loop(node)


def _wrong_loop(loop: nodes.For) -> Iterator[tuple[int, str]]:
    """A loop goes over a given list, and its body names only what this very loop gives.

    So a loop inside it walks on into the parts of an item, and all of them together visit
    each value once.
    """
    if not isinstance(loop.iter, nodes.Name | nodes.Getattr) or loop.recursive:
        yield loop.lineno, "loop over a given list only: {% for row in facts.rows %}"
    for node in _inside(loop, *_REUSE):
        yield node.lineno, f"{type(node).__name__} cannot stand in a loop"
    targets = (loop.target, *loop.target.find_all(nodes.Name))
    given = {target.name for target in targets if isinstance(target, nodes.Name)}
    for name in _read_in(loop):
        if name.name not in given:
            yield name.lineno, f"in this loop use only {_of(given)}, not {name.name}"


def _read_in(loop: nodes.For) -> Iterator[nodes.Name]:
    """The names that a loop's body reads; of loops inside it only what they go over."""
    parts = [*loop.body, *loop.else_, *([loop.test] if loop.test else [])]
    while parts:
        node = parts.pop()
        if isinstance(node, nodes.For):
            parts.append(node.iter)
        elif isinstance(node, nodes.Name):
            yield node
        else:
            parts.extend(node.iter_child_nodes())


def _inside(node: nodes.Node, *kinds: type[nodes.Node]) -> Iterator[nodes.Node]:
    return (found for kind in kinds for found in node.find_all(kind))


def _macros(tree: nodes.Template) -> frozenset[str]:
    """The macros of this file, and what it imports: files that are words hold nothing else."""
    found = {macro.name for macro in tree.find_all(nodes.Macro)}
    for imported in tree.find_all(nodes.FromImport):
        found |= {name if isinstance(name, str) else name[1] for name in imported.names}
    return frozenset(found)


def _calls(call: nodes.Call, macros: frozenset[str]) -> bool:
    plain = not (call.kwargs or call.dyn_args or call.dyn_kwargs)
    return plain and isinstance(call.node, nodes.Name) and call.node.name in macros


def _of_ours(node: nodes.Extends | nodes.FromImport) -> bool:
    named = isinstance(node.template, nodes.Const) and str(node.template.value).startswith("mail/")
    return named and not getattr(node, "with_context", False)


def _of(names: frozenset[str] | set[str]) -> str:
    return ", ".join(sorted(names))
