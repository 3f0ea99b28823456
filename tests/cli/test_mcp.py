"""`assay mcp`: the questions of an agent over its protocol, asked with the client of the official SDK."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from assay.registry.agents.tools import READING, WRITING, Tools

from ..registry.workshop import ASSAY, Workshop, rows
from .conftest import Call

mcp = pytest.importorskip("mcp", reason="the extra `mcp` is not installed")
from assay.cli.mcp import served  # noqa: E402

GENERATIONS = ("auto", "legacy")
Client = mcp.Client


def ask(shop: Workshop, talk: Callable[[Any], Awaitable[Any]], write: bool = False, mode: str = "auto") -> Any:
    """Talk to a server of this project, in this process."""

    async def through() -> Any:
        async with Client(served(Tools(shop.root), write), mode=mode) as client:
            return await talk(client)

    return asyncio.run(through())


def called(shop: Workshop, tool: str, /, write: bool = False, **arguments: Any) -> Any:
    """What one tool answers: its values, or its error as text."""

    async def talk(client: Any) -> Any:
        found = await client.call_tool(tool, arguments)
        (said,) = found.content
        if found.is_error:
            return said.text
        assert json.loads(said.text) == found.structured_content and "\n" not in said.text
        return found.structured_content

    return ask(shop, talk, write)


@pytest.mark.parametrize("mode", GENERATIONS)
def test_a_real_process_answers(shop: Workshop, mode: str) -> None:
    """Over standard input and output, in both generations of the protocol, and nothing else is on them."""
    words = [*ASSAY[1:], "mcp"]
    server = mcp.StdioServerParameters(command=ASSAY[0], args=words, cwd=str(shop.root), env=dict(os.environ))

    async def talk() -> Any:
        async with Client(server, mode=mode) as client:
            tools = [tool.name for tool in (await client.list_tools()).tools]
            wrong = await client.call_tool("before_edit", {"path": "/etc/passwd"})
            return tools, wrong, await client.call_tool("find", {"task": "write questions with answers"})

    tools, wrong, found = asyncio.run(talk())
    assert tools == list(READING)
    assert wrong.is_error and wrong.content[0].text.startswith("usage: that path is outside the project")
    assert found.structured_content["answers"][0]["path"] == "scripts/gen.py"


def test_a_client_that_disconnects_or_floods(shop: Workshop) -> None:
    """Half a message, what is no message, and very many at once: each answered or passed over, and the process ends."""
    hello = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}}
    call = {"name": "log", "arguments": {"limit": 1}}
    lines = [json.dumps({"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": hello}), "no json", '{"half":']
    lines += [json.dumps({"jsonrpc": "2.0", "method": "notifications/initialized"}), json.dumps([1] * 1000)]
    lines += [json.dumps({"jsonrpc": "2.0", "id": n, "method": "tools/call", "params": call}) for n in range(1, 31)]
    process = subprocess.run(
        [*ASSAY, "mcp"], cwd=shop.root, input="\n".join(lines) + '\n{"cut', capture_output=True, text=True, timeout=60
    )
    answers = [json.loads(line) for line in process.stdout.splitlines()]
    assert process.returncode == 0 and "Traceback" not in process.stderr
    assert {one.get("id") for one in answers} >= {0} and all(one["jsonrpc"] == "2.0" for one in answers)


def test_what_is_offered(shop: Workshop) -> None:
    """Only questions without --write; with it also what says something, and all are marked as what they are."""

    async def tools(client: Any) -> dict[str, bool]:
        return {one.name: one.annotations.read_only_hint for one in (await client.list_tools()).tools}

    assert list(ask(shop, tools)) == list(READING)
    offered = ask(shop, tools, write=True)
    assert list(offered) == [*READING, *WRITING]
    assert not offered["investigate"] and offered["find"] and not offered["propose_mark"]


def test_each_question_is_answered(shop: Workshop) -> None:
    """All tools that read, on one small project."""
    shop.make("scripts/gen.py", {"data/a.jsonl": rows(4)})
    shop.write("data/loose.jsonl", rows(25))
    shop.commit()
    assert called(shop, "before_edit", path="scripts/gen.py")["made"] == [{"path": "data/a.jsonl", "status": "clean"}]
    assert called(shop, "lint", code="import os\n", as_path="scripts/new.py")["ok"]
    assert called(shop, "lint", path="scripts/gen.py")["path"] == "scripts/gen.py"
    refused = called(shop, "may_use", paths=["data/a.jsonl", "data/loose.jsonl"], purpose="train")
    assert (refused["allowed"], refused["refused"][0]["path"]) == (1, "data/loose.jsonl")
    assert called(shop, "current", role="write questions")["current"]["path"] == "scripts/gen.py"
    assert called(shop, "duplicates")["clusters"] == []
    made = called(shop, "lineage", name="data/a.jsonl")
    assert made["made_from"][0]["name"].startswith("scripts/gen.py") and made["runs"] == 1
    assert called(shop, "why", name="data/loose.jsonl")["reasons"][0]["status"] == "unverified"
    assert called(shop, "investigate", path="data/loose.jsonl")["path"] == "data/loose.jsonl"
    assert called(shop, "log", limit=1)["more"] >= 0
    code = (shop.root / "scripts/gen.py").read_text()
    assert called(shop, "find", draft=code, as_path="scripts/other.py")["verdict"] in ("yes", "partial")


def test_what_is_said_with_write(shop: Workshop, assay: Call) -> None:
    """Notes, bugs and decisions are on record; a mark is proposed and changes nothing."""
    assert called(shop, "note", write=True, names=["scripts/gen.py"], text="counts from zero")["facts"]
    bug = called(shop, "bug", write=True, symptom="rows end early", fix="count to the end", about=["scripts/gen.py"])
    assert bug["title"] == "rows end early"
    assert (
        called(shop, "before_edit", path="scripts/gen.py")["known"][0]["what"]
        == "bug: rows end early → count to the end"
    )
    assert called(shop, "decide", write=True, title="use gen.py", because="faster")["why"] == "faster"
    made = called(shop, "propose_mark", write=True, names=["scripts/gen.py"], status="contaminated", reason="leaks")
    assert made["next"].startswith("tell the user: assay proposals accept")
    assert assay("show", "scripts/gen.py", "--json")[1]["status"] == "clean"
    made = called(shop, "propose_attest", write=True, names=["scripts/gen.py"], origin="a colleague")
    assert made["proposed"]["origin"] == "a colleague"


@pytest.mark.parametrize(
    ("name", "arguments", "said"),
    [
        ("lint", {"path": "../other/x.py"}, "outside the project"),
        ("lint", {"path": "link.py"}, "leads outside the project"),
        ("before_edit", {"path": "scripts/\0.py"}, "a path or name is needed"),
        ("may_use", {"paths": ["data/a.jsonl", "/etc/passwd"], "purpose": "train"}, "outside the project"),
        ("may_use", {"paths": [], "purpose": "train"}, "0 paths"),
        ("may_use", {"paths": ["data/a.jsonl"], "purpose": "lunch"}, "is no purpose"),
        ("find", {}, "nothing was asked"),
        ("find", {"task": "x" * 100_000}, "characters"),
        ("find", {"task": "score", "fields": ["nonsense"]}, "is no field"),
        ("why", {"name": "nothing.py"}, "not_recorded: nothing on record"),
        ("log", {"limit": "many"}, "usage: limit"),
        ("current", {}, "usage: role"),
        ("nonsense", {}, "nonsense"),
    ],
)
def test_what_is_wrong_is_one_line(shop: Workshop, name: str, arguments: dict[str, Any], said: str) -> None:
    """Each says what is wrong, and nothing of the machine."""
    outside = shop.root.parent / "outside.py"
    outside.write_text("SECRET = 1\n")
    (shop.root / "link.py").symlink_to(outside)
    try:
        told = called(shop, name, **arguments)
    except mcp.MCPError as error:
        told = str(error)
    assert isinstance(told, str) and said in told and "\n" not in told
    assert str(shop.root) not in told and "Traceback" not in told and "pydantic" not in told


def test_no_registry_is_cannot_say(tmp_path: Any, shop: Workshop) -> None:
    """The server stands, and says with a stable code that there is nothing to ask."""
    elsewhere = type("Elsewhere", (), {"root": tmp_path})
    assert called(elsewhere, "find", task="score answers").startswith("no_registry: ")  # type: ignore[arg-type]


def test_a_fault_of_assays_own_is_told_as_one(shop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    """One line that says so and where the report is; the next call is answered."""
    monkeypatch.setattr("assay.registry.agents.tools.told_log", lambda *_: 1 / 0)
    told = called(shop, "log")
    assert told.startswith("error: a fault of Assay's own") and "\n" not in told and str(shop.root) not in told


def test_the_server_needs_its_extra(shop: Workshop) -> None:
    """Without the SDK the command says which extra brings it."""
    code = "import sys; sys.modules['mcp'] = None; from assay.cli.main import main; sys.argv = ['assay', 'mcp']; main()"
    process = subprocess.run([sys.executable, "-c", code], cwd=shop.root, capture_output=True, text=True, timeout=60)
    assert process.returncode == 2 and "pip install 'assay[mcp]'" in process.stderr
