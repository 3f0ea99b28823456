"""The engine runs what the project selects, sets aside what it excuses, and never lets a crash pass for clean."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest

from assay.registry.errors import UsageError
from assay.registry.observe.script.imports import ImportGraph
from assay.registry.rules import config as config_module
from assay.registry.rules import table
from assay.registry.rules.base import Basis, Examination, Finding, Severity
from assay.registry.rules.checkpoint import RULES as CHECKPOINT_RULES
from assay.registry.rules.config import RuleConfig, load_config
from assay.registry.rules.dataset import RULES as DATASET_RULES
from assay.registry.rules.engine import examine_script
from assay.registry.rules.ruleset import ruleset
from assay.registry.rules.script.module import Module
from assay.registry.rules.script.rule import ScriptRule

UNGUARDED = "from transformers import AutoTokenizer\ntok = AutoTokenizer.from_pretrained('m'){comment}\ntok('x')\n"
PATH = "DATA = '/mnt/disk/x.jsonl'{comment}\n"


def settings(root: Path, toml: str) -> RuleConfig:
    """The configuration that this `[tool.assay]` gives."""
    (root / "pyproject.toml").write_text("[tool.assay]\n" + toml)
    return load_config(root)


def examine(root: Path, code: str, config: RuleConfig | None = None, **others: str) -> Examination:
    """Examine a script beside other modules."""
    for name, text in {"script": code, **others}.items():
        (root / f"{name}.py").write_text(text)
    return examine_script(root / "script.py", root, ImportGraph(root), config or RuleConfig(root))


def codes(findings: tuple[Finding, ...]) -> list[str]:
    """The codes of findings."""
    return [finding.rule for finding in findings]


def test_the_table_agrees_with_the_rules() -> None:
    """Each line of the table gives the code, kinds and version that the class has, and no rule is missing from it."""
    for listed in table.OURS:
        rule = listed.load()
        assert (listed.code, listed.kinds, listed.version) == (rule.code, rule.kinds, rule.version)
        assert (listed.code in table.ONLY_WARN) is (rule.severity is not Severity.CONTAMINATES)
        assert (listed.code in table.HOUSE_RULES) is (table.KEPT in rule.parameters)
    loaded = {listed.load() for listed in table.OURS}
    folder = Path(sys.modules[ScriptRule.__module__].__file__ or "").parent
    written = sum("(ScriptRule)" in path.read_text() for path in folder.glob("*.py"))
    assert {*DATASET_RULES, *CHECKPOINT_RULES} <= loaded
    assert len([rule for rule in loaded if issubclass(rule, ScriptRule)]) == written
    assert len(table.OURS) == len({listed.code for listed in table.OURS})


def test_asking_for_a_ruleset_loads_no_rule() -> None:
    """Naming today's ruleset imports neither a rule nor any heavy library."""
    code = (
        "import sys; from pathlib import Path; from assay.registry.rules.config import RuleConfig\n"
        "from assay.registry.rules.ruleset import ruleset; ruleset('script', RuleConfig(Path('.')))\n"
        "print([m for m in sys.modules if m in ('polars', 'numpy', 'pyarrow', 'torch', 'sqlmodel', 'ast')"
        " or '.rules.script.' in m or '.rules.dataset.' in m or '.observe.' in m])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() in ("[]", "['ast']")  # dataclasses and inspect load ast themselves


def test_selection_by_code_and_prefix(tmp_path: Path) -> None:
    """`select` and `ignore` take codes and their beginnings; everything is selected when nothing is said."""
    every = {rule.code for rule in RuleConfig(tmp_path).selected("script")}
    assert {"AS100", "AS101"} <= every
    chosen = settings(tmp_path, 'select = ["AS10"]\nignore = ["AS100", "AS102"]\n').selected("script")
    stand = {code for code in every if code.startswith("AS10") or code not in table.ONLY_WARN}
    assert {rule.code for rule in chosen} == stand - {"AS100", "AS102"}


def test_the_ruleset_changes_with_whatever_changes_the_answer(tmp_path: Path) -> None:
    """Selection, parameters and exceptions change the ruleset's name; the same configuration gives the same name."""
    plain = ruleset("script", RuleConfig(tmp_path))
    changed = [
        settings(tmp_path, 'ignore = ["AS104"]\n'),
        settings(tmp_path, '[tool.assay.parameters.AS101]\nallow = ["x"]\n'),
        settings(tmp_path, '[tool.assay.per-path-ignores]\n"a/*" = ["AS101"]\n'),
    ]
    names = {plain, *(ruleset("script", config) for config in changed)}
    assert len(names) == 4 and plain == ruleset("script", settings(tmp_path, ""))
    assert ruleset("checkpoint", RuleConfig(tmp_path)) == ruleset("model", RuleConfig(tmp_path)) != plain


def test_a_new_version_of_a_rule_is_a_new_ruleset(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When a rule's answer may change, what was examined before must be examined again."""
    before = ruleset("script", RuleConfig(tmp_path))
    newer = {code: table.Listed(code, one.kinds, 2, one.where) for code, one in table.all_rules().items()}
    monkeypatch.setattr(config_module, "all_rules", lambda: newer)
    assert ruleset("script", RuleConfig(tmp_path)) != before


@pytest.mark.parametrize(
    ("toml", "says"),
    [
        ('select = ["AS999"]', "select names 'AS999', which is no rule"),
        ('ignore = "AS101"', "ignore must be a list of rule codes"),
        ("[tool.assay.parameters.AS999]\nx = 1", "is no rule's table"),
        ("[tool.assay.parameters.AS101]\nalow = []", "alow: the rule has no such parameter"),
        ('[tool.assay.parameters.AS101]\nallow = "x"', "allow must be a list"),
        ('[tool.assay.per-path-ignores]\n"a" = "AS101"', "must be a list of rule codes"),
        ("per-path-ignores = 3", "must be a table"),
        ('reasons = ["AS101"]', "reasons must be a table"),
        ('[tool.assay.reasons]\nAS101 = " "', "reasons must be a table"),
        ('[tool.assay.reasons]\nAS999 = "x"', "reasons names 'AS999', which is no rule"),
    ],
)
def test_a_setting_that_does_not_fit_is_one_clear_line(tmp_path: Path, toml: str, says: str) -> None:
    """A misspelt code or parameter, or a wrong type, is refused with a remedy."""
    with pytest.raises(UsageError, match=says) as caught:
        settings(tmp_path, toml)
    assert caught.value.remedy and "\n" not in caught.value.message


def test_findings_of_imports_contaminate_and_warnings_stay(tmp_path: Path) -> None:
    """A script carries what contaminates the modules it imports, transitively, and not what only warns about them."""
    config = RuleConfig(tmp_path).keeping(["AS101"])
    found = examine(
        tmp_path, "import a\n", config, a="import b\n", b=UNGUARDED.format(comment="") + PATH.format(comment="")
    )
    assert [(one.rule, one.file, one.line) for one in found.findings] == [("AS101", "b.py", 2)]


@pytest.mark.parametrize(
    "code",
    [
        UNGUARDED.format(comment="  # assay: ignore[AS101] judge keeps its template"),
        UNGUARDED.format(comment="  # assay: ignore[AS105, AS101]: judge keeps its template"),
        UNGUARDED.format(comment="").replace("tok =", "# assay: ignore[AS101] - judge keeps its template\ntok ="),
        UNGUARDED.format(comment="").replace("('m')", "(\n    'm'\n)  # assay: ignore[AS101] judge keeps its template"),
    ],
)
def test_an_inline_exception_is_recorded_with_its_reason(tmp_path: Path, code: str) -> None:
    """At the end of a statement or above it, an exception sets the finding aside and keeps it."""
    found = examine(tmp_path, code, RuleConfig(tmp_path, select=("AS101",)))
    assert found.findings == ()
    assert [(one.finding.rule, one.reason) for one in found.ignored] == [("AS101", "judge keeps its template")]


@pytest.mark.parametrize("comment", ["  # assay: ignore[AS101]", "  # assay: ignore", "  # assay: ignore all of it"])
def test_an_exception_without_code_or_reason_does_nothing(tmp_path: Path, comment: str) -> None:
    """The finding stands, and the exception is a finding too."""
    found = examine(tmp_path, UNGUARDED.format(comment=comment), RuleConfig(tmp_path, select=("AS100", "AS101")))
    assert codes(found.findings) == ["AS100", "AS101"] and found.ignored == ()


def test_an_exception_in_a_string_is_no_exception(tmp_path: Path) -> None:
    """Only comments count."""
    code = 'HELP = """\n# assay: ignore[AS105] quoted\n"""\n' + PATH.format(comment="")
    assert codes(examine(tmp_path, code).findings) == ["AS105"]


def test_an_exception_in_a_helper_is_carried_to_its_importers(tmp_path: Path) -> None:
    """What a helper excuses is excused, and listed, for the scripts that import it."""
    code = UNGUARDED.format(comment="  # assay: ignore[AS101] judge")
    found = examine(tmp_path, "import a\n", RuleConfig(tmp_path).keeping(["AS101"]), a=code)
    assert found.findings == () and [one.finding.file for one in found.ignored] == ["a.py"]


def test_per_path_ignores_set_findings_aside(tmp_path: Path) -> None:
    """A finding in a path that the configuration excuses is listed with the pattern as reason."""
    config = settings(tmp_path, '[tool.assay.per-path-ignores]\n"scr*" = ["AS105"]\n')
    found = examine(tmp_path, PATH.format(comment=""), config)
    assert "AS105" not in codes(found.findings)
    assert [(one.finding.rule, one.reason) for one in found.ignored] == [("AS105", "per-path-ignores: scr*")]


OFF = {
    "ignore": 'ignore = ["AS10"]\n',
    "select": 'select = ["AS2"]\n',
    "path": '[tool.assay.per-path-ignores]\n"scr*" = ["AS101"]\n',
}


@pytest.mark.parametrize("how", OFF)
def test_what_contaminates_is_switched_off_with_a_reason_or_not_at_all(tmp_path: Path, how: str) -> None:
    """Ignored, not selected or excused for a path: the rule stands and that is said, until somebody says why not."""
    code = UNGUARDED.format(comment="")
    plain = settings(tmp_path, OFF[how])
    assert "AS101" in codes(examine(tmp_path, code, plain).findings)
    said = next(one for one in plain.exceptions() if "AS101" in one.codes)
    assert said.reason is None and "has no reason: " in said.text() and " stand" in said.text()
    excused = settings(tmp_path, OFF[how] + '[tool.assay.reasons]\nAS1 = "other words"\nAS101 = "old  code"\n')
    found = examine(tmp_path, code, excused)
    assert "AS101" not in codes(found.findings)
    assert how != "path" or [one.reason for one in found.ignored] == ["per-path-ignores: scr*: old code"]
    (said,) = (one for one in excused.exceptions() if "AS101" in one.codes)
    assert said.text().endswith(" switches AS101 off: old code")
    assert ruleset("script", plain) != ruleset("script", excused)


def test_what_only_warns_is_switched_off_without_a_word(tmp_path: Path) -> None:
    """A list of codes is enough for warnings, and nothing is said of it."""
    config = settings(tmp_path, 'ignore = ["AS105", "AS107"]\n')
    assert config.exceptions() == () and "AS105" not in codes(
        examine(tmp_path, PATH.format(comment=""), config).findings
    )


@pytest.mark.parametrize("code", ["def f(:\n", "print 'x'\n"])
def test_what_does_not_parse_is_unchecked_not_clean(tmp_path: Path, code: str) -> None:
    """A script, or a helper, that cannot be parsed is unchecked for one reason, not for one by rule."""
    (own,) = examine(tmp_path, code).unchecked
    assert own.rule == "syntax" and own.why.startswith("does not parse: line 1: ")
    (helper,) = examine(tmp_path, "import a\n", a=code).unchecked
    assert helper.why.startswith("imports a.py: does not parse: line 1: ")


def test_findings_in_a_notebook_name_the_cell(tmp_path: Path) -> None:
    """In a notebook a finding gives the cell and the line in it, and an exception there works."""
    sources = ["import json\n", "\nDATA = '/mnt/disk/x.jsonl'\n", "X = '/home/me/x'  # assay: ignore[AS105] mine\n"]
    cells = [{"cell_type": "code", "source": [source]} for source in sources]
    path = tmp_path / "n.ipynb"
    path.write_text(json.dumps({"cells": cells, "nbformat": 4}))
    found = examine_script(path, tmp_path, ImportGraph(tmp_path), RuleConfig(tmp_path, select=("AS105",)))
    assert [(one.line, one.field, one.excerpt) for one in found.findings] == [
        (2, "cell 2", "DATA = '/mnt/disk/x.jsonl'")
    ]
    assert [one.finding.field for one in found.ignored] == ["cell 3"]


class Crash(ScriptRule):
    """A rule that sees one thing and then fails."""

    code = "ZZ001"
    name = "crash-test"
    severity = Severity.WARNS
    basis = Basis.PROOF
    fix = "None."

    def check(self, module: Module) -> Iterator[Finding]:
        """See line 1, then fail."""
        yield self.at(module, 1, "seen")
        raise RuntimeError("boom")


def test_users_rules_come_by_entry_point_and_a_crash_is_unchecked(tmp_path: Path, users: Any) -> None:
    """A rule from a user's package runs beside ours; when it crashes, what it saw stands and the rule is unchecked."""
    users(Crash)
    found = examine(tmp_path, "x = 1\n")
    assert codes(found.findings) == ["ZZ001"]
    assert [(one.rule, one.why) for one in found.unchecked] == [("ZZ001", "the rule crashed: RuntimeError: boom")]


class Taken(Crash):
    """A rule with a code of ours."""

    code = "AS101"


@pytest.mark.parametrize(
    ("target", "says"), [(Taken, "uses the code AS101"), (Finding, "is not a rule"), (None, "cannot be loaded")]
)
def test_a_users_rule_that_does_not_fit_is_refused(tmp_path: Path, users: Any, target: Any, says: str) -> None:
    """A code that is taken, something that is no rule, or a failing import stops with a remedy."""
    users(target)
    with pytest.raises(UsageError, match=says):
        RuleConfig(tmp_path).rules("script")


@pytest.fixture
def users(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Installs a class of this module as the rule of a user's package."""
    monkeypatch.setitem(sys.modules, "users_package", sys.modules[__name__])
    table.all_rules.cache_clear()

    def install(rule: type | None) -> None:
        entry = EntryPoint("extra", f"users_package:{rule.__name__ if rule else 'nothing'}", table.GROUP)
        monkeypatch.setattr(table, "entry_points", lambda group: [entry])

    yield install
    table.all_rules.cache_clear()


def test_what_warns_is_a_note_in_a_test(tmp_path: Path) -> None:
    """What a test does makes nothing that stays."""
    (tmp_path / "tests").mkdir()
    path = tmp_path / "tests" / "test_paths.py"
    path.write_text(PATH.format(comment=""))
    found = examine_script(path, tmp_path, ImportGraph(tmp_path), RuleConfig(tmp_path))
    assert [(one.rule, one.severity) for one in found.findings] == [("AS105", Severity.NOTES)]


START = """import os
from pathlib import Path
from datasets import concatenate_datasets, load_dataset
from transformers import AutoModelForCausalLM, AutoTokenizer
from trl import SFTTrainer
rows = load_dataset("openai/gsm8k", "main", split="test")
text, path, tok = "a", Path("data"), AutoTokenizer.from_pretrained("x")
model = AutoModelForCausalLM.from_pretrained("y")
"""
DOUBLED = """rows = concatenate_datasets([rows, rows])
text = text + f"{text}{text}"
path = path / str(path) / os.path.join(path, path)
tok, model = tok or tok, merged(model, model)
ids = tok(text, text)
text = tok.decode(model.generate(**ids, **ids), text)
"""
FUNCTION = "def f{0}(x):\n    y = f{1}(x) + f{1}(x)\n    return f{1}(y) + f{1}(x)\n"
END = """def f60(x):
    return open(x).read()
path.write_text(f0(text))
rows.to_json(path)
SFTTrainer(model, train_dataset=rows, eval_dataset=rows, processing_class=tok)
model.save_pretrained(path)
"""


def test_values_that_are_made_of_values_twice_sixty_times_over_are_followed_once(tmp_path: Path) -> None:
    """Two names that lead to one, over and over: two to the sixtieth ways, and one look at each place."""
    code = START + DOUBLED * 60 + "".join(FUNCTION.format(n, n + 1) for n in range(60)) + END
    program = "import sys; from tests.registry.rules.test_engine import codes, examine; from pathlib import Path; "
    program += "print(*codes(examine(Path(sys.argv[1]), sys.stdin.read()).findings))"
    command = [sys.executable, "-c", program, str(tmp_path)]
    done = subprocess.run(command, input=code, capture_output=True, text=True, check=True, timeout=60)
    assert "AS113" in done.stdout.split()
