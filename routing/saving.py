"""A router as bytes: arrays in an npz without pickle, the rest as JSON in it."""

import io
import json
import math
import zipfile
import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np

from routing.confidence import Mixer
from routing.gazetteer import PlaceRow
from routing.model import Figures, Router
from routing.ngrams import Vocabulary
from routing.place import Places

VERSION = 1


def to_bytes(router: Router) -> bytes:
    """Write a router; weights are rounded to half precision, which no decision notices."""
    facts = {
        "version": VERSION,
        "classes": router.classes,
        "trusted": router.trusted,
        "threshold": router.threshold if math.isfinite(router.threshold) else None,
        "figures": router.figures._asdict(),
        "places": [list(row) for row in router.places.rows],
    }
    file = io.BytesIO()
    np.savez_compressed(
        file,
        facts=np.frombuffer(json.dumps(facts, ensure_ascii=False).encode(), dtype=np.uint8),
        grams=router.vocabulary.grams,
        rarity=router.vocabulary.rarity,
        weights=router.weights.astype(np.float16),
        mix=router.mixer.mix,
        centre=router.mixer.centre,
        scale=router.mixer.scale,
        sureness=router.mixer.sureness,
    )
    return file.getvalue()


def from_bytes(content: bytes, places: Places | None = None) -> Router:
    """Read a router; raises ValueError for anything that is not one."""
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        facts = json.loads(arrays["facts"].tobytes())
        if facts["version"] != VERSION:
            raise ValueError(f"version {facts['version']}, this program reads {VERSION}")
        return _router(facts, arrays, places)
    except (
        KeyError,
        TypeError,
        ValueError,
        EOFError,
        OSError,
        zipfile.BadZipFile,
        zlib.error,
    ) as error:
        raise ValueError(f"not a trained router that can be read; train again: {error}") from error


def _router(
    facts: Mapping[str, Any], arrays: Mapping[str, np.ndarray], places: Places | None
) -> Router:
    weights = arrays["weights"].astype(np.float32)
    if weights.shape != (max(len(arrays["grams"]), 1), 2 * len(facts["classes"])):
        raise ValueError("its arrays do not belong together")
    threshold = facts["threshold"]
    return Router(
        tuple(facts["classes"]),
        tuple(facts["trusted"]),
        math.inf if threshold is None else float(threshold),
        Vocabulary(arrays["grams"], arrays["rarity"]),
        weights,
        Mixer(arrays["mix"], arrays["centre"], arrays["scale"], arrays["sureness"]),
        Figures(**facts["figures"]),
        places if places is not None else Places(PlaceRow(*row) for row in facts["places"]),
    )
