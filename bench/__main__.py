"""`make bench`: every measurement, or those that are named: `make bench ARGS="mail store"`."""

import sys
from importlib import import_module

ALL = (
    "routing",
    "store",
    "joining",
    "deliver",
    "broadcast",
    "mail",
    "ledger",
    "networks",
    "collecting",
    "loop",
)


def main() -> None:
    names = sys.argv[1:] or ALL
    unknown = set(names) - set(ALL)
    if unknown:
        raise SystemExit(f"no such measurement: {', '.join(unknown)}; there are {', '.join(ALL)}")
    for name in names:
        arguments, sys.argv = sys.argv, [name]
        import_module(f"bench.{name}").main()
        sys.argv = arguments


if __name__ == "__main__":
    main()
