"""Today's rulesets: for each kind of artifact, the name of the rules, versions and parameters that apply now."""

from __future__ import annotations

from ..facts.query import Rulesets
from ..facts.reading.habits import kept
from ..facts.store import Store
from ..kinds import KINDS
from ..project import Project
from ..rules.config import RuleConfig, SwitchedOff, load_config
from ..rules.ruleset import ruleset
from ..rules.table import all_rules


def config_of(store: Store) -> RuleConfig:
    """The rules as the project has configured them, and as the house keeps them by what is on record."""
    return load_config(store.project.root).keeping(habit.rule for habit in kept(store))


def todays(store: Store) -> Rulesets:
    """Kind of artifact → ruleset under this project's configuration and habits.

    Without kinds that no rule looks at, which are therefore never examined; that rules are switched off is somebody's
    statement, and said wherever it counts. Cheap: no rule runs, nothing heavy is imported.
    """
    config = config_of(store)
    ruled = {kind for rule in all_rules().values() for kind in rule.kinds}
    looked_at = (one for one in KINDS.values() if one.examiner and one.name in ruled)
    return {one.name: ruleset(one.name, config) for one in looked_at}


def exceptions(project: Project) -> tuple[SwitchedOff, ...]:
    """Settings of this project that would switch contaminating rules off."""
    return load_config(project.root).exceptions()


def together(today: Rulesets) -> str:
    """One name for all of today's rulesets, under which standings are cached."""
    return "+".join(sorted(today.values()))
