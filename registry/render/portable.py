"""What a document says is the same in every clone: places of one machine are shortened to what they are called.

An environment, a home folder or a mounted disk lies somewhere else on every machine, and who reads the document can
neither follow the path nor needs to know whose it is. Paths inside the project stay.
"""

from __future__ import annotations

import re

ENVIRONMENTS = (".venv", "venv", "env", "site-packages", "dist-packages", ".tox", ".nox")
ROOTS = (
    *("home", "Users", "root", "tmp", "var", "usr", "opt", "mnt", "media", "srv", "private", "Volumes"),
    *("scratch", "work", "workspace", "data", "lustre", "gpfs", "nfs", "fsx", "efs"),
)
PART = r"[^\s/\\'\"`,;:()<>|\[\]]+"
PLACE = re.compile(
    rf"(?<![\w.~/\\-])(?:file://)?(?:/(?:{'|'.join(ROOTS)})(?:/{PART})+"
    rf"|/(?:{PART}/)*(?:{'|'.join(map(re.escape, ENVIRONMENTS))})(?:/{PART})+|[A-Za-z]:\\(?:{PART}\\)+{PART})"
)
SHORTENED = "…/"
_ENVIRONMENTS = frozenset(ENVIRONMENTS)


def portable_name(name: str) -> str:
    """An artifact's name; of one outside the project, or in an environment, only what it is called."""
    if name.startswith("/") or not _ENVIRONMENTS.isdisjoint(name.split("/")):
        return f"{SHORTENED}{name.rstrip('/').rpartition('/')[2]}"
    return name


def portable_words(words: str) -> str:
    """Somebody's words, with the places of a machine that they name shortened."""
    if "/" not in words and "\\" not in words:
        return words
    return PLACE.sub(lambda found: SHORTENED + re.split(r"[/\\]", found[0])[-1], words)
