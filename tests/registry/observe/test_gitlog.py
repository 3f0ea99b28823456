"""History comes from git in one pass: who brought a file in and when, under any name, and what it said before."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from assay.registry.errors import UsageError
from assay.registry.observe.gitlog import commits_between, dirty_diff, past_versions, read_history, refusal


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    """An empty repository."""
    root = tmp_path / "repo"
    root.mkdir()
    git(root, "init", "-q", "-b", "main")
    return root


def git(root: Path, *arguments: str, day: int = 1, author: str = "Ann") -> str:
    """Run git as an author on a day of January 2026, at noon two hours east of Greenwich."""
    date = f"2026-01-{day:02} 12:00:00 +0200"
    identity = {
        f"GIT_{role}_{what}": value
        for role in ("AUTHOR", "COMMITTER")
        for what, value in (("NAME", author), ("EMAIL", "a@b.c"))
    }
    clean = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    environment = (
        clean | identity | {"GIT_AUTHOR_DATE": date, "GIT_COMMITTER_DATE": date, "GIT_CONFIG_GLOBAL": os.devnull}
    )
    done = subprocess.run(
        ["git", "-C", str(root), *arguments], env=environment, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def commit(root: Path, day: int, author: str = "Ann", **files: str) -> str:
    """Write files and commit them; returns the commit's id."""
    for name, text in files.items():
        path = root / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.with_suffix(".py").write_text(text)
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", "change", day=day, author=author)
    return git(root, "rev-parse", "HEAD")


def test_first_and_last_commit_of_each_file(repo: Path) -> None:
    """Each file has the commit that brought it in and the one that changed it last, in UTC with authors."""
    first = commit(repo, 1, a="1", b="1")
    last = commit(repo, 3, author="Ben", a="2")
    history = read_history(repo)
    assert history and history.head == last and not history.is_shallow
    found = history.files["a.py"]
    assert (found.first.sha, found.first.date, found.first.author) == (first, "2026-01-01T10:00:00Z", "Ann <a@b.c>")
    assert (found.last.sha, found.last.date, found.last.author) == (last, "2026-01-03T10:00:00Z", "Ben <a@b.c>")
    assert history.files["b.py"].last.sha == first and history.tracked == {"a.py", "b.py"}


def test_follows_renames(repo: Path) -> None:
    """A file renamed twice, edited between, keeps its first commit; a new file under the old name has its own."""
    text = "".join(f"line {number}\n" for number in range(20))
    first = commit(repo, 1, a=text)
    git(repo, "mv", "a.py", "b.py")
    commit(repo, 2)
    git(repo, "mv", "b.py", "c.py")
    commit(repo, 3, c=text + "more\n")
    again = commit(repo, 4, a="something else entirely\n")
    history = read_history(repo)
    assert history and set(history.files) == {"a.py", "c.py"}
    assert history.files["c.py"].first.sha == first and history.files["a.py"].first.sha == again


def test_merged_branches_count(repo: Path) -> None:
    """A file that came in on a branch has that branch's commit."""
    commit(repo, 1, a="1")
    git(repo, "checkout", "-q", "-b", "side")
    side = commit(repo, 2, b="1")
    git(repo, "checkout", "-q", "main")
    commit(repo, 3, a="2")
    git(repo, "merge", "-q", "--no-edit", "side", day=4)
    history = read_history(repo)
    assert history and history.files["b.py"].first.sha == side


@pytest.mark.parametrize(
    "name", ["sp ace.py", "ünï.py", 'quo"te.py', "new\nline.py", "tab\t.py", "-dash.py", "a -> b.py"]
)
def test_odd_names_survive(repo: Path, name: str) -> None:
    """Names with any character git allows are read exactly."""
    (repo / name).write_text("x = 1\n")
    commit(repo, 1)
    (repo / name).write_text("x = 2\n")
    history = read_history(repo)
    assert history and set(history.files) == {name} == history.tracked == history.dirty
    assert [version.path for version in past_versions(repo, (".py",))] == [name]


def test_a_project_below_the_repository_root(repo: Path) -> None:
    """Paths are relative to the project, and files outside it are left out."""
    commit(repo, 1, outside="1", deep__project__a="1")
    (repo / "deep/project/a.py").write_text("2")
    project = repo / "deep/project"
    history = read_history(project)
    assert history and set(history.files) == history.tracked == history.dirty == {"a.py"}
    assert [version.path for version in past_versions(project, (".py",))] == ["a.py"]
    assert "+++ b/a.py" in dirty_diff(project)


def test_no_git_no_commits_no_program(tmp_path: Path, repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a repository, a commit, a folder or git itself there is no history, and no error."""
    for root in (tmp_path, repo, tmp_path / "gone"):
        assert read_history(root) is None and list(past_versions(root, (".py",))) == [] and dirty_diff(root) == ""
    commit(repo, 1, a="1")
    monkeypatch.setenv("PATH", "")
    assert read_history(repo) is None and list(past_versions(repo, (".py",))) == []


def test_a_shallow_clone_says_so(repo: Path, tmp_path: Path) -> None:
    """A shallow clone is readable and marked, since its first commits are not the truth."""
    commit(repo, 1, a="1")
    commit(repo, 2, a="2")
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "-q", "--depth", "1", repo.as_uri(), str(clone))
    history = read_history(clone)
    assert history and history.is_shallow and set(history.files) == {"a.py"}
    assert [version.content for version in past_versions(clone, (".py",))] == [b"2"]


def test_submodules_are_named_and_not_files(repo: Path, tmp_path: Path) -> None:
    """A submodule is listed as one, and is neither a tracked file nor a past version."""
    other = tmp_path / "other"
    other.mkdir()
    git(other, "init", "-q")
    commit(other, 1, x="1")
    git(repo, "-c", "protocol.file.allow=always", "submodule", "add", "-q", other.as_uri(), "vendored.py")
    commit(repo, 2, a="1")
    history = read_history(repo)
    assert history and history.submodules == {"vendored.py"} and "vendored.py" not in history.tracked
    assert [version.path for version in past_versions(repo, (".py",))] == ["a.py"]


def test_past_versions_are_every_distinct_content(repo: Path) -> None:
    """Each content a path has had appears once, with the commit that first had it, also on other branches."""
    first = commit(repo, 1, a="one\n")
    second = commit(repo, 2, a="two\n")
    commit(repo, 3, a="one\n")
    git(repo, "checkout", "-q", "-b", "side")
    third = commit(repo, 4, a="three\n", b="b\n")
    git(repo, "checkout", "-q", "main")
    (repo / "notes.txt").write_text("not asked for")
    commit(repo, 5)
    found = {(version.path, version.content): version.sha for version in past_versions(repo, (".py",))}
    assert found == {
        ("a.py", b"one\n"): first,
        ("a.py", b"two\n"): second,
        ("a.py", b"three\n"): third,
        ("b.py", b"b\n"): third,
    }


def test_a_deleted_file_keeps_its_past(repo: Path) -> None:
    """A file that is gone has past versions and no present history."""
    commit(repo, 1, a="1", b="1")
    git(repo, "rm", "-q", "a.py")
    commit(repo, 2)
    history = read_history(repo)
    assert history and set(history.files) == {"b.py"}
    assert {version.path for version in past_versions(repo, (".py",))} == {"a.py", "b.py"}


def test_dirty_diff_applies(repo: Path) -> None:
    """The stored diff, applied to the commit, gives the files as they were, staged and unstaged alike."""
    commit(repo, 1, a="1\n", b="1\n")
    (repo / "a.py").write_text("2\n")
    (repo / "b.py").write_bytes(b"\0\1")
    git(repo, "add", "b.py")
    patch = dirty_diff(repo)
    git(repo, "reset", "-q", "--hard")
    subprocess.run(["git", "-C", str(repo), "apply"], input=patch, text=True, check=True)
    assert (repo / "a.py").read_text() == "2\n" and (repo / "b.py").read_bytes() == b"\0\1"


def test_commits_between(repo: Path) -> None:
    """A range gives its commits, oldest first; what git does not know is one clear error, and no option passes."""
    first, second, third = (commit(repo, day, a=str(day)) for day in (1, 2, 3))
    assert commits_between(repo, f"{first}..{third}") == [second, third]
    for unknown in ("nowhere..HEAD", "--all", "--output=x"):
        with pytest.raises(UsageError, match="git knows no commits"):
            commits_between(repo, unknown)


def test_reads_without_running_what_the_repository_configures(repo: Path, tmp_path: Path) -> None:
    """A file-system monitor or diff driver set in the repository is not run."""
    trap = tmp_path / "trap.sh"
    trap.write_text(f"#!/bin/sh\ntouch {tmp_path}/sprung\n")
    trap.chmod(0o755)
    commit(repo, 1, a="1")
    (repo / ".gitattributes").write_text("*.py diff=trap\n")
    for setting in ("core.fsmonitor", "diff.trap.command", "diff.trap.textconv", "diff.external"):
        git(repo, "config", setting, str(trap))
    (repo / "a.py").write_text("2")
    read_history(repo)
    dirty_diff(repo)
    list(past_versions(repo, (".py",)))
    assert not (tmp_path / "sprung").exists()


def raw_commit(root: Path, author: bytes, committer: bytes = b"c <c@d> 1767300000 +0000", tree: str = "") -> str:
    """Commit what is in the index with these exact lines, as no `git commit` would; returns the commit's id."""
    head = git(root, "rev-parse", "HEAD")
    lines = [b"tree " + (tree or git(root, "write-tree")).encode(), b"parent " + head.encode()]
    lines += [b"author " + author, b"committer " + committer, b"", b"odd\n"]
    command = ["git", "-C", str(root), "hash-object", "-t", "commit", "-w", "--literally", "--stdin"]
    made = subprocess.run(command, input=b"\n".join(lines), capture_output=True, check=True).stdout.decode().strip()
    git(root, "update-ref", "HEAD", made)
    return made


ODD = {
    "a time beyond all calendars": (b"Ann <a@b.c> 99999999999999 +0000", "2026-01-01T20:40:00Z", "Ann <a@b.c>"),
    "a time beyond all integers": (b"Ann <a@b.c> 99999999999999999999999 +0000", "2026-01-01T20:40:00Z", "Ann <a@b.c>"),
    "a time before all times": (b"Ann <a@b.c> -5 +0000", "2026-01-01T20:40:00Z", "Ann <a@b.c>"),
    "no time": (b"Ann <a@b.c>", "2026-01-01T20:40:00Z", "Ann <a@b.c>"),
    "nobody": (b"<> 1767225600 +0000", "2026-01-01T00:00:00Z", ""),
    "no brackets": (b"Ann 1767225600 +0000", "2026-01-01T20:40:00Z", ""),
    "control characters": (b"A\x01n\x02n <a\x01b> 1767225600 +0000", "2026-01-01T00:00:00Z", "A\x01n\x02n <a\x01b>"),
    "not UTF-8": (b"J\xf6rg <a@b.c> 1767225600 +0000", "2026-01-01T00:00:00Z", "J\udcf6rg <a@b.c>"),
}


@pytest.mark.parametrize(("author", "date", "name"), ODD.values(), ids=ODD)
def test_an_odd_commit_costs_what_it_says_badly(repo: Path, author: bytes, date: str, name: str) -> None:
    """The committer's date stands in for an author's that says nothing; everything else is as ever."""
    first = commit(repo, 1, a="1", b="1")
    (repo / "a.py").write_text("2")
    git(repo, "add", "-A")
    odd = raw_commit(repo, author)
    history = read_history(repo)
    assert history and history.files["b.py"].last.sha == first and history.files["a.py"].first.sha == first
    last = history.files["a.py"].last
    assert (last.sha, last.date, last.author) == (odd, date, name)
    assert {(one.path, one.content) for one in past_versions(repo, (".py",))} >= {("a.py", b"1"), ("a.py", b"2")}


def test_a_commit_without_any_usable_date_has_none(repo: Path) -> None:
    """Where author's and committer's times both say nothing, the date is empty."""
    commit(repo, 1, a="1")
    (repo / "a.py").write_text("2")
    git(repo, "add", "-A")
    raw_commit(repo, b"a <a@b> 99999999999999 +0000", b"a <a@b> 99999999999999 +0000")
    history = read_history(repo)
    assert history and history.files["a.py"].last.date == "" and history.files["a.py"].first.date


@pytest.mark.parametrize(
    "name", ["odd\x01name.py", "\x01.py", f"\x01{'a' * 40}\x021\x021\x02x.py", "\n\n.py", "M\n.py"]
)
def test_a_name_is_never_taken_for_a_commit(repo: Path, name: str) -> None:
    """Whatever separates the records of a log may also stand in a file's name."""
    (repo / name).write_text("1")
    odd = commit(repo, 1, a="1")
    git(repo, "mv", "--", "a.py", "c.py")
    git(repo, "commit", "-q", "-m", "move")
    history = read_history(repo)
    assert history and history.files[name].last.sha == odd and history.files["c.py"].first.sha == odd
    assert {one.path for one in past_versions(repo, (".py",))} == {name, "a.py", "c.py"}


def test_a_partial_clone_has_the_history_that_is_there(repo: Path, tmp_path: Path) -> None:
    """Blobs that were left out are left out here too; nothing is fetched, and a changed rename is a new file."""
    for day in range(1, 6):
        commit(repo, day, a="a" * day, b="b", c="line\n" * 20)
    git(repo, "mv", "c.py", "d.py")
    (repo / "d.py").write_text("line\n" * 19)
    git(repo, "commit", "-aqm", "move", day=7)
    git(repo, "config", "uploadpack.allowFilter", "true")
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "-q", "--filter=blob:none", f"file://{repo}", str(clone))
    for source in (repo, tmp_path / "nowhere"):
        git(clone, "remote", "set-url", "origin", f"file://{source}")
        history = read_history(clone)
        assert history and history.files["a.py"].last.date == "2026-01-05T10:00:00Z"
        assert "not followed" in history.problem and history.files["d.py"].first.date == "2026-01-07T10:00:00Z"
        past = {(one.path, one.content) for one in past_versions(clone, (".py",))}
        assert past == {("a.py", b"aaaaa"), ("b.py", b"b"), ("d.py", b"line\n" * 19)}


def test_a_path_that_leads_out_of_the_tree_is_left_out(repo: Path) -> None:
    """A tree that was made by hand may name `..`; no past version is ever written outside of its folder."""
    commit(repo, 1, a="1")
    blob = git(repo, "hash-object", "-w", "a.py")
    command = ["git", "-C", str(repo), "hash-object", "-t", "tree", "-w", "--literally", "--stdin"]
    tree = b"100644 x.py\0" + bytes.fromhex(blob)
    for name in (b"..", b"a"):
        made = subprocess.run(command, input=tree, capture_output=True, check=True).stdout.decode().strip()
        tree = b"40000 " + name + b"\0" + bytes.fromhex(made)
    made = subprocess.run(command, input=tree, capture_output=True, check=True).stdout.decode().strip()
    raw_commit(repo, b"a <a@b> 1767225600 +0000", tree=made)
    assert {one.path for one in past_versions(repo, (".py",))} == {"a.py"}


def test_a_history_that_cannot_be_listed_is_said(repo: Path) -> None:
    """Past versions of a damaged repository are an error with what to do; its files are told apart all the same."""
    commit(repo, 1, a="1")
    second = commit(repo, 2, a="2")
    parent = git(repo, "rev-parse", "HEAD^")
    (repo / ".git" / "objects" / parent[:2] / parent[2:]).unlink()
    history = read_history(repo)
    assert history and history.head == second and "git fsck" in history.problem and history.tracked == {"a.py"}
    with pytest.raises(UsageError, match="git log failed"):
        list(past_versions(repo, (".py",)))


def test_why_git_does_not_answer_is_told(repo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A broken or a foreign repository is no missing one; where there is none there is nothing to tell."""
    (outside := tmp_path / "plain").mkdir()
    assert (refusal(repo), refusal(outside)) == ("", "")
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    assert "belongs to another user" in refusal(repo) and "safe.directory" in refusal(repo)
    monkeypatch.delenv("GIT_TEST_ASSUME_DIFFERENT_OWNER")
    (repo / ".git" / "HEAD").write_text("nothing")
    assert refusal(repo).startswith("git says: ")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert refusal(repo) == "git is not installed"
