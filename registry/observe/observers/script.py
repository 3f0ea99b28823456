"""Scripts: told by their name, described from their syntax tree, found by what their authors wrote in them."""

from __future__ import annotations

from collections.abc import Iterator

from ...kinds import Observer, Part, Profile


class ScriptObserver(Observer):
    """Python files, notebooks and shell scripts. Their examiner describes them."""

    @property
    def version(self) -> int:
        """Grows whenever a script would be described otherwise; a scan describes it again then."""
        return 6

    def purpose(self, profile: Profile) -> str:
        """Its author's words."""
        return str(profile.get("purpose", ""))

    def leading(self, profile: Profile) -> Iterator[Part]:
        """The same."""
        yield Part("purpose", profile.get("purpose", ""))

    def inner(self, profile: Profile) -> Iterator[Part]:
        """Classes, functions, options, paths and fields."""
        for kind, several in (("class", "classes"), ("function", "functions")):
            for one in profile.get(several, ()):
                where = f"{kind} {one['name']}, line {one['line']}"
                yield Part(where, f"{one['name'].replace('__', ' ')} {one['doc']}")
        for option in profile.get("options", ()):
            flags = " ".join(option["flags"])
            yield Part(f"option {flags}, line {option['line']}", f"{flags} {option['help']}")
        yield Part("paths that it names", " ".join(constant["path"] for constant in profile.get("paths", ())))
        yield Part("names of the Hub", " ".join(one["name"] for one in profile.get("names", ())))
        yield Part("fields that it writes", " ".join(field["name"] for field in profile.get("fields_written", ())))


OBSERVER = ScriptObserver()
