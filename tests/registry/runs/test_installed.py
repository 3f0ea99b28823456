"""Installed packages: a module that is not what was installed is named, a package in the project is a tool."""

from __future__ import annotations

import base64
import hashlib
import os
import sys
from pathlib import Path

import pytest

from assay.registry.observe.process import seccomp
from assay.registry.runs import installed
from assay.registry.runs.installed import Installed

from ..workshop import Workshop, rows

PROSE = "".join(f"It does what is asked for, the {number}th time.\n" for number in range(9))


def install(base: Path, name: str = "somelib", installer: str = "pip", **files: str) -> None:
    """What an installer leaves behind: files, and then the list of them."""
    found = {f"{name}/__init__.py": "X = 1\n", f"{name}-1.0.dist-info/INSTALLER": f"{installer}\n", **files}
    lines = []
    for path, text in found.items():
        (base / path).parent.mkdir(parents=True, exist_ok=True)
        (base / path).write_text(text)
        digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
        lines.append(f"{path},sha256={digest},{len(text)}")
    (base / f"{name}-1.0.dist-info/RECORD").write_text("\n".join([*lines, f"{name}-1.0.dist-info/RECORD,,", ""]))


@pytest.mark.parametrize("name", ["somelib", "called_otherwise"])
def test_a_module_that_is_not_what_was_installed_is_named(tmp_path: Path, name: str) -> None:
    """Whatever the package is called; nothing that was not touched is even hashed."""
    base = tmp_path / "lib/python3.11/site-packages"
    install(base, name, **{"somelib/a.py": "A = 1\n", "somelib/b.py": "B = 1\n"})
    files = [str(base / f"somelib/{one}.py") for one in "ab"]
    assert not Installed(tmp_path).patched(files)
    (base / "somelib/a.py").write_text("A = 2\n")
    os.utime(base / "somelib/b.py")  # touched, and the same
    ((tool, paths),) = Installed(tmp_path).patched(files).items()
    assert (tool.called, paths) == (f"{name.replace('_', '-')}==1.0", files[:1])


def test_what_an_installer_writes_its_own_paths_into_is_not_blamed(tmp_path: Path) -> None:
    base = tmp_path / "lib/python3.11/site-packages"
    install(base, installer="conda")
    (base / "somelib/__init__.py").write_text("PREFIX = '/opt/conda'\n")
    assert not Installed(tmp_path).patched([str(base / "somelib/__init__.py")])


def test_data_among_installed_packages_is_theirs_where_a_list_says_so(tmp_path: Path) -> None:
    base = tmp_path / "lib/python3.11/site-packages"
    install(base, **{"somelib/words.txt": rows(9)})
    (base / "somelib/more.txt").write_text(rows(9))
    (base / "somelib/more.cfg").write_text("[a]\nb = 1\n")
    found = [
        Installed(tmp_path).is_stray_data(str(base / f"somelib/{one}")) for one in ("words.txt", "more.txt", "more.cfg")
    ]
    assert found == [False, True, False]


def test_a_list_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    base = tmp_path / "lib/python3.11/site-packages"
    install(base, **{f"somelib/m{number}.py": "A = 1\n" for number in range(50)})
    hashed: list[str] = []
    monkeypatch.setattr(installed, "digest_of", lambda path: hashed.append(path) or "")
    Installed(tmp_path).patched(str(base / f"somelib/m{number}.py") for number in range(50))
    assert not hashed


@pytest.mark.skipif(seccomp.why_not() is not None, reason="this system gives no listener")
def test_a_package_that_was_installed_into_the_project_is_a_tool(lone_shop: Workshop) -> None:
    """It needs no origin of the project's; one that was changed, or that came from a folder, is named."""
    shop = lone_shop
    shop.make("scripts/gen.py", {"data/a.jsonl": rows(5)})
    shop.write(".gitignore", ".assay/\ndata/\nlibs/\n")
    install(
        shop.root / "libs",
        **{
            "somelib/up.py": "def up(text):\n    return text.upper()\n",
            "somelib/a.cfg": "[a]\n",
            "somelib-1.0.dist-info/METADATA": "Name: somelib\n\n" + PROSE,
        },
    )
    read = "import sys\nsys.path.insert(0, 'libs')\nfrom somelib.up import up\nopen('libs/somelib/a.cfg').read()\n"
    read += "import importlib.metadata\nimportlib.metadata.version('somelib')\n"
    shop.write(
        "scripts/up.py",
        f'"""Rows in capitals."""\n{read}open(sys.argv[1], "w").write(up(open("data/a.jsonl").read()))\n',
    )
    shop.commit()

    def ran(out: str) -> str:
        words = ["run", "--in", "rows=data/a.jsonl", "--out", out, "--", sys.executable, "scripts/up.py", out]
        return shop.assay(*words).stderr

    said = ran("data/b.jsonl")
    assert "(dataset, clean)" in said, said
    assert "somelib==1.0" in shop.assay("lineage", "data/b.jsonl", "--json").stdout
    (shop.root / "libs/somelib/up.py").write_text("def up(text):\n    return text.title()\n")
    said = ran("data/c.jsonl")
    assert "somelib==1.0 is not what was installed" in said and "libs/somelib/up.py was changed" in said
    assert not shop.check("data/c.jsonl").allowed
    (shop.root / "libs/somelib-1.0.dist-info/direct_url.json").write_text('{"url": "file:///x", "dir_info": {}}')
    assert "installed from a folder" in ran("data/d.jsonl")
