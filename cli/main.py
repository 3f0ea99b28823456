"""The command `assay`: runs one call, and turns every error into a line and an exit code.

Exit codes: 0 yes or clean, 1 no or problems found, 2 the call or the environment is wrong, or nothing can be said of
what is asked about, 3 refused by the gate, 4 a fault of Assay's own, which is never an answer. Next to nothing is
imported before errors are caught, so that Ctrl-C is a line from the first moment.
"""

from __future__ import annotations

import contextlib
import io
import os
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import click

    from ..registry.errors import AssayError

COMMANDS: dict[str, str] = {
    "init": "Make a registry for the project in the current folder.",
    "scan": "Find scripts, datasets and checkpoints; hash, describe, date and check them.",
    "status": "Say in a few lines how the project stands.",
    "list": "List artifacts with their status.",
    "show": "Show everything on record about one artifact, or about a name of the Hub.",
    "exists": "Ask whether something like this exists already.",
    "find": "Ask before writing: what does this already, how much of it, and how is it used.",
    "before-edit": "Say what rests on a file that is about to change, each with its place.",
    "may-use": "Say which of these files may not be used, who probably made them, and the ways out.",
    "current": "Name the one to use for a purpose: on whose word, or why else; and what may not be used.",
    "duplicates": "Show what is repeated, where, in what the places differ, and which of them could host it.",
    "lint": "Check a script that need not be saved: what is wrong with it that is new, and what it resembles.",
    "hook": "Answer the hook of a coding agent or of git: is this there already, and may it be used?",
    "agent-guide": "Print what a coding agent should do in this project, or write it where agents read it.",
    "mcp": "Serve the questions of a coding agent over the Model Context Protocol, on standard input and output.",
    "proposals": "List what agents would have on record, and accept or drop it, as a person.",
    "lineage": "Show what a thing was made from, and what from it.",
    "audit": "Name what is contaminated, missing, undescribed or contradictory.",
    "baseline": "Accept what is there, so that `audit --new` shows what comes after.",
    "markdown": "Write IMPLEMENTATION_REGISTRY.md, or check that it is current.",
    "mark": "Declare a status: contaminated, unverified, deprecated or primary.",
    "attest": "Say where a thing came from: from outside, or from which script.",
    "forget": "Leave out what was taken in and is not wanted.",
    "retract": "Take back a declaration, attestation, asserted run, waiver, finding or observed read.",
    "triage": "Write a worksheet of all that is unverified or contaminated, or record one.",
    "diff": "Show in what two versions, data sets, checkpoints or runs differ.",
    "note": "Write a note beside a thing; it says something and decides nothing.",
    "decide": "Put a decision on record, or list those that stand.",
    "bug": "Remember bugs: symptom, cause, mend, and the versions that have them.",
    "task": "Remember what is to be done, and that it is done.",
    "adopt": "Read hand-written registries, bug and deprecation lists in Markdown into the record.",
    "log": "Show who said or did what, when, and by whom it was undone.",
    "rules": "Explain the rules, or one of them.",
    "run": "Run a program with its inputs checked and its outputs recorded.",
    "check": "Ask the gate whether these files may be used.",
    "why": "Explain why a thing stands where it stands.",
    "impact": "Show what a problem reaches, what it spares, and what to make again.",
    "waive": "Record an exception that expires.",
    "verify": "Find records that were edited and files that no longer match.",
    "overlap": "Compare training data with the evaluation sets.",
    "investigate": "Find out what a file without a record is, and who made it.",
    "fix": "Write a cleaned copy of a dataset.",
    "verify-base": "Test whether a model is a base model.",
    "generate": "Generate SFT data or preference pairs.",
    "train": "Train with SFT or DPO on inputs that the gate passed.",
    "evaluate": "Evaluate a model on items whose answers can be checked.",
    "compare": "Compare evaluations item by item.",
    "plan": "Run a session of phases with budget and decisions.",
    "ledger": "Show, verify, pack or sign the facts that travel, or redact one.",
    "sync": "Exchange what is on record with a folder or bucket that others sync with.",
    "merge": "Take in what another registry of this project has on record.",
    "bundle": "Carry a project in one archive to a machine without its git, and bring home what was made there.",
    "db": "Show or upgrade the registry's database.",
    "bom": "Write the bill of materials: models, data and tools, with their pedigree, as CycloneDX 1.7.",
    "doctor": "Look whether this machine and this project have what Assay needs.",
    "completion": "Print what makes a shell complete commands, options and the names of artifacts.",
}


INTERRUPTED = 130
READER_GONE = 141  # as the shell has it for a program that SIGPIPE ended
EXTRAS = {  # what is imported on demand: the extra that brings it
    "psycopg": "postgresql",
    "obstore": "sync",
    **dict.fromkeys(("mcp", "mcp_types"), "mcp"),
    **dict.fromkeys(("openlineage", "prov"), "lineage"),
    "sentence_transformers": "semantic",
    **dict.fromkeys(("accelerate", "datasets", "matplotlib", "peft", "rensa", "safetensors", "scipy"), "train"),
    **dict.fromkeys(("gguf", "py3langid", "torch", "transformers", "trl"), "train"),
    "bitsandbytes": "qlora",
    "vllm": "vllm",
}


def main() -> None:
    """Run the command line and exit."""
    try:
        _open_standard_streams()
        code = run(sys.argv[1:])
    except KeyboardInterrupt:
        code = _interrupted()
    sys.exit(code)


def run(arguments: list[str]) -> int:
    """Run one call; returns the exit code and prints errors without tracebacks."""
    own = arguments[: arguments.index("--")] if "--" in arguments else arguments
    others = arguments[len(own) :]  # what follows `--` belongs to the program that is run
    debug = "--debug" in own or os.environ.get("ASSAY_DEBUG", "0") not in ("", "0")
    as_json = "--json" in own
    try:
        with _logging(debug or os.environ.get("ASSAY_LOG", "").lower() == "debug"):
            return _called([one for one in own if one != "--debug"] + others)
    except KeyboardInterrupt:
        return _interrupted()
    except BaseException as error:
        if debug:
            import traceback

            traceback.print_exception(error)
        return _answer_to(error, arguments, as_json)


@contextlib.contextmanager
def _logging(wanted: bool) -> Iterator[None]:
    """Show what Assay's modules log on standard error, where that is wanted."""
    if not wanted:
        yield
        return
    import logging

    logger, handler = logging.getLogger("assay"), logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(name)s: %(message)s"))
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.setLevel(logging.NOTSET)


def _called(arguments: list[str]) -> int:
    """What click makes of the call."""
    if not sys.stderr.isatty() and arguments[:1] != ["run"]:  # a program under `assay run` decides for itself
        os.environ.setdefault("TQDM_DISABLE", "1")  # the bars of the libraries, in a log
    import click

    from .group import group_of

    try:
        code = group_of(COMMANDS).main(args=arguments, prog_name="assay", standalone_mode=False)
        return code if isinstance(code, int) else 0
    except SystemExit as ended:
        if "_ASSAY_COMPLETE" not in os.environ:  # else a shell was told what completes a word
            raise
        return int(ended.code or 0)
    except click.Abort:
        raise KeyboardInterrupt from None
    except click.ClickException as error:
        if "--json" in arguments[: arguments.index("--") if "--" in arguments else None]:
            from ..registry.errors import UsageError

            raise UsageError(error.format_message(), "`--help` says how it is called.") from error
        click.echo(_usage(error), err=True)
        return 2


def _answer_to(error: BaseException, arguments: list[str], as_json: bool) -> int:
    """Say what went wrong. After the end of a program under `assay run`, its own exit code is the answer."""
    from .fault import EndedProgram, reported

    ended = error.exit_code if isinstance(error, EndedProgram) else None
    cause = error.__cause__ if isinstance(error, EndedProgram) and error.__cause__ else error
    if isinstance(cause, BrokenPipeError) and _reader_is_gone():
        _close_output(1, 2)
        return READER_GONE if ended is None else ended
    known = _explained(cause)
    code = _explain(known or reported(cause, arguments), as_json)
    if ended is None or (known and not ended):
        return code
    return ended


def _explained(error: BaseException) -> AssayError | None:
    """What people can do something about, as an error that says what; None for a fault of Assay's own."""
    import json

    from ..registry.errors import AssayError, RegistryError, UsageError, of_the_system

    if isinstance(error, AssayError):
        return error
    if isinstance(error, json.JSONDecodeError):
        return RegistryError(f"a row of the registry is damaged: {error}", "`assay verify` says which.")
    if isinstance(error, ModuleNotFoundError) and (extra := EXTRAS.get((error.name or "").partition(".")[0])):
        return UsageError(f"this needs {error.name}, which is not installed", f"pip install 'assay[{extra}]'")
    return of_the_system(error) if isinstance(error, OSError) else None


def _usage(error: click.ClickException) -> str:
    """What click says of a call that it cannot read, whatever the words of the call held."""
    from ..registry.legible import legible, page

    said, message = io.StringIO(), error.format_message()
    error.show(said)
    return page(said.getvalue().rstrip("\n").replace(message, legible(message)).split("\n"))


def _interrupted() -> int:
    sys.stderr.write("stopped; what was recorded stands, and the same command goes on from there\n")
    return INTERRUPTED


def _explain(error: AssayError, as_json: bool) -> int:
    import json

    import click

    from ..registry.legible import legible
    from .fault import AssayFault

    if as_json:
        fault = {"fault": True} if isinstance(error, AssayFault) else {}
        try:
            click.echo(json.dumps({"error": error.as_dict(), **fault}, indent=2))
            return error.exit_code
        except OSError:
            _close_output(1)  # the program that reads it gets nothing, so people are told
    try:
        click.echo(f"assay: {error.text()}", err=True)
        if error.remedy:
            click.echo(legible(f"  → {error.remedy}"), err=True)
    except OSError:
        _close_output(1, 2)  # nobody can be told; the exit code says it
    return error.exit_code


def _open_standard_streams() -> None:
    """Give a stream that was closed before the start to nobody, lest a file that is opened takes its number.

    What a stream's encoding has no letter for is written as an escape: a name need not be text.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode))  # noqa: SIM115 (open for as long as the process is)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _reader_is_gone() -> bool:
    """Whether it was our own output that nobody reads any more."""
    import select

    poll = select.poll()
    poll.register(1)
    poll.register(2)
    return any(state & (select.POLLERR | select.POLLNVAL) for _, state in poll.poll(0))


def _close_output(*numbers: int) -> None:
    """Let what is still to be written on these streams go nowhere."""
    for number in numbers:
        os.dup2(os.open(os.devnull, os.O_WRONLY), number)


if __name__ == "__main__":
    main()
