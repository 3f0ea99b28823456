"""IFEval's prompts, and a checker for each of its instructions (Zhou et al. 2023, arXiv 2311.07911).

A prompt passes when every instruction in it does. Strict reads the response as it stands; loose passes an instruction
when any of eight readings does (first line, last line, both, and asterisks removed). Words and sentences are counted by
`reading`, not by NLTK, so counts near a threshold may differ from the reference program's. An instruction that nothing
here can check is named as not checkable and makes its prompt so, whatever the response: it never counts as a pass.
"""

from __future__ import annotations

import importlib.util
import json
import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

from ...registry.errors import UsageError
from .items import Item, Judgement, Verdict
from .reading import sentences, words

TYPE = "ifeval"
DETECTOR = "py3langid"
RELATIONS: Mapping[str, Callable[[int, int], bool]] = {"at least": operator.ge, "less than": operator.lt}

Arguments = Mapping[str, Any]
Checker = Callable[[str, Arguments], bool]


def load(path: Path | str) -> tuple[Item, ...]:
    """One item per line of IFEval's input file: {key, prompt, instruction_id_list, kwargs}.

    Raises UsageError when the file cannot be read or a line is not such an object.
    """
    try:
        with open(path, encoding="utf-8") as file:
            return tuple(_item(path, number, line) for number, line in enumerate(file, start=1) if line.strip())
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be read: {error}", "Give the path of IFEval's input_data.jsonl.") from error


def _item(path: Path | str, number: int, line: str) -> Item:
    try:
        row = json.loads(line)
        pairs = zip(row["instruction_id_list"], row["kwargs"], strict=True)
        instructions = [
            {"id": str(name), "arguments": {key: value for key, value in arguments.items() if value is not None}}
            for name, arguments in pairs
        ]
        return Item.of(TYPE, str(row["prompt"]), {"instructions": instructions})
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UsageError(
            f"line {number} of {path} is not an IFEval prompt: {error!r}",
            "Each line needs prompt, instruction_id_list and as many kwargs.",
        ) from error


def verify(item: Item, output: str) -> Judgement:
    """Strict and loose verdict on every instruction of one prompt together."""
    return Judgement(
        *(
            _together([(one.id, one.strict if strict else one.loose) for one in by_instruction(item, output)])
            for strict in (1, 0)
        )
    )


def _together(verdicts: list[tuple[str, bool | None]]) -> Verdict:
    if unknown := [name for name, passed in verdicts if passed is None]:
        return Verdict(None, f"not checkable: {', '.join(unknown)}")
    failed = [name for name, passed in verdicts if not passed]
    return Verdict(not failed, f"fails {', '.join(failed)}" if failed else f"follows {len(verdicts)} instructions")


@dataclass(frozen=True)
class Followed:
    """Whether one instruction was followed in the strict and in the loose reading; None where it is not checkable."""

    id: str
    strict: bool | None
    loose: bool | None


def by_instruction(item: Item, output: str) -> tuple[Followed, ...]:
    """The verdict on each instruction by itself, for IFEval's instruction-level accuracy."""
    followed = []
    for instruction in item.answer["instructions"]:
        name, arguments = instruction["id"], instruction["arguments"]
        if not checkable(name):
            followed.append(Followed(name, None, None))
            continue
        strict = _follows(name, output, arguments)
        followed.append(
            Followed(name, strict, strict or any(_follows(name, text, arguments) for text in _readings(output)))
        )
    return tuple(followed)


def checkable(instruction: str) -> bool:
    """Whether this instruction id has a checker here and what that checker needs is installed."""
    return instruction in CHECKERS and (
        instruction not in NEEDS_DETECTOR or importlib.util.find_spec(DETECTOR) is not None
    )


def _follows(name: str, text: str, arguments: Arguments) -> bool:
    try:
        return bool(text.strip()) and CHECKERS[name](text, arguments)
    except KeyError as error:
        raise UsageError(f"instruction {name} lacks {error}", "Use IFEval's input file as it was published.") from error


def _readings(text: str) -> list[str]:
    rows = text.split("\n")
    cuts = (rows, rows[1:], rows[:-1], rows[1:-1])
    texts = ["\n".join(cut).strip() for cut in cuts]
    return [
        reading for one, stars in product(texts, (True, False)) if (reading := one if stars else one.replace("*", ""))
    ]


def _related(count: int, relation: str, threshold: int) -> bool:
    return RELATIONS[relation](count, threshold)


def _occurrences(text: str, keyword: str) -> int:
    return len(re.findall(re.escape(keyword), text, re.IGNORECASE))


@cache
def _identifier() -> Callable[[str], tuple[str, float]]:
    import py3langid

    classify: Callable[[str], tuple[str, float]] = py3langid.classify
    return classify


def _is_in(text: str, language: str) -> bool:
    return _identifier()(text.lower())[0] == language


def _parts(text: str, separator: str) -> list[str] | None:
    """Stripped parts between separators; empty ones at the ends are dropped, and one in the middle is a fault: None."""
    parts = [part.strip() for part in re.split(separator, text)]
    inner = parts[not parts[0] : len(parts) - (len(parts) > 1 and not parts[-1])]
    return inner if inner and all(inner) else None


def _paragraph_begins(text: str, a: Arguments) -> bool:
    paragraphs = [part for part in re.split(r"\n\n", text) if part.strip()]
    place = a["nth_paragraph"]
    if len(paragraphs) != a["num_paragraphs"] or place > len(paragraphs):
        return False
    first = re.match(r"[\"']*([^\s.,?!'\"]*)", paragraphs[place - 1].strip())
    return first is not None and first.group(1).lower() == a["first_word"].lower()


def _is_json(text: str, _: Arguments) -> bool:
    body = re.sub(r"^```(?:json)?|```$", "", text.strip(), flags=re.IGNORECASE).strip()
    try:
        json.loads(body)
    except ValueError:
        return False
    return True


def _highlights(text: str, a: Arguments) -> bool:
    bold = re.findall(r"\*\*([^\n*]+)\*\*", text)
    italic = re.findall(r"\*([^\n*]+)\*", text)
    return sum(bool(part.strip()) for part in bold + italic) >= int(a["num_highlights"])


def _two_responses(text: str, _: Arguments) -> bool:
    parts = _parts(text, r"\*{6}")
    return parts is not None and len(parts) == 2 and parts[0] != parts[1]


def _postscript(text: str, a: Arguments) -> bool:
    letters = [re.escape(letter) for letter in a["postscript_marker"].split(".") if letter]
    return re.search(r"\b" + r"\.\s?".join(letters) + r"\.", text, re.IGNORECASE) is not None


def _capital_words(text: str, a: Arguments) -> bool:
    capitals = sum(word.isupper() for word in words(text))
    return _related(capitals, a["capital_relation"], a["capital_frequency"])


CHECKERS: dict[str, Checker] = {
    "keywords:existence": lambda text, a: all(_occurrences(text, word) for word in a["keywords"]),
    "keywords:frequency": lambda text, a: _related(_occurrences(text, a["keyword"]), a["relation"], a["frequency"]),
    "keywords:forbidden_words": lambda text, a: (
        not any(re.search(rf"\b{re.escape(word)}\b", text, re.IGNORECASE) for word in a["forbidden_words"])
    ),
    "keywords:letter_frequency": lambda text, a: _related(
        text.lower().count(a["letter"].lower()), a["let_relation"], a["let_frequency"]
    ),
    "language:response_language": lambda text, a: _is_in(text, a["language"]),
    "length_constraints:number_sentences": lambda text, a: _related(
        len(sentences(" ".join(text.split()))), a["relation"], a["num_sentences"]
    ),
    "length_constraints:number_words": lambda text, a: _related(
        len(re.findall(r"\w+", text)), a["relation"], a["num_words"]
    ),
    "length_constraints:number_paragraphs": lambda text, a: (
        len(_parts(text, r"\s?\*\*\*\s?") or ()) == a["num_paragraphs"]
    ),
    "length_constraints:nth_paragraph_first_word": _paragraph_begins,
    "detectable_content:number_placeholders": lambda text, a: (
        len(re.findall(r"\[[^\n]*?\]", text)) >= a["num_placeholders"]
    ),
    "detectable_content:postscript": _postscript,
    "detectable_format:number_bullet_lists": lambda text, a: (
        len(re.findall(r"(?m)^\s*(?:\*(?!\*)|-).+$", text)) == a["num_bullets"]
    ),
    "detectable_format:constrained_response": lambda text, _: any(
        f"My answer is {answer}." in text for answer in ("yes", "no", "maybe")
    ),
    "detectable_format:number_highlighted_sections": _highlights,
    "detectable_format:multiple_sections": lambda text, a: (
        len(re.findall(rf"{re.escape(a['section_spliter'])}\s?\d+", text)) >= a["num_sections"]
    ),
    "detectable_format:json_format": _is_json,
    "detectable_format:title": lambda text, _: any(map(str.strip, re.findall(r"<<([^\n]+?)>>", text))),
    "combination:two_responses": _two_responses,
    "combination:repeat_prompt": lambda text, a: text.strip().lower().startswith(a["prompt_to_repeat"].strip().lower()),
    "startend:end_checker": lambda text, a: (
        text.strip().strip('"').lower().endswith(a["end_phrase"].strip().strip('"').lower())
    ),
    "startend:quotation": lambda text, _: len(text.strip()) > 1 and text.strip()[0] == text.strip()[-1] == '"',
    "change_case:capital_word_frequency": _capital_words,
    "change_case:english_capital": lambda text, _: text.isupper() and _is_in(text, "en"),
    "change_case:english_lowercase": lambda text, _: text.islower() and _is_in(text, "en"),
    "punctuation:no_comma": lambda text, _: "," not in text,
}
NEEDS_DETECTOR = frozenset(
    {"language:response_language", "change_case:english_capital", "change_case:english_lowercase"}
)
