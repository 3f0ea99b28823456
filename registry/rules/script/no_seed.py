"""AS104: a script draws random numbers and sets no seed."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from ...observe.script.source import called, keyword
from ..base import Basis, Finding, Severity
from .generation import keeps_something
from .module import Module
from .rule import Case, ScriptRule

SEED = re.compile(r"seed|determinis", re.I)
SEED_KEYWORDS = {"seed", "random_state", "data_seed", "generator", "rng"}
DRAWS = re.compile(
    r"random\.(?:random|randint|randrange|choices?|sample|shuffle|uniform|gauss|normalvariate|getrandbits)$"
    r"|numpy\.random\.(?!seed|default_rng|RandomState|Generator|SeedSequence|get_state|set_state)\w+$"
    r"|torch\.(?:rand|randn|randint|randperm|multinomial|bernoulli|normal)$"
)
HARMLESS = {"sleep"}
LOOKS = re.compile(r"colou?r|palette|jitter|backoff|dummy|fake|mock", re.I)  # values that are not what is made
SHOWS = re.compile(
    r"(?:^|_)(?:profil(?:e|er|ing)|speed|latency|throughput|memory|demo|chat|visuali[sz]\w*|vis|plot)(?:_|$)", re.I
)
SERVERS = {"fastapi", "flask", "gradio", "uvicorn", "streamlit", "aiohttp", "django"}
MAIN = "if __name__ == '__main__':\n"
DRAW = "    Path('x.txt').write_text(str(random.random()))\n"


class NoSeed(ScriptRule):
    """A script draws random numbers and sets no seed.

    What it sees: in a script that is made to be run and keeps something (writes, saves, trains), a draw (`random`,
    `numpy.random`, `torch.rand…`, `shuffle()` or `train_test_split` of a dataset, generation with `do_sample=True`,
    `SamplingParams` of vLLM with a temperature), and neither in it nor in the local modules that it imports a call or
    keyword that sets a seed. Delays before a retry, colours, dummy inputs, scripts that serve requests, talk with a
    person, draw pictures, or measure time and memory (by their names) are left alone.

    Why it matters: the data or the figure cannot be made again, and two runs cannot be told from chance.

    Example: `random.shuffle(rows)` alone fails; after `random.seed(42)` it passes.

    Do instead: take the seed as an option, set it before the first draw, and record it with the run.

    Source: PyTorch documentation, "Reproducibility".
    """

    code = "AS104"
    name = "no-seed"
    severity = Severity.WARNS
    version = 3
    basis = Basis.HEURISTIC
    mark = re.compile(r"rand|shuffle|do_sample|SamplingParams|_split|multinomial|bernoulli|normal")
    fix = "Set a seed before the first draw, and record it."
    VALID = (
        Case("import random\n\n" + MAIN + "    random.seed(42)\n" + DRAW),
        Case("import random\n\n" + MAIN + "    print(random.choice('abc'))\n"),
        Case("import random\n\ndef pick(rows):\n    return random.choice(rows)\n"),
        Case("import random\n\n" + MAIN + "    color = random.random()\n    Path('x.svg').write_text(str(color))\n"),
        Case(
            "import random\nfrom common import start\n\n" + MAIN + "    start()\n" + DRAW,
            others={"common.py": "import random\n\ndef start():\n    random.seed(0)\n"},
        ),
    )
    INVALID = (
        Case("import random\n\n" + MAIN + DRAW, (4,)),
        Case("import numpy as np\n\n" + MAIN + "    np.save('x', np.random.rand(3))\n", (4,)),
        Case("def main(m, ids):\n    save(m.generate(ids, do_sample=True))\n\n" + MAIN + "    main()\n", (2,)),
    )

    def check(self, module: Module) -> Iterator[Finding]:
        """At most one finding, at the first draw."""
        if not module.is_entry_point or SERVERS & module.packages or SHOWS.search(module.path.stem):
            return
        harmless = _harmless(module)
        draws = [call for call in module.source.nodes(ast.Call) if id(call) not in harmless and _draws(module, call)]
        if not draws or _sets_seed(module) or not keeps_something(module):
            return
        if any(_sets_seed(imported) for imported in module.closure()):
            return
        first = min(draws, key=lambda call: call.lineno)
        message = f"{called(first)} draws at random, and neither this script nor what it imports sets a seed"
        yield self.at(module, first, message, count=len(draws))


def _harmless(module: Module) -> set[int]:
    """The nodes of which nothing that is kept depends: delays, colours, dummies, and answers to a person who types."""
    calls = module.source.nodes(ast.Call)
    roots: list[ast.AST] = [call for call in calls if called(call) in HARMLESS]
    roots += [one for one in module.source.functions() if LOOKS.search(one.name)]
    roots += [
        assign.value
        for assign in module.source.nodes(ast.Assign)
        if any(LOOKS.search(called(target)) for target in assign.targets)
    ]
    loops = module.source.nodes(ast.While)
    roots += [
        loop for loop in loops if any(isinstance(part, ast.Call) and called(part) == "input" for part in ast.walk(loop))
    ]
    return {id(part) for root in roots for part in ast.walk(root)}


def _draws(module: Module, call: ast.Call) -> bool:
    name = called(call)
    if name == "shuffle" and isinstance(call.func, ast.Attribute) and not call.args and not call.keywords:
        return True
    if name == "train_test_split":
        return True
    if name == "SamplingParams":
        temperature = keyword(call, "temperature")
        return not (isinstance(temperature, ast.Constant) and temperature.value == 0)
    sample = keyword(call, "do_sample")
    if isinstance(sample, ast.Constant) and sample.value is True:
        return True
    return bool(DRAWS.match(module.qualified(call.func)))


def _sets_seed(module: Module) -> bool:
    """True when a call of this module sets a seed by name or by keyword."""
    return any(
        SEED.search(called(call))
        or any(item.arg in SEED_KEYWORDS for item in call.keywords)
        or (called(call) in {"Random", "default_rng", "RandomState"} and call.args)
        for call in module.source.nodes(ast.Call)
    )
