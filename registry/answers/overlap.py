"""Compare training data with evaluations, and put every answer on record for the gate.

Both sides are known: training data is what checkpoints were made from or what has its shape; an evaluation is what is
registered as one, has its shape or is called one (val, test, dev, eval…). A pair that was compared under today's rules
is not compared again. Refuses to record an answer about a file that changed while it was read.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import product
from typing import TYPE_CHECKING, Any

from ..errors import FileChanged, NotRecorded, UsageError
from ..facts.kinds import kinds_of
from ..facts.names import Names
from ..facts.query import ArtifactRow, artifacts, graph_above, whole_graph
from ..facts.reading.findings import examined
from ..facts.splits import MARK, resolve_split, split_of, whole_of
from ..facts.store import Batch, Store
from ..hashing import canonical_json, digest_bytes
from ..kinds import CHECKPOINT, DATASET, family_of
from ..observe.dataset.schema import SchemaClass
from ..overlap import OverlapReport, Texts, texts_of_file
from ..overlap.named import is_record_name
from ..overlap.texts import asks
from ..recording.locate import locate
from ..recording.scan import scan
from ..rules.base import Unchecked
from ..standing.evaluations import evaluations_among
from ..standing.exposure import examiner, ruleset, trained_on
from .comparison import Compared, Comparison

if TYPE_CHECKING:
    from ..overlap.semantic import Encoder, Suspicions

    Answer = OverlapReport | Suspicions

TRAINING = frozenset(
    (
        SchemaClass.PROMPT_COMPLETION,
        SchemaClass.CHAT,
        SchemaClass.PREFERENCE,
        SchemaClass.UNPAIRED,
        SchemaClass.REWARDED,
        SchemaClass.STEPWISE,
        SchemaClass.RANKED,
        SchemaClass.RETRIEVAL,
        SchemaClass.TEXT,
        SchemaClass.LABELLED,
        SchemaClass.INSTRUCTIONS,  # what is trained on by reinforcement
    )
)
SEMANTIC = "semantic"
KEPT = 20  # pairs of rows that go on record with a comparison
ANSWER = (
    *("verdict", "coverage", "rows", "items", "overlapping", "phrases", "boilerplate", "not_judged", "results"),
    "problems",
)  # of an OverlapReport


@dataclass(frozen=True)
class Sides:
    """What there is to compare: training sets by version, evaluations, and upstream versions that are not here."""

    training: Sequence[ArtifactRow]
    evaluations: Sequence[ArtifactRow]
    absent: Sequence[str]


def compare(
    store: Store,
    train: Sequence[str] = (),
    against: Sequence[str] = (),
    encode: Encoder | None = None,
    *,
    every: bool = False,
) -> Compared:
    """Scan, compare what has not been compared, record it, and answer from the record.

    `train` and `against` are names or paths that replace what the registry would choose; `encode` also looks for
    paraphrases; `every` answers with all pairs of rows, for which the files are read again, since only the first go on
    record. Raises NotRecorded when there is nothing to compare, FileChanged when a file changes meanwhile.
    """
    scan(store)
    sides = _sides(store, train, against)
    by_words = _by_words()
    by_meaning = _by_meaning(encode) if encode else None
    fresh = _record(store, sides, by_words)
    if by_meaning:
        _record(store, sides, by_meaning)
    words = _details(store, by_words, sides)
    meaning = _details(store, by_meaning, sides) if by_meaning else {}
    if every:
        _with_every_match(store, sides, by_words, words)
        _with_every_match(store, sides, by_meaning, meaning)
    comparisons = [
        Comparison.recorded(
            words[row.id, evaluation.id],
            meaning[row.id, evaluation.id] if by_meaning else None,
            training=row,
            evaluation=evaluation,
            known=(row.id, evaluation.id) not in fresh,
        )
        for row, evaluation in product(sides.training, sides.evaluations)
    ]
    return Compared(comparisons, sides.absent, every)


def _with_every_match(
    store: Store, sides: Sides, method: _Method | None, details: dict[tuple[str, str], dict[str, Any]]
) -> None:
    """Put all pairs in the place of the first ones, where there are more than went on record."""
    if method is None:
        return
    more = [pair for pair, detail in details.items() if len(detail["matches"]) == KEPT]
    for row in sides.training:
        evaluations = [one for one in sides.evaluations if (row.id, one.id) in more]
        for evaluation in evaluations:
            (answer,) = _compared(store, method, [row], [evaluation])
            details[row.id, evaluation.id]["matches"] = [asdict(match) for match in answer.matches]


def compare_trained_on(store: Store, version: str, evaluation: str) -> None:
    """Compare all that a model was trained on and that is here unchanged with one evaluation, where it was not yet."""
    project = store.project
    trained = trained_on(graph_above(store, [version])[0], version)
    rows = [
        row
        for row in artifacts(store, "a.kind = 'dataset'")
        if row.version in trained
        and (path := project.path_of(row.name)).exists()
        and locate(store, path).version == row.version
    ]
    _record(
        store, Sides(list({row.version: row for row in rows}.values()), [_named(store, evaluation)], ()), _by_words()
    )


def _sides(store: Store, train: Sequence[str], against: Sequence[str]) -> Sides:
    rows = [row for row in artifacts(store, "a.kind = 'dataset'", profiles=True) if row.version]
    asking = [_named(store, name) for name in against] or list(evaluations_among(store, rows))
    if not asking:
        remedy = "Name one with --against, or list patterns under `evaluations` in [tool.assay]."
        raise NotRecorded("no evaluation set is on record here", remedy)
    upstream = _upstream(store)
    judged = {row.id for row in asking}
    asked = {row.version for row in asking}
    chosen = [_named(store, whole_of(store, name)) for name in train] or [
        row
        for row in sorted(rows, key=lambda row: row.id not in judged)  # of two names for the same bytes, the last
        if row.version in upstream
        or (row.id not in judged and (row.version in asked or _may_be_trained_on(store, row)))
    ]
    found = {row.version: row for row in chosen if row.present}
    training = sorted(found.values(), key=lambda row: row.name)
    here = {row.version for row in rows if row.present}
    absent = [] if train else sorted({Names(store).of(version) for version in upstream - here})
    if not training:
        raise NotRecorded("no training data is here to compare", "Name a dataset with --train.")
    return Sides(training, asking, absent)


def _may_be_trained_on(store: Store, row: ArtifactRow) -> bool:
    """Whether a data set has the shape of training data, or one that is not known and asks something all the same."""
    schema = row.profile.get("schema")
    if schema in TRAINING:
        return True
    if schema != SchemaClass.UNKNOWN or not row.present or is_record_name(row.name):
        return False
    try:
        return asks(store.project.path_of(row.name))
    except OSError:
        return False


def _named(store: Store, name: str) -> ArtifactRow:
    row = resolve_split(store, name)
    if row.kind != "dataset" or not row.present:
        what = f"a {row.kind}" if row.kind != "dataset" else "not here"
        raise UsageError(f"{row.name} is {what}", "Name a dataset that lies in this project.")
    return row


def _upstream(store: Store) -> set[str]:
    """Every dataset version that a checkpoint or model was trained on."""
    graph = whole_graph(store)
    made = {version for version in graph.writers if version}
    trained = (id for id, kinds in kinds_of(store, made).items() if CHECKPOINT in map(family_of, kinds))
    ids = set().union(*(trained_on(graph, version) for version in trained))
    return {id for id, kinds in kinds_of(store, ids).items() if DATASET in kinds}


@dataclass(frozen=True)
class _Method:
    """A way to compare: who speaks in its examinations, under which rules, and what it answers for each pair."""

    examiner: Callable[[ArtifactRow], str]
    ruleset: Callable[[ArtifactRow], str]
    answers: Callable[[Iterable[Texts], Iterable[Texts]], Iterator[Answer]]


def _by_words() -> _Method:
    from ..overlap.compare import overlap

    return _Method(examiner, ruleset, overlap)


def _by_meaning(encode: Encoder) -> _Method:
    from ..overlap.semantic import PACKAGED_MODEL, THRESHOLD, suspicions

    return _Method(
        lambda evaluation: f"{SEMANTIC}:{evaluation.id}",
        lambda evaluation: digest_bytes(canonical_json([PACKAGED_MODEL, THRESHOLD, evaluation.version])),
        lambda training, evaluations: suspicions(training, evaluations, encode),
    )


def _record(store: Store, sides: Sides, method: _Method) -> set[tuple[str, str]]:
    """Compare what is not on record and write each training set's answers down as soon as they are in.

    Returns the (training, evaluation) artifact ids of the pairs that were compared.
    """
    fresh: set[tuple[str, str]] = set()
    for evaluations, training in _pending(store, sides, method):
        answers = _compared(store, method, training, evaluations)
        for row in training:
            try:
                found = [next(answers) for _ in evaluations]
            except OSError as error:
                raise UsageError(f"{row.name} cannot be compared: {error}", "Mend it, or name others.") from None
            for one in (row, *evaluations):
                if locate(store, store.project.path_of(one.name)).version != one.version:
                    raise FileChanged(f"{one.name} changed while it was compared", "Try again when it is done.")
            at = store.moment()
            with store.batch() as batch:
                for evaluation, answer in zip(evaluations, found, strict=True):
                    _add(batch, method, row, evaluation, answer, at)
            fresh |= {(row.id, evaluation.id) for evaluation in evaluations}
    return fresh


def _compared(
    store: Store, method: _Method, training: Sequence[ArtifactRow], evaluations: Sequence[ArtifactRow]
) -> Iterator[Answer]:
    """The answers for each pair, training sets outermost; a split is not compared with itself within its whole."""
    apart = split_of(evaluations[0])
    return method.answers(
        (_texts(store, row, without=apart if row.version == evaluations[0].version else "") for row in training),
        (_texts(store, row) for row in evaluations),
    )


def _texts(store: Store, row: ArtifactRow, without: str = "") -> Texts:
    """The rows of a data set; of the split that it stands for alone, or of all but one."""
    path = store.project.path_of(row.name.partition(MARK)[0] if split_of(row) else row.name)
    return texts_of_file(path, row.name, split_of(row), without)


def _pending(
    store: Store, sides: Sides, method: _Method
) -> Iterator[tuple[Sequence[ArtifactRow], Sequence[ArtifactRow]]]:
    """(evaluations, training sets) such that each of these pairs is not on record, training sets read once.

    A split is asked alone: what is trained on may be the rest of its data set.
    """
    groups: dict[tuple[str, ...], list[ArtifactRow]] = defaultdict(list)
    known = _details(store, method, sides)
    for row in sides.training:
        groups[tuple(one.id for one in sides.evaluations if (row.id, one.id) not in known)].append(row)
    for ids, training in groups.items():
        asked = [one for one in sides.evaluations if one.id in ids]
        whole = [one for one in asked if not split_of(one)]
        yield from ((part, training) for part in (whole, *([one] for one in asked if split_of(one))) if part)


def _details(store: Store, method: _Method, sides: Sides) -> dict[tuple[str, str], dict[str, Any]]:
    """What is on record under today's rules of each pair, by the artifact ids of both; nothing of other pairs."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    versions = {str(row.version) for row in sides.training}
    for evaluation in sides.evaluations:
        answers = examined(store, method.examiner(evaluation), method.ruleset(evaluation), versions)
        for row in sides.training:
            if answer := answers.get(str(row.version)):
                found[row.id, evaluation.id] = json.loads(answer.detail)
    return found


def _add(batch: Batch, method: _Method, row: ArtifactRow, evaluation: ArtifactRow, answer: Answer, at: str) -> None:
    if isinstance(answer, OverlapReport) and row.version == evaluation.version and not split_of(evaluation):
        answer = answer.of_same_bytes()
    detail: dict[str, Any] = {"evaluation_version": evaluation.version, "at": at, "matches": answer.matches[:KEPT]}
    unchecked: list[Unchecked] = []
    if isinstance(answer, OverlapReport):
        detail |= {name: getattr(answer, name) for name in ANSWER}
        unchecked += answer.unchecked()
    examination = batch.add(
        "examination",
        version_id=row.version,
        examiner=method.examiner(evaluation),
        ruleset=method.ruleset(evaluation),
        unchecked=canonical_json([[one.rule, one.why] for one in unchecked]).decode(),
        ignored="[]",
        detail=canonical_json(detail).decode(),
    )
    for finding in answer.findings():
        batch.add(
            "finding", examination_id=examination, version_id=row.version, scope=evaluation.id, **finding.as_dict()
        )
