"""What one test's store has compiled, kept for the next one's."""

from sqlalchemy import Dialect
from sqlalchemy.util import LRUCache

from store.engine import Store

_COMPILED: dict[str, tuple[Dialect, LRUCache[object, object]]] = {}


def experienced(store: Store) -> Store:
    """The store, knowing the statements that other tests' stores have compiled.

    SQLAlchemy keeps them for each engine, and a test's own engine would compile all anew.
    """
    engine = store.engine
    if engine.dialect.name not in _COMPILED:
        engine.connect().close()  # the dialect asks the database what it can do
        _COMPILED[engine.dialect.name] = engine.dialect, LRUCache(1_000)
    engine.dialect, compiled = _COMPILED[engine.dialect.name]
    engine.update_execution_options(compiled_cache=compiled)
    return store
