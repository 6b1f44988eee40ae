"""Where templates run: Jinja2's sandbox, with short ways for what a mail does a hundred times.

Each short way is for values of one exact type, seen to be harmless beforehand; all else goes the
sandbox's own, long way (docs/decisions/0524).
"""

from collections.abc import Mapping, MutableMapping
from typing import Any, Final

from jinja2 import BaseLoader, StrictUndefined, Template, nodes
from jinja2.compiler import CodeGenerator, Frame
from jinja2.runtime import Context, Macro
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup, escape
from markupsafe import _escape_inner as escaped  # type: ignore[attr-defined]

from senders.mail.content import Product
from senders.mail.orders import Line, Order
from senders.mail.slots import Action, Article, Review

HTML: Final = ".html.j2"
"""Ends the names of templates whose values are escaped."""
RECORDS: Final = (Product, Article, Review, Action, Order, Line)
"""What templates are shown: frozen, and with nothing but texts and one another in their fields."""


def _holders() -> Mapping[str, frozenset[type]]:
    fields = {field for record in RECORDS for field in record.__struct_fields__}
    return {
        field: frozenset(record for record in RECORDS if field in record.__struct_fields__)
        for field in fields
    }


HOLDERS: Final = _holders()
"""The records that have a field, by its name."""


class _Generator(CodeGenerator):
    """Writes the short ways into compiled templates."""

    def write_commons(self) -> None:
        super().write_commons()
        self.writeline("shown, holders = environment.shown, environment.holders")

    def visit_Getattr(self, node: nodes.Getattr, frame: Frame) -> None:  # noqa: N802  Jinja's name
        if not isinstance(node.node, nodes.Name) or node.attr not in HOLDERS:
            super().visit_Getattr(node, frame)
            return
        value = frame.symbols.ref(node.node.name)
        known = f"type({value}) in holders[{node.attr!r}]"
        self.write(f"({value}.{node.attr} if {known} else ")
        super().visit_Getattr(node, frame)
        self.write(")")

    def _output_child_pre(self, node: nodes.Expr, frame: Frame, finalize: Any) -> None:
        if frame.eval_ctx.volatile or not frame.eval_ctx.autoescape or finalize.src is not None:
            super()._output_child_pre(node, frame, finalize)
        else:
            self.write("shown(")


class Sandbox(ImmutableSandboxedEnvironment):
    """The sandbox: a variable that is missing is an error, and values in HTML are escaped.

    Args:
        loader: Finds the templates, which are all read once.
    """

    code_generator_class = _Generator
    holders = HOLDERS

    def __init__(self, loader: BaseLoader) -> None:
        super().__init__(
            loader=loader,
            undefined=StrictUndefined,
            autoescape=lambda name: name is not None and name.endswith(HTML),
            auto_reload=False,
            lstrip_blocks=True,
            keep_trailing_newline=True,
        )
        self._loaded: dict[str, Template] = {}

    @staticmethod
    def shown(value: Any) -> str:
        """A value as HTML shows it."""
        if type(value) is str:
            return escaped(value)
        return value if type(value) is Markup else escape(value)

    def getattr(self, obj: Any, attribute: str) -> Any:
        """An attribute, or item, of what a template names."""
        kind = type(obj)
        if kind in HOLDERS.get(attribute, ()) or (kind is dict and attribute == "get"):
            return getattr(obj, attribute)
        return super().getattr(obj, attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        """An item, or attribute, of what a template or a filter names."""
        if type(argument) is str and type(obj) in HOLDERS.get(argument, ()):
            return getattr(obj, argument)
        return super().getitem(obj, argument)

    def call(self, context: Context, obj: Any, /, *args: Any, **kwargs: Any) -> Any:
        """Call what a template names."""
        if type(obj) is not Macro:
            return super().call(context, obj, *args, **kwargs)
        kwargs.pop("_block_vars", None)
        kwargs.pop("_loop_vars", None)
        return obj(context.eval_ctx, *args, **kwargs)

    def get_template(
        self,
        name: str | Template,
        parent: str | None = None,
        globals: MutableMapping[str, Any] | None = None,  # noqa: A002  Jinja's name
    ) -> Template:
        """A template; each mail asks for its layout and parts again."""
        if isinstance(name, Template) or globals is not None:
            return super().get_template(name, parent, globals)
        if name not in self._loaded:
            self._loaded[name] = super().get_template(name, parent)
        return self._loaded[name]

    def context(self, template: Template, names: dict[str, Any]) -> Context:
        """Where a template of this sandbox runs.

        Args:
            template: The template.
            names: All that it may name, `globals` among them; not copied.
        """
        return Context(self, names, template.name, template.blocks)
