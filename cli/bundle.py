"""`assay bundle`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..registry.errors import NoRegistry, UsageError
from ..registry.legible import page
from .session import Session, assay_command, given, plural

if TYPE_CHECKING:
    from ..registry.sharing.bundle import Made
    from ..registry.sharing.contents import Contents
    from ..registry.sharing.unpack import Unpacked

FILE = click.argument("file", type=click.Path(path_type=Path))
SEAL = click.option("--seal", metavar="HEX", help="The seal that it must have, as who made it says.")
UNITS = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}


class Size(click.ParamType[int]):
    """A number of bytes, such as 200G."""

    name = "SIZE"

    def convert(self, value: str | int, param: click.Parameter | None, ctx: click.Context | None) -> int:
        if isinstance(value, int):
            return value
        if not (said := re.fullmatch(r"(\d{1,18})([KMGT]?)B?", value.upper())) or not int(said[1]):
            self.fail(f"{value!r} is no size: write 200G", param, ctx)
        return int(said[1]) * UNITS[said[2]]


LIMIT = click.option("--limit", type=Size(), help="How much it may unpack to, such as 200G (else 200 times its size).")


@click.group("bundle", context_settings={"help_option_names": ["-h", "--help"]})
def command() -> None:
    """Carry a project in one archive to a machine without its git, and bring home what was made there.

    A bundle holds scripts with all that they import, settings, documents and every fact that travels, and the data and
    models that are named. A SHA-256 seals each file, and one seal stands for all.
    """


@assay_command("create")
@FILE
@click.argument("names", nargs=-1, metavar="[NAME]…")
@click.option("--with", "things", multiple=True, metavar="NAME", help="Data or a model to take along (repeatable).")
@click.option("--outputs", is_flag=True, help="Take what runs of this copy made, and no scripts: the way home.")
@click.option("--for", "purpose", default="train", show_default=True, metavar="P", help="train, eval:NAME or publish.")
@click.option("--allow", is_flag=True, help="Take also what is not clean or has a secret in it, and say so.")
def create(
    session: Session, file: Path, names: tuple[str, ...], things: tuple[str, ...], outputs: bool, purpose: str,
    allow: bool,
) -> None:  # fmt: skip
    """Make a bundle: FILE ends in .tar.gz, .tgz, .tar.zst or .tar.

    NAMEs are scripts and settings, folders or globs of them; without any, it is all of them that are clean, and what is
    left out is named. What was named and is not clean is refused, and so is what has a secret in it: in a text, or a
    key in a row of data. The same content gives the same bytes.

    \b
    Examples:
      assay bundle create pod.tar.gz --with data/sft.jsonl
      assay bundle create home.tar.gz --outputs
    """
    from ..registry.lineage.purpose import Purpose
    from ..registry.sharing.bundle import Asked, create

    asked = Asked(given(names), given(things), outputs, Purpose.parse(purpose), allow)
    done = create(session.current, file, asked)
    _answer(session, done.as_dict(), _made(done))


def _answer(session: Session, data: dict[str, Any], lines: Iterable[str], code: int = 0) -> None:
    """Answer without the secrets that names may hold: what a job prints is read by others than what it packs."""
    from ..registry.disclosure import Secrets

    secrets = Secrets.here()
    session.answer(secrets.data(data), page(map(secrets.masked, lines)), code)


def _made(done: Made) -> Iterator[str]:
    from ..registry.disclosure import masked

    yield f"{done.path}: {_holds(done.contents)}, {plural(done.facts, 'fact')}"
    yield f"seal: {done.contents.seal}"
    yield from _unclean(done.contents)
    packed = {masked(one.path) for one in done.contents.files}
    for one in done.secrets:
        yield f"{'packed with a secret in it' if one.path in packed else 'a secret stands in'}: {one.text()}"
    if done.withheld:
        yield f"left out for a secret in it: {', '.join(done.withheld)}"
    if done.left_out:
        yield f"left out, since not clean: {', '.join(done.left_out)}"
        yield "  → assay check PATH says why; --allow takes them along"


def _holds(contents: Contents) -> str:
    from ..registry.sharing.archive import size_text

    return f"{plural(len(contents.files), 'file')} ({size_text(contents.size)})"


def _unclean(contents: Contents) -> Iterator[str]:
    for one in contents.unclean:
        yield f"not clean: {one.name} ({one.kind}) was {one.status} when it was packed"


@assay_command("verify")
@FILE
@SEAL
@LIMIT
def verify(session: Session, file: Path, seal: str | None, limit: int | None) -> None:
    """Check a bundle, every file against its seal and every fact against its chain, and write nothing.

    Exits 1 where anything in it is not as its manifest says.

    \b
    Example:
      assay bundle verify pod.tar.gz --seal sha256:9f2c…
    """
    from ..registry.sharing.archive import BundleRefused
    from ..registry.sharing.unpack import verify

    try:
        found = verify(file, seal, limit)
    except BundleRefused as error:
        lines = [error.text(), f"  → {error.remedy}"]
        session.answer({"intact": False, "error": error.as_dict() | {"exit_code": 1}}, page(lines), code=1)
    said = f"{_holds(found.contents)}, {plural(found.facts, 'fact')} in {plural(found.transactions, 'transaction')}"
    lines = [f"{file} is as it was made: {said}", f"seal: {found.contents.seal}", *_unclean(found.contents)]
    _answer(session, found.as_dict(), lines)


@assay_command("unpack")
@FILE
@click.argument("folder", required=False, type=click.Path(path_type=Path))
@SEAL
@LIMIT
@click.option("--force", is_flag=True, help="Replace files of which another one lies there.")
def unpack(session: Session, file: Path, folder: Path | None, seal: str | None, limit: int | None, force: bool) -> None:
    """Unpack a bundle into FOLDER, else this project, else the current folder, and take its facts in.

    All of it is verified first, and nothing is written outside of the folder. What is there already and the same stays.

    \b
    Examples:
      assay bundle unpack pod.tar.gz work && cd work && assay scan
      assay bundle unpack home.tar.gz
    """
    from ..registry.sharing.unpack import unpack

    done = unpack(file, _folder(session, folder), session.db, seal=seal, limit=limit, force=force)
    _answer(session, done.as_dict(), _came(done), code=1 if done.shared.refused else 0)


def _folder(session: Session, folder: Path | None) -> Path:
    """Where a bundle goes."""
    if folder is not None:
        if folder.exists() and not folder.is_dir():
            raise UsageError(f"{folder} is a file", "Give a folder.")
        return folder.absolute()
    try:
        return session.project.root
    except NoRegistry:
        return Path.cwd()


def _came(done: Unpacked) -> Iterator[str]:
    same = len(done.contents.files) - len(done.written)
    there = f", {same} were there" if same else ""
    yield f"{done.root}: {plural(len(done.written), 'file')} written{there}"
    yield f"{plural(done.shared.facts, 'fact')} in {plural(done.shared.transactions, 'transaction')} came in"
    yield from (f"replaced: {path}" for path in done.replaced)
    yield from _unclean(done.contents)
    yield from (f"refused: {name[:8]}….jsonl: {why}" for name, why in done.shared.refused.items())
    yield from (f"two say differently: {one}" for one in done.shared.conflicts)
    yield "Next: assay scan"


for _one in (create, verify, unpack):
    command.add_command(_one)
