"""A tokenizer in completion mode: no chat template, special tokens by an explicit policy, every encoded batch checked.

The only special token that may stand in a prompt is the one the tokenizer itself puts in front of every text (its
BOS), and it is put there by hand, so that nothing else can slip in. Refuses a text that encodes to a control token, a
tokenizer that puts anything but BOS around a text, and one whose BOS is a turn marker of a chat.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..registry.errors import Refused, UsageError
from ..registry.rules.dataset.template_tokens import TURN_TOKENS

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

TURN_TOKEN = re.compile(TURN_TOKENS)
MARKER = re.compile(r"<\|.*\|>|<｜.*｜>|\[/?[A-Z_]+\]|</?[a-z_]+>")
UNKNOWN = "<unk>"
PROBES = ("The sky is blue.", "List:\n1. one", " x")
EXCERPT = 60  # characters of a text shown in a refusal


class TemplateIds(Refused):
    """Ids of control tokens in a text that was to be plain."""


@dataclass(frozen=True)
class CompletionTokenizer:
    """A tokenizer that can only complete text.

    `prefix` are the ids put before every prompt (() or the BOS), `control` maps the ids that no text may contain to
    their tokens, `stop_ids` end a generation, `pad_id` only ever stands where the attention mask is 0.
    """

    tokenizer: PreTrainedTokenizerBase
    prefix: tuple[int, ...]
    control: Mapping[int, str]
    stop_ids: tuple[int, ...]
    pad_id: int

    @classmethod
    def of(
        cls, tokenizer: PreTrainedTokenizerBase, stop_ids: Collection[int] = (), allow: Collection[str] = ()
    ) -> CompletionTokenizer:
        """Put a tokenizer into completion mode; from now on every chat template call on it raises.

        `stop_ids` are the model's own ends of sequence, beside the tokenizer's; `allow` names control tokens that may
        stand in a text. Raises TemplateIds when it puts anything but a plain BOS around a text.
        """
        tokenizer.chat_template = None
        control = {id: text for id, text in control_tokens(tokenizer).items() if text not in allow}
        prefix = _prefix(tokenizer)
        for id in prefix:
            text = str(tokenizer.convert_ids_to_tokens(id))
            if text not in allow and (id != tokenizer.bos_token_id or TURN_TOKEN.fullmatch(text)):
                raise TemplateIds(
                    f"the tokenizer puts {text} (id {id}) before every text, which is no plain start of sequence",
                    "Turn that off in its tokenizer_config.json (add_bos_token), or allow the token by name.",
                )
        stops = {*stop_ids, *([] if tokenizer.eos_token_id is None else [int(tokenizer.eos_token_id)])}
        padding = (tokenizer.pad_token_id, tokenizer.eos_token_id, 0)
        return cls(tokenizer, prefix, control, tuple(sorted(stops)), next(int(id) for id in padding if id is not None))

    def encode(self, texts: Sequence[str]) -> list[list[int]]:
        """The ids to feed for each text: the prefix and the text's own, checked."""
        batch: list[list[int]] = self.tokenizer(list(texts), add_special_tokens=False).input_ids
        self.check(batch, texts)
        return [[*self.prefix, *ids] for ids in batch]

    def check(self, batch: Sequence[Sequence[int]], texts: Sequence[str] = ()) -> None:
        """Raise TemplateIds, with the place, when a control token stands in one of these rows of ids."""
        for row, ids in enumerate(batch):
            place = next((place for place, id in enumerate(ids) if id in self.control), None)
            if place is not None:
                shown = f" in {texts[row][:EXCERPT]!r}" if row < len(texts) else ""
                raise TemplateIds(
                    f"text {row + 1}, token {place + 1} is the control token {self.control[ids[place]]} "
                    f"(id {ids[place]}){shown}",
                    "Take the marker out of the text: a model in completion mode must not see it.",
                )

    def decode(self, ids: Sequence[int]) -> str:
        """The text of these ids; control tokens stay visible."""
        return str(self.tokenizer.decode(list(ids), skip_special_tokens=False, clean_up_tokenization_spaces=False))

    def single(self, before: str, text: str) -> int:
        """The one id that `text` adds after `before`. Raises UsageError when it is not exactly one."""
        plain, longer = self.tokenizer([before, before + text], add_special_tokens=False).input_ids
        if longer[:-1] != plain:
            raise UsageError(
                f"{text!r} is not a single token of this tokenizer after {before[-20:]!r}",
                "Use a critic with another tokenizer.",
            )
        return int(longer[-1])

    @property
    def highest_id(self) -> int:
        """The highest id that this tokenizer can produce."""
        return max(self.tokenizer.get_vocab().values())

    @property
    def turn_ids(self) -> frozenset[int]:
        """Ids of tokens that begin or end a turn of a chat."""
        return frozenset(id for id, text in control_tokens(self.tokenizer).items() if TURN_TOKEN.fullmatch(text))

    def policy(self) -> dict[str, Any]:
        """What is done about special tokens, JSON-ready, for the records."""
        names = self.tokenizer.convert_ids_to_tokens
        return {
            "prefix": [str(names(id)) for id in self.prefix],
            "stop": [str(names(id)) for id in self.stop_ids],
            "checked": len(self.control),
        }


def control_tokens(tokenizer: PreTrainedTokenizerBase) -> dict[int, str]:
    """Id to text of every special or marker-like added token; a plain `<unk>` is none, since any text may hold one."""
    added = {int(id): (str(token), token.special) for id, token in tokenizer.added_tokens_decoder.items()}
    named = zip(tokenizer.all_special_ids, tokenizer.all_special_tokens, strict=True)
    added |= {int(id): (str(text), True) for id, text in named}
    return {
        id: text for id, (text, special) in added.items() if (special or MARKER.fullmatch(text)) and text != UNKNOWN
    }


def _prefix(tokenizer: PreTrainedTokenizerBase) -> tuple[int, ...]:
    """What the tokenizer itself puts before a text: the delta between encoding with and without special tokens."""
    found = set()
    for probe in PROBES:
        plain: list[int] = tokenizer(probe, add_special_tokens=False).input_ids
        full: list[int] = tokenizer(probe).input_ids
        front = len(full) - len(plain)
        if front < 0 or full[front:] != plain:
            tokens = tokenizer.convert_ids_to_tokens(full)
            raise TemplateIds(
                f"the tokenizer puts special tokens after or inside a text: {tokens}",
                "Turn that off in its tokenizer_config.json (add_eos_token), so that a prompt is not ended.",
            )
        found.add(tuple(full[:front]))
    if len(found) > 1:
        raise TemplateIds("the tokenizer puts different special tokens before different texts", "Mend its files.")
    return found.pop()
