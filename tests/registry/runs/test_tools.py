"""The project's own package, installed editable, is the project's code; one from another folder is a tool."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from assay.registry.observe.process.tree import Program, Reading, Tree
from assay.registry.runs.authors import Authors
from assay.registry.runs.classes import Classes
from assay.registry.runs.installed import Installed
from assay.registry.runs.makers import Makers
from assay.registry.runs.tools import tool_in


def editable(packages: Path, checkout: Path) -> Path:
    folder = packages / "demo-0.1.dist-info"
    folder.mkdir(parents=True)
    (folder / "RECORD").write_text("demo-0.1.dist-info/RECORD,,\n")
    (folder / "entry_points.txt").write_text("[console_scripts]\ndemo-make = demo.cli:main\n")
    told = {"url": checkout.as_uri(), "dir_info": {"editable": True}}
    (folder / "direct_url.json").write_text(json.dumps(told))
    return folder


@pytest.mark.parametrize("place", ["the project", "elsewhere"])
def test_a_command_of_the_projects_own_package_is_its_module(tmp_path: Path, place: str) -> None:
    root, prefix = tmp_path / "the project", tmp_path / "v"
    module, command = root / "src/demo/cli.py", prefix / "bin/demo-make"
    for file in (module, command, prefix / "bin/python", prefix / "pyvenv.cfg"):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("home = /usr\n")
    tool = tool_in(editable(prefix / "lib/python3.11/site-packages", tmp_path / place))
    assert tool.checkout == str(tmp_path / place) and "editable" in tool.unknown
    words = ("python", str(command))
    tree = Tree([Program(str(prefix / "bin/python"), words, None, str(root), None)])
    tree.reads = {str(one): Reading(None, None, {0}) for one in (command, module)}
    defects: list[str] = []
    known = Classes(root, (), [str(prefix / "bin/python")]), Installed(root)
    project = cast("Any", SimpleNamespace(root=root))
    authors = Authors(project, cast("Any", None), tree, tree, Makers(tree, {}), *known, [], defects)
    assert authors._is_explained(0)
    assert bool(defects) == (place == "elsewhere")


@pytest.mark.parametrize("told", ["[1]", "{", '{"dir_info": {"editable": true}}', '{"url": "https://x/y.git"}'])
def test_what_an_installer_wrote_badly_is_no_checkout(tmp_path: Path, told: str) -> None:
    folder = editable(tmp_path, tmp_path)
    (folder / "direct_url.json").write_text(told)
    assert not tool_in(folder).checkout and tool_in(folder).unknown
