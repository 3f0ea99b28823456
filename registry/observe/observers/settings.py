"""Settings: told by their names, `.json` by its content too, and found by what they say of model, data and method."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ...kinds import Observer, Part, Profile


class SettingsObserver(Observer):
    """YAML, TOML, INI, JSON, jobs, Makefiles, Dockerfiles, requirements and locks. Their examiner describes them."""

    @property
    def version(self) -> int:
        """Grows whenever settings would be described otherwise."""
        return 1

    def may_be(self, name: str) -> bool:
        """A `.txt` is settings where its name says that it lists requirements."""
        if not name.endswith(".txt"):
            return True
        from ..settings.formats import format_of

        return format_of(name) is not None

    def is_file(self, path: Path) -> bool:
        """A `.json` may be anything."""
        from ..settings.formats import looks_like_settings

        return looks_like_settings(path)

    def purpose(self, profile: Profile) -> str:
        """Whose they are and what they say."""
        from ..settings.purpose import purpose

        return purpose(profile)

    def leading(self, profile: Profile) -> Iterator[Part]:
        """Whose they are, model, data, method and learning rate, and the author's comment."""
        yield Part("kind", f"settings configuration {profile.get('format', '')} {profile.get('family', '')}")
        for key in ("comment", "model", "data", "method"):
            value = profile.get(key) or ""
            yield Part(key, value if isinstance(value, str) else " ".join(value))
        if rates := profile.get("learning_rate"):
            yield Part("learning rate", f"learning rate {' '.join(rates)}")

    def inner(self, profile: Profile) -> Iterator[Part]:
        """Keys, packages and names of the Hub."""
        yield Part("keys", " ".join(profile.get("keys", ())))
        yield Part("packages", " ".join(profile.get("packages", ())))
        yield Part("names of the Hub", " ".join(one["name"] for one in profile.get("names", ())))


OBSERVER = SettingsObserver()
