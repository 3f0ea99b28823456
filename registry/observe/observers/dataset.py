"""Data sets: files of rows, told by their first bytes where the name does not, and folders that `datasets` saved."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ...kinds import DATASET, KINDS, Contents, Observer, Part, Profile
from ..dataset.formats import COMPRESSIONS, looks_like_dataset
from ..dataset.saved import SAVED_FOLDER, are_splits, read_saved
from ..dataset.shards import by_names, read_together


class DatasetObserver(Observer):
    """Files and folders of rows. Their examiner describes them, since rows are read once."""

    @property
    def version(self) -> int:
        """3: a document that is one row by itself, and more names of answers."""
        return 3

    def may_be(self, name: str) -> bool:
        """What is compressed has a second ending."""
        if not name.endswith(COMPRESSIONS):
            return True
        inner = name.rpartition(".")[0]
        return inner[inner.rfind(".") :] in set(KINDS[DATASET].suffixes).difference(COMPRESSIONS)

    def is_file(self, path: Path) -> bool:
        """A `.json` may be settings."""
        return looks_like_dataset(path)

    def is_folder(self, folder: Path, files: frozenset[str], folders: frozenset[str], is_root: bool) -> bool:
        """One that was saved; the root of a project has to be more than a folder in which one such file lies."""
        if by_names(files, is_root) is not None:
            return True
        is_saved = bool(files & set(SAVED_FOLDER))
        return is_saved and bool(read_saved(folder).data) if is_root else is_saved or are_splits(folder, folders)

    def contents(self, folder: Path, files: frozenset[str], is_root: bool) -> Contents | None:
        """What its own lists name; everything, where these are images and sounds."""
        saved = read_together(folder)
        if saved.is_whole:
            return None
        return Contents((*saved.descriptions, *saved.data), saved.splits)

    def purpose(self, profile: Profile) -> str:
        """Its shape."""
        if "rows" not in profile:
            return ""
        columns = ", ".join(column["name"] for column in profile["columns"][:6])
        count = profile["rows"] or 0
        rows = "1 row" if count == 1 else f"{count:,} rows"
        traits = f" with {', '.join(beside)}" if (beside := profile.get("traits")) else ""
        return f"{rows} of {profile['schema']}{traits} ({columns})" if columns else rows

    def leading(self, profile: Profile) -> Iterator[Part]:
        """What its rows are."""
        yield Part("kind", " ".join(["dataset", profile.get("schema", ""), *profile.get("traits", ())]))

    def inner(self, profile: Profile) -> Iterator[Part]:
        """Columns and format."""
        yield Part("columns", " ".join(["columns", *(column["name"] for column in profile.get("columns", ()))]))
        yield Part("format", str(profile.get("format", "")))


OBSERVER = DatasetObserver()
