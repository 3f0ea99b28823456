# ruff: noqa: E501 (a shape is one line)
"""How secrets look, and what the names of things say about their values.

Three kinds of evidence: a shape that an issuer gives its keys, a name that is only ever given to a secret
(`password`, `api_key`), and a name that may be (`token` and `key` mean much else where models are trained) beside a
value that looks random. Refuses names that are about secrets and hold none: a path, a length, an end-of-text token.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial

_W = r"(?<![A-Za-z0-9])"  # no shape begins within a word
_PREFIXED = (  # kind, what it begins with, what follows
    ("huggingface-token", ("hf_",), r"(?=[A-Za-z0-9]*\d|[A-Za-z0-9]{16})[A-Za-z0-9]{12,}(?![A-Za-z0-9]*_)"),
    ("huggingface-token", ("api_org_",), r"[A-Za-z0-9]{16,}"),
    ("api-key", ("sk-",), r"(?:(?=[\w-]*\d)[\w-]{16,}|(?:[a-z]+-)?[A-Za-z0-9]{20,})"),
    ("github-token", ("ghp_", "gho_", "ghu_", "ghs_", "ghr_"), r"[A-Za-z0-9]{16,}"),
    ("github-token", ("github_pat_",), r"\w{16,}"),
    ("gitlab-token", ("glpat-", "gldt-", "glrt-", "glcbt-", "glptt-", "glsoat-"), r"[\w-]{12,}"),
    ("aws-key", ("AKIA", "ASIA"), r"[A-Z0-9]{16}(?![A-Za-z0-9])"),
    ("slack-token", ("xoxb-", "xoxp-", "xoxa-", "xoxs-", "xoxr-", "xoxe-", "xapp-"), r"[\w-]{10,}"),
    ("google-key", ("AIza",), r"[\w-]{30,}"),
    ("google-token", ("ya29.",), r"[\w.-]{10,}"),
    ("google-secret", ("GOCSPX-",), r"[\w-]{16,}"),
    ("npm-token", ("npm_",), r"[A-Za-z0-9]{24,}"),
    ("pypi-token", ("pypi-AgE",), r"[\w-]{10,}"),
    ("stripe-key", ("sk_live_", "sk_test_", "rk_live_", "rk_test_", "pk_live_", "whsec_"), r"\w{10,}"),
    ("sendgrid-key", ("SG.",), r"[\w-]{16,}\.[\w-]{16,}"),
    ("api-key", ("gsk_", "r8_"), r"[A-Za-z0-9]{24,}"),
    ("api-key", ("nvapi-", "pplx-", "xai-", "tgp_v1_", "fw_"), r"[\w-]{20,}"),
    ("docker-token", ("dckr_pat_", "dckr_oat_"), r"[\w-]{16,}"),
    ("vault-token", ("hvs.", "hvb."), r"[\w-]{16,}"),
    ("cloud-token", ("dop_v1_", "doo_v1_", "shpat_", "lin_api_", "sntrys_", "tskey-", "dapi"), r"[\w-]{24,}"),
    ("age-key", ("AGE-SECRET-KEY-1",), r"[A-Z0-9]{20,}"),
    ("jwt", ("eyJ",), r"[\w-]{5,}\.[\w-]{5,}(?:\.[\w-]*)?"),
)
_OTHERS = (  # kind, texts of which one is there in small letters, the shape; the group `secret` where not all of it is
    ("private-key", ("private key",), r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----"
     r"(?:[\s\S]{0,20000}?-----END [A-Z0-9 ]*-----|(?:(?:\\[nr]|[\s+\"',-])*+[A-Za-z0-9+/=]{4,}+)*+)"),
    ("password", ("://",), r"://[^\s/:@'\"]*:(?P<secret>[^\s/'\"]+)@"),
    ("token", ("://",), r"://(?P<secret>(?=[^\s/:@'\"]*\d)[^\s/:@'\"]{16,})@"),
    ("authorization", ("authorization",), r"(?i:authorization[\"'\\]*\s*[:=,]\s*[rbf]?[\\\"']*\s*(?:bearer|basic|token|digest|apikey|api-key|negotiate)\s+)(?P<secret>[^\s\"'\\]+)"),
    ("bearer", ("bearer ",), r"\b(?i:bearer)\s+(?P<secret>(?=[\w.~+/-]*\d|[\w.~+/-]{20})[\w.~+/-]{8,}=*)"),
    ("cookie", ("cookie:",), r"(?i:cookie:\s*)(?P<secret>[^\"'\n]+)"),
    ("signature", ("sig=", "signature=", "x-amz-", "x-goog-"),
     r"(?i:[?&;\s\"']|^)(?i:sig|signature|x-(?:amz|goog)-(?:signature|credential|security-token))=(?P<secret>[\w%.+/~-]{8,}=*)"),
    ("account-key", ("key=",), r"(?i:AccountKey|SharedAccessKey)=(?P<secret>[\w+/]{8,}=*)"),
    ("webhook", ("hooks.slack.com", "api/webhooks"), r"(?:hooks\.slack\.com/services|api/webhooks)/(?P<secret>[\w/-]{8,})"),
    ("telegram-token", (":aa",), r"(?<!\d)\d{8,10}:AA[\w-]{30,}"),
    ("wandb-key", ("wandb",), r"(?i:wandb)[^\n]{0,80}?(?P<secret>(?<![0-9a-fA-F:])[0-9a-f]{40}(?![0-9a-f]))"),
    ("password", ("password ",), r"(?i:\blogin\s+\S+\s+password\s+)(?P<secret>\S+)"),
    ("password", ("-u ", "--user "), r"(?:^|\s)(?:-u|--user)[ =][\"']?[^:\s/\"']+:(?P<secret>[^\s/\"']{3,})"),
    ("password", ("sshpass",), r"\bsshpass\s+-p\s*(?P<secret>\S+)"),
    ("secret", ("env ", "setenv "), r"(?:\bENV|\bsetenv)\s+\w*(?:TOKEN|KEY|SECRET|PASSWORD)\s+(?P<secret>[^\s\"'$]{4,})"),
)  # fmt: skip
Shape = tuple[str, tuple[str, ...], Callable[[], re.Pattern[str]]]


@cache
def _compiled(shape: str) -> re.Pattern[str]:
    """A shape, once a text has one of its hints: few texts have any, and to compile them all takes a while."""
    return re.compile(shape)


SHAPES: tuple[Shape, ...] = (
    *((kind, hints, partial(_compiled, shape)) for kind, hints, shape in _OTHERS[:1]),
    *(
        (
            kind,
            tuple(start.lower() for start in starts),
            partial(_compiled, f"{_W}(?:{'|'.join(map(re.escape, starts))}){rest}"),
        )
        for kind, starts, rest in _PREFIXED
    ),
    *((kind, hints, partial(_compiled, shape)) for kind, hints, shape in _OTHERS[1:]),
)
ISSUED = SHAPES[: 1 + len(_PREFIXED)]  # what is told by itself, whatever stands around it
HINTS = tuple(dict.fromkeys(hint for _, hints, _ in SHAPES for hint in hints))  # one is in every text that has a secret
SIGNS = ("=", ":", "--", '",', "',")  # between a name and its value
ALWAYS = (
    *("password", "passwd", "passphrase", "pwd", "secret", "secretkey", "apikey", "apisecret", "accesskey"),
    *("privatekey", "signingkey", "encryptionkey", "accountkey", "masterkey", "secretaccesskey", "credential"),
    *("credentials", "authkey", "deploykey", "servicekey", "licensekey", "authtoken", "accesstoken", "apitoken"),
)
ISSUERS = frozenset(
    (
        *(
            "hf",
            "hub",
            "huggingface",
            "auth",
            "access",
            "api",
            "github",
            "gh",
            "gitlab",
            "git",
            "bot",
            "slack",
            "refresh",
        ),
        *(
            "session",
            "csrf",
            "oauth",
            "service",
            "deploy",
            "personal",
            "wandb",
            "pypi",
            "npm",
            "security",
            "jwt",
            "vault",
        ),
        *("private", "secret", "bearer", "openai", "anthropic", "id", "login", "admin", "discord", "telegram", "twine"),
        *("my", "our", "cloud", "aws", "azure", "gcp", "client", "app", "x", "write", "read", "account", "ci"),
    )
)
OF_MODELS = frozenset(
    (
        *("bos", "eos", "pad", "unk", "sep", "cls", "mask", "stop", "special", "image", "audio", "video", "vision"),
        *("start", "begin", "end", "response", "instruction", "human", "next", "last", "first", "max", "min", "num"),
        *("n", "per", "new", "think", "thinking", "boundary", "extra", "additional", "added", "target", "yes", "no"),
        *("positive", "negative", "prompt", "answer", "reward", "control", "tool", "turn", "eot", "eom", "im", "fim"),
        *("prefix", "suffix", "middle", "placeholder", "separator", "delimiter", "current", "prev", "previous", "sub"),
        *("word", "chunk", "space", "newline", "label", "completion", "generated", "top", "best", "padding", "trigger"),
        *("sentinel", "assistant", "system", "role", "byte", "text", "sort", "group", "primary", "foreign", "dict"),
        *("count", "print", "show", "save", "require", "allow", "without", "cache", "state", "public"),
    )
)
ABOUT = frozenset(
    (
        *("path", "file", "files", "name", "names", "length", "len", "count", "type", "types", "field", "fields", "id"),
        *("column", "columns", "dir", "url", "uri", "env", "var", "manager", "version", "policy", "min", "max", "ids"),
        *("prompt", "limit", "budget", "size", "index", "stdin", "sock", "socket", "method", "mode", "agent", "idx"),
        *("required", "enabled", "expiry", "expires", "ttl", "classification", "accuracy", "level", "per", "usage"),
        *("author", "author's", "authors", "tokenizer", "keyboard", "keyword", "keywords", "embedding", "embeddings"),
    )
)
PLACEHOLDER = re.compile(
    r"<|\{|\$[A-Za-z_{(]\w*[})]?$|%[sdr(]|\*{3}|…|\.{3}|x{3,}|\[\w+\]$|\w*(?:your|my)[-_ ]|https?://\S*$|--?[a-z][a-z-]*$"
    r"|(?:none|null|nil|true|false|yes|no|on|off|auto|str|int|bool|bytes|float|dict|list|any|optional\b.*)\W*$"
    r"|(?:\w+_)?(?:token|secret|password|api_?key|passwd)$"
    r"|(?:empty|dummy|fake|unused|placeholder|change[-_]?me|(?:sk-)?no[-_]?(?:key|token)(?:[-_]required)?"
    r"|not[-_](?:needed|used|required|set)|ollama|vllm|lm[-_]studio|token-abc123)$"
    r"|(?-i:(?=[A-Z_]*_|[A-Z]*(?:TOKEN|KEY|SECRET|PASSWORD))[A-Z_]+$)",
    re.I,
)
NUMBER = re.compile(r"\d{1,7}")
DIGEST = re.compile(
    r"(?:[a-z0-9_]+:)?(?:[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{56}|[0-9a-f]{64}|[0-9a-f]{96}|[0-9a-f]{128})"
)
MIXED = re.compile(r"(?=[A-Za-z]*\d+[A-Za-z])[A-Za-z0-9+=]{8,}")


@dataclass(frozen=True)
class Sure:
    """What a name says: the kind of secret, whether it is one always, or else as an option's or variable's value."""

    kind: str
    always: bool
    spoken: bool
    bare: bool


@cache
def by_name(name: str) -> Sure | None:
    """What a name says of its value; None for one that says nothing of a secret."""
    words = _words(name)
    if not words or words[-1] in ABOUT or words[0] in ("use", "no", "with", "has", "is"):
        return None
    joined = "".join(words)
    if joined in ("pwd", "oldpwd"):
        return None
    kind = next((one for one in ("password", "secret", "token", "credential") if one in joined), "key")
    if joined.removesuffix("s").endswith(ALWAYS):
        return Sure("password" if "pass" in joined or "pwd" in joined else kind, True, True, False)
    before = set(words[:-1])
    if words[-1] in ("token", "key", "auth", "pass") or joined.endswith("token"):
        if before & OF_MODELS:
            return None
        issued = bool(before & ISSUERS) and words[-1] in ("token", "key")
        kind = {"auth": "credential", "pass": "password"}.get(words[-1], kind)
        return Sure(kind, issued, issued or joined in ("token", "pass"), not before)
    return Sure("key", False, True, False) if joined.endswith("key") and name.isupper() else None


@cache
def says_secret(name: str) -> bool:
    """Whether the name of a variable of the environment says that its value is a secret."""
    words = _words(name)
    said = {"key", "token", "secret", "password", "passwd", "credential", "credentials", "auth"} & set(words)
    return by_name(name) is not None or bool(said and words[-1] not in ABOUT and not OF_MODELS & set(words))


def _words(name: str) -> list[str]:
    """The words of a name in small letters, without numbers and what merely says where it counts."""
    words = [word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", name)]
    return words[:-1] if words and words[-1] in ("prod", "dev", "test", "staging", "value") else words


def is_placeholder(value: str) -> bool:
    """Whether a value stands for a secret and is none: a variable, a word to be filled in, a type."""
    return len(value) < 3 or PLACEHOLDER.match(value.strip("'\"")) is not None


def is_random(value: str, name: Sure, spoken: bool) -> bool:
    """Whether a value looks like no word, name or number. Digests do only under a bare name: `key`, `token`."""
    if DIGEST.fullmatch(value):
        return name.bare and ":" not in value
    if spoken and len(value) >= 12 and value.isalpha():
        return True
    return any(MIXED.fullmatch(part) for part in re.split(r"[-_./:]", value))
