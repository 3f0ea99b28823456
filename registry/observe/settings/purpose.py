"""What settings are for, in a line, from their profile alone: lists show it of everything, and parse nothing."""

from __future__ import annotations

from typing import Any


def purpose(profile: dict[str, Any] | Any) -> str:
    """Settings in a line: whose, what is done to which model with which data, and the author's comment."""
    if "family" not in profile:
        return ""
    whose = profile["family"] or f"{profile['format'].upper()} settings"
    parts = [
        ", ".join(profile["method"][:3]),
        f"of {', '.join(profile['model'][:2])}" if profile["model"] and profile["method"] else _few(profile["model"]),
        f"on {_few(profile['data'])}" if profile["data"] else "",
    ]
    beside = [
        f"learning rate {', '.join(profile['learning_rate'][:2])}" if profile["learning_rate"] else "",
        f"{len(profile['packages'])} packages" if profile["packages"] else "",
    ]
    what = ", ".join(part for part in (" ".join(part for part in parts if part), *beside) if part)
    text = f"{whose}: {what}" if what else whose
    return f"{text}. {profile['comment']}" if profile["comment"] else text


def _few(names: list[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
