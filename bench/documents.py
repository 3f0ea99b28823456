"""How `assay audit --documents` does on unpacked source distributions or repositories: what it calls false, and what it
misses of claims that are made false on purpose.

    python bench/documents.py FOLDER… [--list]

Precision is for a person to say: `--list` prints every claim that is called false, with its line. Recall is by
construction: true claims of the documents (links, paths, commands, options, imports), and true sentences that are made
from the files (a function at its line and in its file, a default, a count), are each changed in one place, one by one,
and checked again. A sentence that is called false before it was changed counts as a false alarm.
"""

from __future__ import annotations

import random
import re
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from assay.registry.documents.checks import contradicted
from assay.registry.documents.files import named
from assay.registry.documents.markdown import blocks
from assay.registry.documents.patterns import IMPORT, LINK, RUN, SPAN
from assay.registry.documents.project import Sources

SEED, EACH = 13, 40  # changes of one kind for each folder
PAST = ("changelog", "changes", "history", "release_notes", "license")


def main(folders: list[str], show: bool) -> None:
    """Print one line for each folder, then recall by kind."""
    made, hit, alarms = Counter[str](), Counter[str](), 0
    for folder in folders:
        root = Path(folder)
        paths = [str(path.relative_to(root)) for path in root.rglob("*") if path.is_file() and ".git/" not in str(path)]
        sources = Sources(root, paths)
        texts = {path: (root / path).read_text("utf-8", errors="replace") for path in sorted(paths)
                 if path.endswith(".md") and not Path(path).name.lower().startswith(PAST)}  # fmt: skip
        found = [one for path, text in texts.items() for one in contradicted(sources, path, blocks(text))]
        print(f"{root.name}: {len(texts)} documents, {len(found)} claims called false")
        for one in found if show else ():
            print(f"    {one.kind}: {one.text()}")
        changes = [
            (kind, path, old, new) for path, text in texts.items() for kind, old, new in _changes(sources, path, text)
        ]
        random.Random(SEED).shuffle(changes)
        done = Counter[str]()
        for kind, path, old, new in changes:
            if done[kind] < EACH:
                done[kind] += 1
                made[kind] += 1
                hit[kind] += _is_found(sources, path, texts[path], old, new)
        for kind, true, false in _sentences(sources, random.Random(SEED)):
            alarms += bool(list(contradicted(sources, "bench.md", blocks(true))))
            made[kind] += 1
            hit[kind] += bool(list(contradicted(sources, "bench.md", blocks(false))))
    for kind in sorted(made):
        print(f"  {kind:10} {hit[kind]:4} of {made[kind]:4} found")
    print(
        f"  all        {sum(hit.values()):4} of {sum(made.values()):4} found; {alarms} false alarms on true sentences"
    )


def _is_found(sources: Sources, path: str, text: str, old: str, new: str) -> bool:
    before = {one.claim for one in contradicted(sources, path, blocks(text))}
    after = {one.claim for one in contradicted(sources, path, blocks(text.replace(old, new, 1)))}
    return bool(after - before)


def _changes(sources: Sources, path: str, text: str) -> Iterator[tuple[str, str, str]]:
    """(kind, what stands there, what is put in its place) of every claim of a document that can be changed."""
    beside = path.rpartition("/")[0]
    for link in LINK.finditer(text):
        target = link[1]
        if (
            ":" not in target
            and "." in target.rpartition("/")[2]
            and sources.has(str(Path(beside) / target.partition("#")[0]), "")
        ):
            yield "link", link[0], link[0].replace(target, _changed(target))
    for span in SPAN.finditer(text):
        for one in named(span[1]):
            if (
                one.name == span[1]
                and "/" in one.name
                and one.name.endswith((".py", ".sh", ".md"))
                and sources.script(one.name, beside)
            ):
                yield "path", span[0], span[0].replace(one.name, _changed(one.name))
    for line in text.split("\n"):
        if not RUN.match(line):
            continue
        for one in named(line):
            if one.name.endswith((".py", ".sh")) and (script := sources.script(one.name, beside)) and "/" in one.name:
                yield "command", line, line.replace(one.name, _changed(one.name))
                options = sources.options(script) or ()
                flags = [flag for option in options for flag in option.flags if f"{flag} " in f"{line} "]
                yield from (
                    ("option", line, line.replace(flag, f"--qq{flag[2:]}")) for flag in flags if flag.startswith("--")
                )
    for one in IMPORT.finditer(text):
        if sources.module(one[1]):
            names = re.findall(r"\w+", one[2] or one[3])
            yield "import", one[0], one[0].replace(names[0], f"{names[0]}Qq")


def _changed(name: str) -> str:
    stem, dot, suffix = name.rpartition(".")
    return f"{stem}_qq{dot}{suffix}"


def _sentences(sources: Sources, order: random.Random) -> Iterator[tuple[str, str, str]]:
    """(kind, a true sentence, the same with one thing changed), made from the files."""
    scripts = [path for path in sorted(sources.paths) if path.endswith(".py") and "def " in sources.text(path)]
    for path in order.sample(scripts, min(EACH, len(scripts))):
        name = re.findall(r"^def (\w+)", sources.text(path), re.M)
        spans = sources.spans(path, name[0]) if name else []
        if len(spans) == 1:
            first, last = spans[0]
            yield "line", f"`{name[0]}` is at `{path}:{first}`.", f"`{name[0]}` is at `{path}:{last + 1}`."
            yield "function", f"`{name[0]}` in `{path}` does it.", f"`{name[0]}_qq` in `{path}` does it."
    declared = [(flag, option.default) for flag, some in sorted(sources.defaults.items()) if len(some) == 1
                for _, option in some if re.fullmatch(r"\d+|0\.\d+|'\w+'", option.default) and flag.startswith("--")]  # fmt: skip
    for flag, default in order.sample(declared, min(EACH, len(declared))):
        value = default.strip("'")
        yield "default", f"- `{flag}`: how much (default: {value})", f"- `{flag}`: how much (default: 9{value})"
    folders = [
        one
        for one in sorted(sources.folders)
        if any(path.rpartition("/")[0] == one and path.endswith(".py") for path in sources.paths)
    ]
    for folder in order.sample(folders, min(EACH, len(folders))):
        count = sum(path.startswith(f"{folder}/") and path.endswith(".py") for path in sources.paths)
        yield "count", f"There are {count} modules in `{folder}`.", f"There are {count * 2 + 7} modules in `{folder}`."


if __name__ == "__main__":
    main([one for one in sys.argv[1:] if not one.startswith("--")], "--list" in sys.argv)
