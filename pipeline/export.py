"""Merge an adapter into the base that it was trained on, as an ordinary model folder, in a run of its own.

Training on top of an adapter starts here: with a policy that was merged only in memory, a trainer reloads its reference
from the path of the base, which is another model.
"""

from __future__ import annotations

from pathlib import Path

from ..registry.errors import UsageError
from ..registry.gate import CleanModel, Gate
from ..registry.store import Store
from .loading import LoadSettings, load
from .recording import recorded

ADAPTER = "adapter"


def export(store: Store, adapter: Path, output: Path, settings: LoadSettings | None = None) -> Path:
    """Write the model that an adapter makes of its base; returns the folder.

    Raises GateRefusal for an adapter or a base that is not clean, UsageError for a model that is no adapter.
    """
    with recorded(store, __file__, inputs={ADAPTER: adapter}, params={}) as run:
        clean = run.inputs[ADAPTER]
        if not isinstance(clean, CleanModel) or clean.base is None:
            raise UsageError(f"{clean.name} is no adapter, so there is nothing to merge", "Use it as it is.")
        folder = run.output(output)
        loaded = load(clean, settings)
        merged = loaded.model.merge_and_unload(safe_merge=True)  # type: ignore[operator]
        merged.save_pretrained(folder)
        loaded.tokens.tokenizer.save_pretrained(folder)
    return folder


def merged_model(store: Store, model: Path) -> Path:
    """A path to train from: the model itself, or for an adapter `<its folder>-merged`, made where it is not there."""
    gate = Gate(store)
    version = gate.identify(model)[1]
    if gate.bases_of(version) is None:
        return model
    output = model.with_name(f"{model.name}-merged")
    if output.exists() and _is_merged_from(store, gate.identify(output)[1], version):
        return output
    return export(store, model, output)


def _is_merged_from(store: Store, merged: str, adapter: str) -> bool:
    """Whether these bytes are on record as what an adapter was merged into."""
    sql = """SELECT 1 FROM run_output o JOIN run_input i ON i.run_id = o.run_id
             WHERE o.version_id = ? AND i.version_id = ? AND i.role = ?"""
    return store.database.one(sql, [merged, adapter, ADAPTER]) is not None
