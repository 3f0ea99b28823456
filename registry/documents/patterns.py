"""How documents write what can be held against files: links, commands, options with their defaults, counts, and so on.

And how they write what cannot: examples, placeholders, what the reader is to make, what was once.
"""

from __future__ import annotations

import re

SUPPOSED_NAME = re.compile(r"(?:^|[._])(?:my|your|new|custom|foo|bar|example|some)(?:[._]|$)")
PAGES = ("", ".md", ".mdx", ".rst", ".ipynb")  # what a link may leave out
LINK = re.compile(r"!?\[[^\]]*\]\(<?([^)\s>]+)>?(?:\s+[\"'][^)]*)?\)")
SPAN = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
SUPPOSED = re.compile(
    r"\b(?:e\.g\.|for example|example|create|creates?d?|add|new|your|my|will be|would|generated?|saved?|written|output|"
    r"placeholder|such as|e\.g|suppose|imagine|removed|deleted|renamed|formerly|previously|used to|no longer|was|were|"
    r"if you|let's|name it|called|should|copy|rename|save)\b", re.I
)  # fmt: skip
PLACEHOLDER = re.compile(
    r"[<>{}$*…]|\.\.\.|\b(?:my|your|foo|bar|path|to|xxx|some|example)\b|(?:^|/)(?:my|your)[_-]", re.I
)
RUN = re.compile(
    r"^\s*(?:[$>!%]\s*)?(?:[A-Z_][A-Z0-9_]*=\S*\s+)*"
    r"(?:accelerate launch|torchrun|deepspeed|python[\d.]*|uv run|bash|sh)\b(.*)$"
)
OUTSIDE = re.compile(r"^\s*(?:[$>]\s*)?(?:git clone|cd|pushd|wget|curl|pip install|conda|docker|cat >|touch|mkdir)\b")
FLAG = re.compile(r"^--[a-zA-Z](?:[\w.-]*\w)?")
DEFAULT = re.compile(
    r"(--[a-zA-Z](?:[\w.-]*\w)?)`?\**(?:[^|`\n]|`(?!--)[^`\n]*`|\|){0,80}?"
    r"\b(?:defaults? (?:to|is|of|value is)|default(?:s|ed)?\s*[:=])\s*[`\"'*]*([\w./+-]+)",
    re.I,
)
IMPORT = re.compile(r"^\s*(?:>>> )?from ([\w.]+) import (?:\(([^)]*)\)|([^\n#(]+))", re.M)
FUNCTION_IN = re.compile(
    r"`(\w+)(?:\([^`)]*\))?`(?:\s+(?:function|class|method|helper))?\s+(?:in|from|of|\()\s*\[?`([\w./-]+\.py)`"
)
COUNTED = re.compile(
    r"\b(\d{1,6})\s+(?:\w+\s+)?(scripts|modules|tests?|files|examples|rows|lines)\b[^.`\n]{0,24}?\b(?:in|under|inside|of)\s+(?:the\s+)?[`\[]+([\w./-]+)"
)
WRITES = re.compile(
    r"\b(?:writes?|saves?|produces?|outputs?|creates?|dumps?)\b(?!\w)[^.\n]{0,40}?`([\w./-]+\.(?:jsonl|json|csv|parquet|txt|md|png|pt))`",
    re.I,
)
