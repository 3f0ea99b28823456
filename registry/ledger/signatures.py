"""Signatures of transactions by people's SSH keys, made and verified by `ssh-keygen -Y`.

What is signed is the digest of a link, which binds its writer, number, time, project, and every fact by its id: so a
signature holds wherever its transaction is packed, sent or redacted. Whose signature counts is written in a file of
the project, in the form that git uses for the same. Refuses nothing itself: a signature that does not hold proves
nothing, and says why not.
"""

from __future__ import annotations

import base64
import binascii
import os
import re
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cached_property
from pathlib import Path

from ..errors import RegistryError
from ..hashing import digest_bytes

FILE = "allowed_signers"  # below .assay, kept in git
NAMESPACE = "assay-ledger"
ARMOUR = ("-----BEGIN SSH SIGNATURE-----", "-----END SSH SIGNATURE-----")
LONGEST = 16_384  # characters of a signature
MOST = 16  # signatures of one transaction
SECONDS = 60
NO_PROGRAM = "ssh-keygen is not installed"
DOES_NOT_HOLD = "its signature does not hold"


@dataclass(frozen=True)
class Signer:
    """Who signed: the identity for which the project allows the key; empty, with the reason, where it allows none."""

    identity: str
    why: str = ""

    def speaks_for(self, author: str) -> bool:
        """Whether this is the author, by address, name or both, whose words a fact holds."""
        return bool(self.identity) and self.identity.casefold() in {one.casefold() for one in identities(author)}


def identities(author: str) -> tuple[str, ...]:
    """What an author may be called in a list of signers: the address, all of it, the name."""
    name, _, address = author.partition(" <")
    return tuple(dict.fromkeys(filter(None, (address.removesuffix(">"), author, name))))


def sign(key: str, message: str) -> str:
    """The signature of a message as one line. Raises RegistryError where the key does not sign."""
    command = ["ssh-keygen", "-q", "-Y", "sign", "-n", NAMESPACE, "-f", str(Path(key).expanduser())]
    done = _run(command, message)
    if done is None:
        raise RegistryError(NO_PROGRAM, "Install openssh-client.")
    if done.returncode:
        why = " ".join((done.stderr or "it says nothing").split())
        raise RegistryError(f"ssh-keygen could not sign with {key}: {why}", "Load the key with ssh-add.")
    return "".join(line for line in done.stdout.splitlines() if line not in ARMOUR)


def well_formed(given: Iterable[str]) -> tuple[str, ...]:
    """Signatures as they stand in a transaction. Raises ValueError for what can be none."""
    found = sorted(set(given))
    if len(found) > MOST or any(len(one) > LONGEST for one in found):
        raise ValueError
    for one in found:
        try:
            is_one = base64.b64decode(one, validate=True).startswith(b"SSHSIG")
        except binascii.Error:
            is_one = False
        if not is_one:
            raise ValueError
    return tuple(found)


@dataclass(frozen=True)
class Signers:
    """The file that says whose signatures count."""

    path: Path

    @cached_property
    def digest(self) -> str:
        """What stands for its content; empty where there is none."""
        try:
            return digest_bytes(self.path.read_bytes())
        except OSError:
            return ""

    def of(self, message: str, signatures: Sequence[str], at: str, authors: Sequence[str]) -> Signer:
        """Who signed a message at a time; of several signatures, the first that counts, before that of an author."""
        found = [self._of(message, one, at, authors) for one in signatures]
        by_author = [one for one in found if any(map(one.speaks_for, authors))]
        return next(iter(by_author or [one for one in found if one.identity] or found), Signer("", "it is not signed"))

    def _of(self, message: str, signature: str, at: str, authors: Sequence[str]) -> Signer:
        if not self.digest:
            return Signer("", f"no .assay/{FILE} says whose signatures count")
        time = f"-Overify-time={re.sub('[^0-9]', '', at)[:14]}"
        import tempfile  # most records are signed by nobody

        with tempfile.NamedTemporaryFile("w", suffix=".sig") as file:
            file.write("\n".join((ARMOUR[0], signature, ARMOUR[1], "")))
            file.flush()
            given = ["-s", file.name, "-f", str(self.path)]
            found = _run(["ssh-keygen", "-Y", "find-principals", *given, time], "")
            if found is None:
                return Signer("", NO_PROGRAM)
            patterns = [one for line in found.stdout.splitlines() for one in line.split(",")]
            if found.returncode or not patterns:
                return Signer("", f"its key is not in .assay/{FILE}")
            plain = [one for one in patterns if not set(one) & set("*?!")]
            named = [one for author in authors for one in identities(author)]
            identity = next((one for one in named if any(fnmatchcase(one, pattern) for pattern in patterns)), "")
            identity = identity or next(iter(plain), patterns[0])
            command = ["ssh-keygen", "-q", "-Y", "verify", "-n", NAMESPACE, "-I", identity, *given, time]
            done = _run(command, message)
            holds = done is not None and not done.returncode
            return Signer(identity) if holds else Signer("", DOES_NOT_HOLD)


def _run(command: Sequence[str], message: str) -> subprocess.CompletedProcess[str] | None:
    """Run the program without a terminal, so that it asks nobody for anything; None where it is not installed."""
    environment = os.environ | {"TZ": "UTC", "SSH_ASKPASS_REQUIRE": "never", "LC_ALL": "C"}
    try:
        return subprocess.run(
            command, input=message, capture_output=True, text=True, errors="replace", timeout=SECONDS, env=environment,
            start_new_session=True,
        )  # fmt: skip
    except FileNotFoundError:
        return None
    except (OSError, subprocess.TimeoutExpired) as error:
        return subprocess.CompletedProcess(list(command), 1, "", str(error))
