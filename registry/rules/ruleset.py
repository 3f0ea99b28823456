"""The name of what is checked today: the same rules, versions, parameters and exceptions have the same name."""

from __future__ import annotations

from typing import Any

from ..hashing import canonical_json, digest_bytes
from .config import RuleConfig

FOLLOWING = "imports 2"  # grows whenever imports of the same text may lead elsewhere


def ruleset(kind: str, config: RuleConfig) -> str:
    """The name of what is checked today for this kind: a digest over rules, versions, parameters and exceptions.

    For scripts also over the way imports are followed, so that scripts are looked at again when that changes.
    """
    if kind not in config.rulesets:
        rules = [[one.code, one.version, _plain(config.parameters.get(one.code, {}))] for one in config.selected(kind)]
        reasons = config.reasons_by_path()  # what contaminates is set aside for a path with a reason only
        more = [*([reasons] if reasons else []), *([FOLLOWING] if kind == "script" else [])]
        config.rulesets[kind] = digest_bytes(canonical_json([rules, _plain(config.per_path), *more]))
    return config.rulesets[kind]


def _plain(value: Any) -> Any:
    """The value with sets sorted and tuples as lists, so that equal configurations have equal JSON."""
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, set | frozenset):
        return sorted(map(str, value))
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else value
