"""The one table of all rules: ours by name, users' by entry point.

What decides whether a thing must be examined again (code, kinds, version) is in the table itself, so that commands that
only ask "is this still today's ruleset?" import no rule. A test holds that the table and the rules agree.

A user's package adds rules with `[project.entry-points."assay.rules"]`, each naming a subclass of a rule shape. A rule
that cannot be loaded, or takes a code that is in use, is an error: running fewer rules would call things clean.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

from ..errors import UsageError
from .plugged import entry_points

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

    from .base import Rule

GROUP = "assay.rules"
SCRIPT = ("script",)
DATASET = ("dataset",)
WEIGHTS = ("checkpoint", "model")
SETTINGS = ("settings",)


@dataclass(frozen=True)
class Listed:
    """A rule that is not loaded yet: its code, the kinds of artifact it applies to, its version, and where it is."""

    code: str
    kinds: tuple[str, ...]
    version: int
    where: str
    only_warns: bool = False

    def load(self) -> type[Rule]:
        """The rule's class."""
        return _loaded(self.where)


@cache
def _loaded(where: str) -> type[Rule]:
    module, _, name = where.partition(":")
    package = __package__ if module.startswith(".") else None
    rule: type[Rule] = getattr(import_module(module, package), name)
    return rule


OURS = (
    Listed("AS100", SCRIPT, 1, ".script.ignore_without_reason:IgnoreWithoutReason"),
    Listed("AS101", SCRIPT, 4, ".script.chat_template_guard:ChatTemplateGuard"),
    Listed("AS102", SCRIPT, 1, ".script.template_on_base:TemplateOnBase"),
    Listed("AS103", SCRIPT, 2, ".script.special_tokens_default:SpecialTokensDefault"),
    Listed("AS104", SCRIPT, 3, ".script.no_seed:NoSeed"),
    Listed("AS105", SCRIPT, 3, ".script.absolute_path:AbsolutePath"),
    Listed("AS106", SCRIPT, 3, ".script.no_provenance_written:NoProvenanceWritten"),
    Listed("AS107", SCRIPT, 3, ".script.unpinned_revision:UnpinnedRevision"),
    Listed("AS108", SCRIPT, 2, ".script.remote_code:RemoteCode"),
    Listed("AS109", SCRIPT, 2, ".script.evaluates_training_data:EvaluatesTrainingData"),
    Listed("AS110", SCRIPT, 2, ".script.length_as_success:LengthAsSuccess"),
    Listed("AS111", SCRIPT, 2, ".script.computed_import:ComputedImport"),
    Listed("AS113", SCRIPT, 1, ".script.trains_on_test:ScriptTrainsOnTest"),
    Listed("AS201", DATASET, 6, ".dataset.template_tokens:TemplateTokens"),
    Listed("AS202", DATASET, 1, ".dataset.template_token_ids:TemplateTokenIds"),
    Listed("AS203", DATASET, 4, ".dataset.leftover_delimiters:LeftoverDelimiters"),
    Listed("AS204", DATASET, 3, ".dataset.runaway_text:RunawayText"),
    Listed("AS205", DATASET, 3, ".dataset.unfilled_placeholders:UnfilledPlaceholders"),
    Listed("AS206", DATASET, 3, ".dataset.refusals:Refusals"),
    Listed("AS207", DATASET, 2, ".dataset.exact_duplicates:ExactDuplicates"),
    Listed("AS208", DATASET, 3, ".dataset.near_duplicates:NearDuplicates"),
    Listed("AS209", DATASET, 2, ".dataset.empty_answers:EmptyAnswers"),
    Listed("AS210", DATASET, 2, ".dataset.cut_answers:CutAnswers"),
    Listed("AS211", DATASET, 2, ".dataset.equal_preferences:EqualPreferences"),
    Listed("AS212", DATASET, 4, ".dataset.missing_fields:MissingFields"),
    Listed("AS213", DATASET, 2, ".dataset.encoding_damage:EncodingDamage"),
    Listed("AS214", DATASET, 2, ".dataset.no_provenance:NoProvenance"),
    Listed("AS215", DATASET, 1, ".dataset.label_skew:LabelSkew"),
    Listed("AS216", DATASET, 2, ".dataset.length_skew:LengthSkew"),
    Listed("AS217", DATASET, 1, ".dataset.pointer_file:PointerFile"),
    Listed("AS218", DATASET, 1, ".dataset.instructions_only:InstructionsOnly"),
    Listed("AS219", DATASET, 1, ".dataset.damaged_file:DamagedFile"),
    Listed("AS220", DATASET, 1, ".dataset.turn_order:TurnOrder"),
    Listed("AS221", DATASET, 1, ".dataset.tool_calls:ToolCalls"),
    Listed("AS222", DATASET, 1, ".dataset.unfinished_reasoning:UnfinishedReasoning"),
    Listed("AS223", DATASET, 1, ".dataset.label_type:LabelType"),
    Listed("AS224", DATASET, 1, ".dataset.named_files:NamedFiles"),
    Listed("AS301", WEIGHTS, 1, ".checkpoint.pickled_weights:PickledWeights"),
    Listed("AS302", WEIGHTS, 1, ".checkpoint.pickle_runs_code:PickleRunsCode"),
    Listed("AS303", WEIGHTS, 1, ".checkpoint.base_not_bound:BaseNotBound"),
    Listed("AS304", WEIGHTS, 1, ".checkpoint.chat_template_on_base:ChatTemplateOnBase"),
    Listed("AS305", WEIGHTS, 1, ".checkpoint.vocabulary_mismatch:VocabularyMismatch"),
    Listed("AS306", WEIGHTS, 1, ".checkpoint.eos_mismatch:EosMismatch"),
    Listed("AS307", WEIGHTS, 1, ".checkpoint.adapter_not_finite:AdapterNotFinite"),
    Listed("AS308", WEIGHTS, 1, ".checkpoint.adapter_untrained:AdapterUntrained"),
    Listed("AS309", WEIGHTS, 2, ".checkpoint.missing_weights:MissingWeights"),
    Listed("AS310", WEIGHTS, 1, ".checkpoint.unreadable:UnreadableFile"),
    Listed("AS311", WEIGHTS, 1, ".checkpoint.empty_tensors:EmptyTensors"),
    Listed("AS312", WEIGHTS, 2, ".checkpoint.adapter_does_not_fit:AdapterDoesNotFit"),
    Listed("AS501", SETTINGS, 1, ".settings.unpinned_name:UnpinnedName"),
    Listed("AS502", SETTINGS, 1, ".settings.remote_code:SettingsRemoteCode"),
    Listed("AS503", SETTINGS, 1, ".settings.one_machine:OneMachine"),
    Listed("AS504", SETTINGS, 1, ".settings.trains_on_test:TrainsOnTest"),
)

KEPT = "kept"  # the parameter of a rule of style that says whether the house keeps it
HOUSE_RULES = frozenset(("AS101",))  # rules that have it

ONLY_WARN = frozenset(
    (
        *("AS100", "AS102", "AS103", "AS104", "AS105", "AS106", "AS107", "AS108", "AS109", "AS110", "AS111"),
        *("AS206", "AS207", "AS208", "AS209", "AS210", "AS211", "AS212", "AS213", "AS214", "AS215", "AS216"),
        *("AS218", "AS219", "AS220", "AS221", "AS222", "AS223", "AS224", "AS301", "AS303", "AS304", "AS306", "AS308"),
        *("AS501", "AS502", "AS503"),
    )
)


@cache
def all_rules() -> Mapping[str, Listed]:
    """Code → rule, ours and users', sorted by code. Raises UsageError naming a user's rule that does not fit."""
    found = {rule.code: replace(rule, only_warns=rule.code in ONLY_WARN) for rule in OURS}
    for entry in entry_points(group=GROUP):
        rule = _users(entry)
        if found.setdefault(rule.code, rule) != rule:
            raise UsageError(f"{entry.value} uses the code {rule.code}, which is taken", _remedy(entry))
    return dict(sorted(found.items()))


def _users(entry: EntryPoint) -> Listed:
    from .base import Rule, Severity

    try:
        rule = entry.load()
    except Exception as error:  # whatever someone else's import raises
        why = f"{type(error).__name__}: {error}"
        raise UsageError(f"rule {entry.name} cannot be loaded: {why}", _remedy(entry)) from error
    if not (isinstance(rule, type) and issubclass(rule, Rule) and hasattr(rule, "code")):
        raise UsageError(f"{entry.value} is not a rule: it must be a subclass of Rule with a code", _remedy(entry))
    return Listed(rule.code, rule.kinds, rule.version, entry.value, rule.severity is not Severity.CONTAMINATES)


def _remedy(entry: EntryPoint) -> str:
    return f"Mend or uninstall the package that provides {entry.value}."
