"""`assay mcp`."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..registry.legible import as_json
from .session import Session, assay_command

if TYPE_CHECKING:
    from mcp.server import MCPServer

    from ..registry.agents.tools import Tools

INSTRUCTIONS = (
    "Ask find before writing code, before_edit before editing a shared file, lint after an edit, may_use before "
    "training or evaluating. Cannot say (stale, not_scanned) is no no: run `assay scan`. Never train on what may_use "
    "refuses."
)


@assay_command("mcp")
@click.option("--write", is_flag=True, help="Also offer note, bug and decide, and to propose marks and attestations.")
def command(session: Session, write: bool) -> None:
    """Serve the questions of a coding agent over the Model Context Protocol, on standard input and output.

    Offers find, before_edit, lint, may_use, current, duplicates, lineage, why, investigate and log. With --write also
    note, bug, decide, and propose_mark and propose_attest, which change nothing until a person accepts them (`assay
    proposals`). Needs the extra `mcp`.

    \b
    Example (.mcp.json of a project):
      {"mcpServers": {"assay": {"command": "assay", "args": ["mcp"]}}}
    """
    from ..registry.agents.tools import Tools

    served(Tools(Path.cwd(), session.db), write).run("stdio")


def served(tools: Tools, write: bool) -> MCPServer:
    """The server over these tools."""
    import logging

    from mcp.server import MCPServer
    from mcp.server.mcpserver.exceptions import ToolError
    from mcp_types import ToolAnnotations
    from pydantic import ValidationError

    from ..registry.agents.tools import READING, RECORDING, WRITING

    class Server(MCPServer):
        """Says what is wrong with a call in one line."""

        async def call_tool(self, name: str, arguments: dict[str, Any], context: Any = None) -> Any:
            try:
                return await super().call_tool(name, arguments, context)
            except ToolError as error:
                if isinstance(error.__cause__, ValidationError):
                    raise ToolError(_misfit(error.__cause__)) from None
                if isinstance(error.__cause__, ToolError):
                    raise ToolError(str(error.__cause__)) from None
                raise

    logging.getLogger("mcp").setLevel(logging.CRITICAL)  # standard error is the client's to show; faults are kept
    server = Server("assay", instructions=INSTRUCTIONS, log_level="CRITICAL")
    for name in (*READING, *(WRITING if write else ())):
        is_read = name in READING and name not in RECORDING
        hints = ToolAnnotations(read_only_hint=is_read, destructive_hint=False, open_world_hint=False)
        server.add_tool(_safely(getattr(tools, name), tools, ToolError), name=name, annotations=hints)
    return server


def _safely(tool: Callable[..., dict[str, Any]], tools: Tools, failed: type[Exception]) -> Callable[..., Any]:
    """The tool for the server: one call at a time, and every error one line that an agent can read."""
    from mcp_types import CallToolResult, TextContent

    from ..registry.agents.tools import one_line
    from ..registry.errors import AssayError, of_the_system

    @functools.wraps(tool)
    async def call(**arguments: Any) -> Any:
        try:
            answer = tool(**arguments)
            told = TextContent(type="text", text=as_json(answer, compact=True))
            return CallToolResult(content=[told], structured_content=answer)
        except AssayError as error:
            raise failed(one_line(error, _root(tools))) from error
        except Exception as error:
            from .fault import reported

            known = of_the_system(error) if isinstance(error, OSError) else None
            raise failed(one_line(known or reported(error, ["mcp", tool.__name__]), _root(tools))) from error

    call.__signature__ = inspect.signature(tool, eval_str=True)  # type: ignore[attr-defined]
    return call


def _root(tools: Tools) -> Path:
    from ..registry.errors import AssayError
    from ..registry.project import Project

    try:
        return Project.find(tools.start, tools.url).root
    except AssayError:
        return tools.start


def _misfit(error: Any) -> str:
    """What does not fit the tool's arguments: `usage: limit: Input should be a valid integer`."""
    told = [f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors(include_input=False)]
    return f"usage: {'; '.join(told[:3])}"
