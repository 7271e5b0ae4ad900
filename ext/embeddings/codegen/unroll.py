"""Unroll the loops that a compiler would leave rolled, by rewriting the function's own source.

The skip-gram step is a few short loops over ``negative + 1`` rows.  Written as ordinary loops they cost a
quarter to a half of the speed: LLVM cannot keep ``dot[d]`` in a register while ``d`` is a variable, and
stops unrolling at about ten rows.  So the loop is written with loops, and this file writes them out
before Numba sees them::

    dot = registers(sizes.rows)                  dot_0 = ZERO
    for d in unroll(sizes.rows):      ->         dot_1 = ZERO
        dot[d] = ZERO

Besides, numbers that are known are filled in (``sizes.rows``), functions are given the names by which they
call each other in the one file that ``link.py`` makes of them, and their decorators ask for the disk cache.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable, Mapping
from typing import Any

unroll = range  # without the rewriting, a loop is an ordinary (slow) Python function


def registers(n: int) -> list[Any]:
    """Return ``n`` variables ``name_0 .. name_{n-1}``: no array, so they may live in registers."""
    return [None] * n


def _name(node):
    """The name that a node is, or None."""
    return getattr(node, "id", None)


class _Unroller(ast.NodeTransformer):
    """Fill in values, write out ``for d in unroll(n)``, turn ``name[3]`` of registers into ``name_3``."""

    def __init__(self, values, names, known):
        self.values, self.names, self.known = dict(values), names, known
        self.register_lists = set()

    def visit_FunctionDef(self, node):
        self.generic_visit(node)
        node.name = self.names.get(node.name, node.name)
        calls = [each for each in node.decorator_list if isinstance(each, ast.Call)]
        for decorator in calls:  # @njit(...) -> @njit(..., cache=CACHE)
            decorator.keywords.append(ast.keyword("cache", ast.Name("CACHE", ast.Load())))
        return node

    def visit_Name(self, node):
        if isinstance(self.values.get(node.id), int):
            return ast.Constant(self.values[node.id])
        return ast.Name(self.names.get(node.id, node.id), node.ctx)

    def visit_Attribute(self, node):
        if _name(node.value) in self.values:  # a field of a record
            return ast.Constant(getattr(self.values[_name(node.value)], node.attr))
        return self.generic_visit(node)

    def visit_Assign(self, node):
        if isinstance(node.value, ast.Call) and _name(node.value.func) == "registers":
            self.register_lists.add(_name(node.targets[0]))
            return None  # registers need no declaration
        return self.generic_visit(node)

    def visit_For(self, node):
        if not (isinstance(node.iter, ast.Call) and _name(node.iter.func) == "unroll"):
            return self.generic_visit(node)
        bounds = [eval(ast.unparse(self.visit(bound)), self.known) for bound in node.iter.args]
        copies = []
        for value in range(*bounds):
            self.values[_name(node.target)] = value
            for statement in node.body:
                copy = self.visit(ast.parse(ast.unparse(statement)).body[0])
                copies.extend(copy if isinstance(copy, list) else [copy])
        self.values.pop(_name(node.target), None)
        return copies

    def visit_BinOp(self, node):
        self.generic_visit(node)
        if isinstance(node.left, ast.Constant) and isinstance(node.right, ast.Constant):
            return ast.Constant(eval(ast.unparse(node)))  # two literals and an operator, e.g. 3 * 112
        return node

    def visit_Subscript(self, node):
        self.generic_visit(node)
        if _name(node.value) in self.register_lists:
            return ast.Name(f"{_name(node.value)}_{ast.literal_eval(node.slice)}", node.ctx)
        return node


def source_tree(function: Callable) -> ast.Module:
    """The function's source, parsed; it may stand within another."""
    return ast.parse(textwrap.dedent(inspect.getsource(function)))


def unrolled_source(function: Callable, values: Mapping[str, Any], names: Mapping[str, str] = {}) -> str:
    """The text of ``function`` with ``values`` filled in and every ``unroll`` loop written out.

    ::

        def add(x, y):                         ->      def add(x, y):
            part = registers(n)                            part_0 = x[0] + y[0]
            for d in unroll(n):                            part_1 = x[1] + y[1]
                part[d] = x[d] + y[d]                      return part_1
            return part[n - 1]                             # with {"n": 2}

    Parameters
    ----------
    values : dict
        Integers by name, or records of them: what the function calls ``sizes.rows`` is a field.
    names : dict
        New names of functions: its own, and of those that it calls.
    """
    rewriter = _Unroller(values, names, function.__globals__)
    return ast.unparse(ast.fix_missing_locations(rewriter.visit(source_tree(function))))
