"""Criteria and decisions as expressions over metrics: `sft.rate - baseline.rate >= 0.05 and sft.seconds < 600`.

Numbers, strings, true and false, `phase.metric`, arithmetic, comparison, and, or, not; nothing can be called, indexed
or assigned. Which metrics an expression needs is known when it is parsed, so that a name that nothing will ever record
is refused before anything runs.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ...registry.errors import UsageError

Value = float | str | bool
Metrics = Mapping[str, Value]

LITERALS = {"true": True, "false": False}
ARITHMETIC: Mapping[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
COMPARISON: Mapping[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}
ALLOWED = (
    *(ast.BoolOp, ast.And, ast.Or, ast.UnaryOp, ast.Not, ast.USub, ast.BinOp, *ARITHMETIC, ast.Compare, *COMPARISON),
    *(ast.Constant, ast.Name, ast.Attribute, ast.Load),
)
WHAT = "Use numbers, phase.metric, + - * /, comparisons, and, or, not."


@dataclass(frozen=True)
class Expression:
    """An expression that parsed; raises UsageError with the place when it does not."""

    text: str

    def __post_init__(self) -> None:
        for node in ast.walk(self._tree):
            if not isinstance(node, ALLOWED):
                raise UsageError(f"{self.text!r} holds {type(node).__name__}, which no criterion may", WHAT)
            if isinstance(node, ast.Constant) and not isinstance(node.value, bool | int | float | str):
                raise UsageError(f"{self.text!r} holds {node.value!r}, which is no number", WHAT)
            if isinstance(node, ast.Attribute):
                _dotted(node, self.text)

    @cached_property
    def _tree(self) -> ast.expr:
        try:
            return ast.parse(self.text.strip(), mode="eval").body
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            raise UsageError(f"{self.text!r} is no expression: {error}", WHAT) from None

    @cached_property
    def metrics(self) -> tuple[str, ...]:
        """The metrics that it reads, in the order in which they are written."""
        return tuple(dict.fromkeys(_names(self._tree)))

    def holds(self, metrics: Metrics) -> bool:
        """Whether it is true of these metrics. Raises UsageError for one that is missing, or that does not compare."""
        try:
            return bool(self._value(self._tree, metrics))
        except KeyError as error:
            raise UsageError(
                f"{self.text!r} needs {error.args[0]}, which was not recorded",
                f"Recorded are: {', '.join(sorted(metrics)) or 'none'}.",
            ) from None
        except (TypeError, ZeroDivisionError) as error:
            raise UsageError(f"{self.text!r} cannot be worked out with {self.shown(metrics)}: {error}", WHAT) from None

    def shown(self, metrics: Metrics) -> str:
        """The metrics that it reads with their values: `sft.pass_rate = 0.42, baseline.pass_rate = 0.1`."""
        return ", ".join(f"{name} = {_short(metrics[name])}" for name in self.metrics if name in metrics)

    def _value(self, node: ast.expr, metrics: Metrics) -> Any:
        match node:
            case ast.Constant(value):
                return value
            case ast.Name(name) if name in LITERALS:
                return LITERALS[name]
            case ast.Name() | ast.Attribute():
                return metrics[_dotted(node, self.text)]
            case ast.UnaryOp(ast.Not(), operand):
                return not self._value(operand, metrics)
            case ast.UnaryOp(_, operand):
                return -self._number(operand, metrics)
            case ast.BinOp(left, op, right):
                return ARITHMETIC[type(op)](self._number(left, metrics), self._number(right, metrics))
            case ast.BoolOp(ast.And(), values):
                return all(self._value(value, metrics) for value in values)
            case ast.BoolOp(_, values):
                return any(self._value(value, metrics) for value in values)
            case ast.Compare(left, ops, comparators):
                values = [self._value(one, metrics) for one in (left, *comparators)]
                pairs = zip(ops, values, values[1:], strict=False)
                return all(COMPARISON[type(op)](a, b) for op, a, b in pairs)
        raise AssertionError(f"{type(node).__name__} was let through")

    def _number(self, node: ast.expr, metrics: Metrics) -> float:
        value = self._value(node, metrics)
        if isinstance(value, bool | int | float):
            return value
        raise TypeError(f"{value!r} is no number")


def _dotted(node: ast.expr, text: str) -> str:
    """`phase.metric` as one name."""
    if isinstance(node, ast.Attribute):
        return f"{_dotted(node.value, text)}.{node.attr}"
    if isinstance(node, ast.Name):
        return node.id
    raise UsageError(f"{text!r} takes a part of something that is no metric", WHAT)


def _names(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Attribute):
        return [ast.unparse(node)]
    if isinstance(node, ast.Name):
        return [] if node.id in LITERALS else [node.id]
    return [name for child in ast.iter_child_nodes(node) for name in _names(child)]


def _short(value: Value) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
