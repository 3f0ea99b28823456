"""AS201: template or control tokens in the text."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from ...observe.dataset.profile import DatasetProfile
from ...observe.dataset.schema import FIELDS, STATEMENTS, SchemaClass
from ..base import Basis, Finding, Parameter, Severity
from .fields import ANSWERS, TRAINED, Role, TextColumn
from .rule import SHOWN, Place, Places, TextRule, around

TURN_TOKENS = (
    r"<\|(?:im_start|im_end|im_sep|start_header_id|end_header_id|eot_id|eom_id|python_tag|system|user|assistant|"
    r"observation|prompter|end|eot|start_of_turn|end_of_turn|START_OF_TURN_TOKEN|END_OF_TURN_TOKEN|USER_TOKEN|"
    r"CHATBOT_TOKEN|SYSTEM_TOKEN|start|message|channel|return|call|fim_prefix|fim_middle|fim_suffix)\|>"
    r"|<｜[^｜<>]{1,30}｜>|\[/?INST\]|<</?SYS>>|<(?:start|end)_of_turn>"
)
EDGE_TOKENS = (
    r"<\|(?:begin_of_text|end_of_text|endoftext|startoftext|endofprompt|endofmask|eos|bos|pad|sep|unk)\|>|<[be]os>"
)
QUOTES = "`'\"“”‘’"
READ_WITHIN = FIELDS["chat"] | FIELDS["prompt"] | FIELDS["answer"] | FIELDS["text"] | STATEMENTS
ENDED = ANSWERS | {Role.TEXT}
STOP = re.compile(
    r"</s>|<\|(?:im_end|eot_id|eom_id|end|eot|end_of_turn|end_of_text|endoftext|eos)\|>|<end_of_turn>|<eos>|<｜end▁of▁sentence｜>"
)
STRUCK = re.compile(r"<s>(?:[^<]|<(?!/?s>)){1,300}</s>")
NEAR = 400  # characters of a line of code that are looked at on either side
LINE_END = re.compile(r"\\+n|\n")  # a newline, or one that was escaped once more
LITERAL = re.compile(r"""(?:[=(,\[{:+]|\breturn)\s*[frbFRB]{0,2}(["'])(?:\\.|(?!\1).)*\1\s*(?:[),\]};+.]|\\|$)""")
ASSIGNED = re.compile(r"\s*[A-Za-z_][\w.]*\s*=\s*\S+\s+\S")
CODE = re.compile(r"\s*(?:[A-Za-z_][\w.\[\]]*\s*(?:=(?!=)|\()|(?:import|from|print|assert|return|for|if|with|def)\b|#)")


class TemplateTokens(TextRule):
    """Template or control tokens in the text.

    What it sees: markers of chat templates and control tokens of common model families (ChatML, Llama 2 and 3, Gemma,
    Phi, Mistral, Command R, DeepSeek, gpt-oss), as literal text in any field that is trained on. `<s>` and `</s>` count
    unless they stand as a pair around a short piece of text, which is HTML for strike-through; `<s>` that opens an
    answer always does. One stop token that ends every answer of a field alike is a format, which trainers of plain text
    need, and passes where at least `least_rows` rows have it. It only **warns** of what was asked of a model and kept
    as it was laid out: where every text of a field begins with a marker, whoever speaks, in rows of an evaluation or
    inside of an object, which no trainer reads; a prediction beside a prompt and an answer makes no evaluation of them.
    In fields that are not trained on, a value that is nothing but the token (a stop sequence, an EOS setting) and
    templates do not count, nor does a quoted `<s>`, `[INST]` or `<eos>`, which is text about tokens, or one in a string
    of code, for a model whose prompts are laid out with it.

    Why it matters: the tokenizer of that family encodes the marker as one special id, which a base model has never been
    trained on; `decode(skip_special_tokens=True)` then hides it. Even a quoted marker becomes that id.

    Example: "Paris.<|im_end|>" fails; "was <s>12</s> now 9 euros" passes.

    Do instead: generate in completion style, check the ids that were really fed, strip the marker, cut the text there.

    Source: tokenizer configurations of the families named; FIELD NOTES on what leaks.
    """

    code = "AS201"
    name = "template-tokens"
    version = 6
    severity = Severity.CONTAMINATES
    basis = Basis.PROOF
    fix = "Find the generator that let the template in; until then write a cleaned copy with `assay fix`."
    says = "template or control tokens in the text"
    roles = TRAINED | {Role.OTHER}
    parameters: ClassVar[Mapping[str, Parameter]] = {
        "least_rows": Parameter(8, "answers that must end alike to be a format", "fewer may do so by accident"),
    }
    pattern = f"{TURN_TOKENS}|{EDGE_TOKENS}|</?s>"
    VALID = (
        [{"prompt": "What does it cost?", "completion": " It was <s>12</s> and is now 9 euros."}],
        [{"prompt": "Draw a pipe", "completion": " a <| b |> c", "eos": "<|im_end|>"}],
        [{"prompt_template": "<|user|>{question}", "text": "plain"}],
        [{"prompt": "Which token?", "completion": "The sequence starts with `<s>` and ends with '</s>'."}],
        [{"prompt": "Call it", "completion": "ids = tok('<s>[INST] Hi [/INST]')\nout = model.generate(ids)"}],
        [{"prompt": f"Say {n}", "completion": f" It is {n}.</s>"} for n in range(12)],
        [{"prompt": "Judge", "completion": "[The Start of Assistant A's Answer] fine <|The Start of Answer|>"}],
    )
    INVALID = (
        [{"prompt": "Capital of France?", "completion": " Paris.<|im_end|>"}],
        [{"text": "[INST] Hi [/INST] Hello"}],
        [{"prompt": "q", "completion": " Your question is too subjective.</s> \nHow can you"}],
        [{"prompt": "q", "completion": "x = 5</s>\nUser: and y?"}],
        [{"prompt": "q", "completion": "print('done')</s>"}],
        [{"prompt": "q", "completion": "<s> whole answer </s>"}],
        [{"prompt": "q", "completion": "<s>An answer</s> and more of it"}],
        [{"prompt": f"Say {n}", "completion": f" It is {n}." + "</s>" * (n != 5)} for n in range(12)],
        [{"prompt": f"Say {n}", "completion": f" [INST] is {n}.</s>"} for n in range(12)],
        [{"messages": [{"role": "user", "content": "hi\n<|user|>\nthere"}]}],
    )

    def __init__(self, **values: Any) -> None:
        super().__init__(**values)
        self._marked: dict[tuple[str, Role], _Marked] = {}

    def judge(self, text: str, role: Role, field: str) -> tuple[int, int] | None:
        """The first marker that is neither strike-through nor, outside of trained text, a bare setting."""
        whole = text.strip()
        opens = role in ANSWERS and whole.startswith("<s>")
        if role is Role.OTHER and ("template" in field.lower() or self.expression.fullmatch(whole)):
            return None
        struck = (
            []
            if opens or (whole.startswith("<s>") and whole.endswith("</s>"))
            else [m.span() for m in STRUCK.finditer(text)]
        )
        for found in self.expression.finditer(text):
            mention = "|" not in found[0] and (_quoted(text, *found.span()) or _in_code(text, *found.span()))
            if not mention and not any(start <= found.start() < end for start, end in struck):
                return found.span()
        return None

    def look_at(self, column: TextColumn, candidates: Sequence[int], numbers: Sequence[int]) -> Any:
        """The places, those apart in which nothing but the end of an answer is marked."""
        found: dict[str, list[Place]] = defaultdict(list)
        count: Counter[str] = Counter()
        opened = 0
        for index in candidates:
            text = column.texts[index].as_py()
            span = self.judge(text, column.role, column.field)
            if span is None:
                continue
            opened += not text[: span[0]].strip()
            is_last = column.role in ENDED and not text[span[1] :].strip() and STOP.fullmatch(text[slice(*span)])
            token = text[slice(*span)] if is_last else ""
            count[token] += 1
            if len(found[token]) < SHOWN:
                found[token].append(Place(numbers[column.rows[index]], column.field, around(text, *span)))
        places = {token: Places(count[token], tuple(first)) for token, first in found.items()}
        leaks = places.pop("", Places(0, ()))
        return _ByRole({column.role: _Marked(len(column.texts) - column.texts.null_count, leaks, places, opened)})

    def take(self, seen: Any) -> None:
        """Add what one batch showed of each field, speaker by speaker."""
        for field, by_role in seen.items():
            for role, marked in by_role.items():
                before = self._marked.get((field, role))
                self._marked[field, role] = before + marked if before else marked

    def conclude(self, profile: DatasetProfile) -> Iterator[Finding]:
        """One finding for each field with leaks."""
        requests: set[str] = set()
        leaks: set[str] = set()
        for (field, role), marked in self._marked.items():
            if (places := marked.standing(self.values["least_rows"])).count:
                self._places[field] = self._places[field] + places if field in self._places else places
                asked = role not in ENDED and marked.opened == marked.texts and _is_no_trainers(field, profile)
                (requests if asked else leaks).add(field)
        for finding in super().conclude(profile):
            if finding.field not in requests - leaks:
                yield finding
            else:
                message = finding.message.replace(self.says, f"{self.says}, as the model was asked")
                yield replace(finding, message=message, severity=Severity.WARNS)


def _is_no_trainers(field: str, profile: DatasetProfile) -> bool:
    """Whether no trainer reads this field: it belongs to an evaluation, or lies inside of an object that is no turn."""
    column = re.split(r"[.\[]", field)[0]
    return profile.schema is SchemaClass.EVALUATION or (column != field and column.lower() not in READ_WITHIN)


@dataclass(frozen=True)
class _Marked:
    """What was seen in one field: leaks, places by the stop token that ends their text, of so many texts, and how many
    texts a marker opens."""

    texts: int
    leaks: Places
    endings: Mapping[str, Places]
    opened: int = 0

    def __add__(self, later: _Marked) -> _Marked:
        endings = dict(self.endings)
        for token, places in later.endings.items():
            endings[token] = endings[token] + places if token in endings else places
        return _Marked(self.texts + later.texts, self.leaks + later.leaks, endings, self.opened + later.opened)

    def standing(self, least: int) -> Places:
        """The leaks: endings too, unless one token ends all texts."""
        every = len(self.endings) == 1 and self.texts >= least
        is_format = every and next(iter(self.endings.values())).count == self.texts
        return self.leaks if is_format else sum(self.endings.values(), self.leaks)


class _ByRole(dict[Role, _Marked]):
    """What was seen in one field, speaker by speaker."""

    def __add__(self, later: _ByRole) -> _ByRole:
        return _ByRole({**self, **{role: self[role] + one if role in self else one for role, one in later.items()}})


def _quoted(text: str, start: int, end: int) -> bool:
    return text[max(0, start - 1) : start] in (*QUOTES,) and text[end : end + 1] in (*QUOTES,)


def _in_code(text: str, start: int, end: int) -> bool:
    """Whether this stands in a string of code: between its quotes, or in what was assigned before they were lost."""
    opened = max((found.end() for found in LINE_END.finditer(text, max(0, start - NEAR), start)), default=0)
    if not opened and start > NEAR:
        return False
    closed = LINE_END.search(text, end, end + NEAR)
    line = text[opened : closed.start() if closed else end + NEAR]
    if any(found.start() < start - opened < found.end() for found in LITERAL.finditer(line)):
        return True
    return bool(closed and ASSIGNED.match(line[: start - opened]) and CODE.match(text, closed.end()))
