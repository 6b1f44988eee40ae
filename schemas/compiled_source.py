"""What generating a reader and a writer from a schema have in common: the text of the code."""

from collections.abc import Mapping
from typing import Any


class UnsupportedError(Exception):
    """The schema uses something that no code is generated for."""


def kind_of(schema: Any) -> Any:
    """The type that a schema, other than a union, is of.

    Raises:
        UnsupportedError: It has a logical type.
    """
    if not isinstance(schema, Mapping):
        return schema
    if "logicalType" in schema:
        raise UnsupportedError
    return schema["type"]


def item_of(union: list[Any]) -> Any:
    """The other type of a union of null and one more, in this order.

    Raises:
        UnsupportedError: It is another union.
    """
    if len(union) != 2 or union[0] != "null" or isinstance(union[1], list):
        raise UnsupportedError
    return union[1]


class Source:
    """Collects the body of one generated function.

    Attributes:
        lines: The code so far, indented.
        constants: What it refers to by name.
    """

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.constants: dict[str, Any] = {}
        self._names = 0

    def name(self) -> str:
        """A name not used yet."""
        self._names += 1
        return f"v{self._names}"

    def add(self, depth: int, code: str) -> None:
        """Add lines, indented so deep."""
        self.lines += ["    " * depth + line for line in code.split("\n")]

    def compile(self, header: str, result: str, names: Mapping[str, Any]) -> Any:
        """Make the function.

        Args:
            header: Its `def` line, with the name `made`.
            result: The expression that it returns.
            names: What its code refers to beside the constants.
        """
        code = "\n".join([header, *self.lines, f"    return {result}"])
        known: dict[str, Any] = {**names, **self.constants}
        # The source holds nothing but our own text, numbered names and repr() of field names.
        exec(code, known)  # noqa: S102
        return known["made"]
