"""`assay verify`: whatever was changed behind the registry's back is found and named."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from assay.registry.answers.verify import Problem, Verification, verify
from assay.registry.facts.store import Store


def check(registry, rehash: bool = True) -> Verification:
    return verify(registry.store, registry.today, rehash)


@pytest.fixture
def filled(registry):
    """A registry with a script, the data it made and a checkpoint made from that, in several links."""
    script = registry.put("gen.py", content=b"print(1)\n")
    data = registry.put("data/sft.jsonl", "dataset", b'{"prompt": "a", "completion": "b"}\n')
    registry.run(script, outputs=[data])
    registry.declare(registry.artifact("gen.py"), "deprecated", replaced_by="gen2.py")
    registry.put("more.py", content=b"print(2)\n")
    registry.declare(registry.artifact("more.py"), "primary")
    return registry


def travelling(store: Store) -> str:
    """The chain of what travels; the other one is of what stays."""
    return f"{store.writer}-1"


def tamper(store: Store, sql: str, *values: object) -> None:
    with store.database.writing():
        store.database.rows(sql, values)


def test_an_untouched_registry_is_intact(filled) -> None:
    """Nothing is reported where nothing was changed, and everything was looked at."""
    found = check(filled)
    assert found.problems == ()
    assert found.intact
    assert found.files == 3
    assert found.links == filled.store.database.one("SELECT COUNT(*) FROM ledger")[0]
    assert found.facts > 8


TAMPERINGS: dict[str, tuple[str, str, str]] = {
    "edited fact": ("UPDATE declaration SET reason = 'fine'", "declaration", "edited"),
    "edited version": ("UPDATE version SET size = 1 WHERE kind = 'dataset'", "version", "changed"),
    "edited null": ("UPDATE declaration SET replaced_by = NULL", "declaration", "edited"),
    "deleted fact": ("DELETE FROM declaration", "declaration", "deleted"),
    "inserted fact": (
        "INSERT INTO declaration (id, subject_id, status, reason, author, at) VALUES ('x', 'y', 'primary', '', '', '')",
        "declaration",
        "put in",
    ),
    "edited link": ("UPDATE ledger SET at = 'later' WHERE seq = 2", "ledger", "edited"),
    "deleted link": ("DELETE FROM ledger WHERE seq = 2", "ledger", "deleted"),
    "cut tail": ("DELETE FROM ledger WHERE seq = (SELECT MAX(seq) FROM ledger)", "ledger", "cut off"),
}


@pytest.mark.parametrize("name", TAMPERINGS)
def test_each_tampering_is_found_where_it_was_done(filled, name: str) -> None:
    """An edited, deleted or inserted fact or link is named with its table and what was done to it."""
    sql, table, word = TAMPERINGS[name]
    tamper(filled.store, sql)
    problems = check(filled).problems
    assert any(one.table == table and word in one.message for one in problems), problems


def test_an_inserted_fact_with_a_right_id_is_found(filled) -> None:
    """A fact that is well formed, and that no chain lists, was not written by the registry."""
    from assay.registry.facts.store import fact_key

    row = {"fact_id": "f", "reason": "r", "author": "mallory", "at": "2026-01-01T00:00:00.000000Z"}
    id = fact_key("retraction", row)
    tamper(
        filled.store,
        "INSERT INTO retraction (id, fact_id, reason, author, at) VALUES (?, ?, ?, ?, ?)",
        id,
        *row.values(),
    )
    assert check(filled).problems == (
        Problem("retraction", id, "in no writer's chain: it was put in, or changed, behind the registry's back"),
    )


def test_reordered_links_are_found(filled) -> None:
    """Two links that swapped their contents match neither their digests nor each other."""
    store = filled.store
    name = travelling(store)
    rows = store.database.rows("SELECT seq, facts FROM ledger WHERE writer = ? AND seq IN (1, 2) ORDER BY seq", [name])
    (_, first), (_, second) = rows
    tamper(store, "UPDATE ledger SET facts = ? WHERE seq = 1 AND writer = ?", second, name)
    tamper(store, "UPDATE ledger SET facts = ? WHERE seq = 2 AND writer = ?", first, name)
    found = [one.id for one in check(filled).problems if one.table == "ledger"]
    assert found == [f"{name} #1", f"{name} #2"]


def test_a_rewritten_chain_is_told_by_the_note_outside(filled) -> None:
    """Somebody who recomputes the last link must also change the note outside the database."""
    from assay.registry.hashing import chain_digest

    store = filled.store
    sql = "SELECT seq, at, previous FROM ledger WHERE writer = ? ORDER BY seq DESC LIMIT 1"
    (seq, at, previous), *_ = store.database.rows(sql, [travelling(store)])
    chain = chain_digest(travelling(store), seq, at, previous, "[]")
    tamper(
        store, "UPDATE ledger SET facts = '[]', chain = ? WHERE writer = ? AND seq = ?", chain, travelling(store), seq
    )
    tamper(store, "DELETE FROM declaration WHERE status = 'primary'")
    (problem,) = check(filled).problems
    assert problem.table == "ledger" and "rewritten" in problem.message


def test_a_missing_note_is_reported(filled) -> None:
    """Without the note outside, a cut tail could not be seen, and that is said."""
    filled.store.head_file.unlink()
    (problem,) = check(filled).problems
    assert "is missing: a tail" in problem.message


def test_a_note_that_says_nothing_is_reported_not_raised(filled) -> None:
    """An empty or garbled note is as good as none."""
    for text in ("", "garbage", "a b c\n"):
        filled.store.head_file.write_text(text)
        problems = check(filled).problems
        assert len(problems) == 2 and all("does not note its newest link" in one.message for one in problems)


def test_a_link_that_was_taken_away_is_still_found_after_later_writes(filled) -> None:
    """Putting back an old registry and writing on does not heal the chain: the note of what is gone stays."""
    store = filled.store
    seq = store.database.one("SELECT MAX(seq) FROM ledger")[0]
    tamper(store, "DELETE FROM ledger WHERE seq = ?", seq)
    filled.declare(filled.artifact("gen.py"), "deprecated", "said later")
    filled.declare(filled.artifact("gen.py"), "deprecated", "and again")
    assert any("rewritten" in one.message or "cut off" in one.message for one in check(filled).problems)


def test_damaged_chain_text_is_reported_not_raised(filled) -> None:
    """A link whose list of facts is no JSON is a broken link."""
    tamper(filled.store, "UPDATE ledger SET facts = '[' WHERE seq = 1")
    assert any("edited" in one.message for one in check(filled).problems if one.table == "ledger")


def test_a_standing_that_the_facts_do_not_bear_out_is_found(filled) -> None:
    """A row that somebody slipped into the cache of clean versions is not believed."""
    ruleset = "+".join(sorted(filled.today.values()))
    data = filled.put("data/other.jsonl", "dataset", b"{}\n", source="mtime")
    columns = ("version_id", "ruleset", "status")
    with filled.store.database.writing():
        filled.store.database.insert("standing", columns, [(data, ruleset, "clean")])
    (problem,) = check(filled).problems
    assert (problem.table, problem.id) == ("standing", data)


def test_a_standing_that_holds_is_no_problem(filled) -> None:
    """A script that is tracked, examined and free of findings may be cached as clean."""
    script = filled.put("clean.py", content=b"x = 1\n")
    ruleset = "+".join(sorted(filled.today.values()))
    with filled.store.database.writing():
        filled.store.database.insert("standing", ("version_id", "ruleset", "status"), [(script, ruleset, "clean")])
    assert check(filled).intact


CHANGES: dict[str, Callable[..., object]] = {
    "is": lambda path: path.write_bytes(b'{"prompt": "evil", "completion": "b"}\n'),
    "gone": lambda path: path.unlink(),
}


@pytest.mark.parametrize("word", CHANGES)
def test_a_file_that_is_not_what_is_on_record_is_named(filled, word: str) -> None:
    """Changed bytes and missing files are problems, named by path."""
    CHANGES[word](filled.store.project.path_of("data/sft.jsonl"))
    (problem,) = check(filled).problems
    assert (problem.table, problem.id) == ("file", "data/sft.jsonl")
    assert word in problem.message


def test_a_file_that_turned_into_something_else_is_named(registry) -> None:
    """Data that was overwritten with settings is no dataset any more, and not silently skipped."""
    registry.put("data/list.json", "dataset", b'[{"prompt": "a"}, {"prompt": "b"}]')
    registry.store.project.path_of("data/list.json").write_text('{"debug": true}')
    (problem,) = check(registry).problems
    assert (problem.id, problem.message) == ("data/list.json", "no dataset any more, or left out")


def test_only_rehashing_sees_bytes_that_changed_under_the_same_stat_values(filled) -> None:
    """The stat cache is trusted unless the full bytes are asked for."""
    path = filled.store.project.path_of("data/sft.jsonl")
    path.write_bytes(b'{"prompt": "X", "completion": "b"}\n')
    from assay.registry.observe.unchanged import stat_text

    stat = ""
    while not stat:
        stat = stat_text(path.stat())  # empty while the file is younger than the clock's grain
    tamper(filled.store, "UPDATE location SET stat = ? WHERE path = 'data/sft.jsonl'", stat)
    assert check(filled, rehash=False).intact
    assert not check(filled, rehash=True).intact


def test_the_member_of_a_folder_that_differs_is_named(registry) -> None:
    """Of a checkpoint folder the file that is not what it was is named, and the one that was added."""
    from assay.registry.observe.folders import folder_members
    from assay.registry.observe.identity import of_folder

    folder = registry.store.project.path_of("checkpoints/one")
    folder.mkdir(parents=True)
    (folder / "adapter_config.json").write_text("{}")
    (folder / "notes.txt").write_text("first")
    found = of_folder(folder_members(folder))
    with registry.store.batch() as batch:
        artifact = batch.add("artifact", kind="checkpoint", name="checkpoints/one", ordinal=0)
        batch.add("version", id=found.version, kind="checkpoint", content=found.content, size=found.size, files=2)
        for entry in found.entries:
            batch.add("manifest_entry", version_id=found.version, path=entry.path, size=entry.size, digest=entry.digest)
        batch.cache(
            "location", workspace=registry.store.workspace, path="checkpoints/one", artifact_id=artifact,
            version_id=found.version, digest=found.content, stat="", present=1,
        )  # fmt: skip
    assert check(registry).intact
    (folder / "notes.txt").write_text("second")
    (folder / "extra.txt").write_text("")
    (problem,) = check(registry).problems
    assert problem.message.endswith(": extra.txt, notes.txt")


def test_the_outcome_is_json(filled) -> None:
    """The outcome goes to JSON with each problem's table, id and message."""
    tamper(filled.store, "DELETE FROM declaration WHERE status = 'deprecated'")
    (problem,) = json.loads(json.dumps(check(filled).as_dict()))["problems"]
    assert set(problem) == {"table", "id", "message"}
