"""One look at a thing: what it is and what today's rules see in it, for each kind that rules look at.

The table of kinds names these functions. Each takes a path, the configuration of the rules and the import graph.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ..kinds import CHECKPOINT, MODEL, Description
from ..observe.hub import HubName, named
from ..observe.script.imports import ImportGraph
from .base import Examination
from .config import RuleConfig
from .engine import examine_checkpoint, examine_dataset, examine_datasets, examine_script, examine_settings

if TYPE_CHECKING:
    from ..observe.checkpoint.profile import CheckpointProfile
    from ..observe.dataset.profile import DatasetProfile

Look = tuple[Description, Examination]


def script(path: Path, config: RuleConfig, graph: ImportGraph) -> Look:
    """A script, with the modules that it imports from elsewhere in its profile."""
    from ..observe.script.profile import describe

    profile = graph.told.get(path) if graph.told else None
    profile = profile or describe(graph.sources.read(path), config.root)
    if graph.told is not None:
        graph.told[path] = profile
    examination = examine_script(path, config.root, graph, config)
    said = profile.as_dict() | {"external": list(graph.external(path))}
    return Description(said, profile.problem), examination


def dataset(path: Path, config: RuleConfig, graph: ImportGraph) -> Look:
    """A data set, whose rows are read once for both."""
    return _look(*examine_dataset(path, config))


def datasets(paths: Sequence[Path], config: RuleConfig, graph: ImportGraph) -> dict[Path, Look]:
    """Those of many data sets that can be read together, each as it would be alone."""
    return {path: _look(*seen) for path, seen in examine_datasets(paths, config).items()}


def _look(profile: DatasetProfile, examination: Examination) -> Look:
    return Description(profile.as_dict(), "; ".join(profile.problems)), examination


def checkpoint(path: Path, config: RuleConfig, graph: ImportGraph) -> Look:
    """A checkpoint, or a model, which is whole and shows no trace of a training."""
    from ..observe.checkpoint.profile import describe_checkpoint, digest_weights

    weights = digest_weights(path)
    profile = replace(describe_checkpoint(path), tensors=weights.tensors)
    is_trained = profile.step or profile.training or profile.state_files or profile.shards
    is_model = profile.form in ("full", "gguf") and not is_trained
    examination = examine_checkpoint(path, profile, config)
    kind = MODEL if is_model else CHECKPOINT
    problem = "; ".join(profile.problems)
    names = [name.as_dict() for name in _made_from(profile, (config.root, path.parent))]
    said = profile.as_dict() | {"names": names}
    return Description(said, problem, kind, weights.whole), examination


def _made_from(profile: CheckpointProfile, folders: Sequence[Path]) -> Iterator[HubName]:
    """The names of the Hub that a checkpoint gives for what it was made from: the parents of a merge, else its base."""
    if merge := profile.merge:
        stated = [(one.name, one.revision, "merged", merge.stated_in) for one in merge.parents]
    else:
        base = profile.base
        stated = [(base.name, base.revision, "base", base.stated_in)] if base else []
    for name, revision, role, file in stated:
        if found := named(name, folders, old=True):
            yield HubName(found.name, MODEL, role, revision or found.revision, None, file)


def settings(path: Path, config: RuleConfig, graph: ImportGraph) -> Look:
    """Settings, which are parsed once for both."""
    from ..observe.settings.profile import describe, read_settings

    file = read_settings(path, config.root)
    profile = describe(file)
    return Description(profile.as_dict(), profile.problem), examine_settings(file, config)
