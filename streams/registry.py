"""Finding the processors: one plain function per file under `streams/processors/`.

A processor says which records or timers it is for; importing its module registers nothing by
itself. `discover` imports every module of a package and gathers what they declare; a duplicate
name, a module without a processor or one that fails to import raises instead of vanishing.
"""

import importlib
import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from types import ModuleType

from models.person.profile import Profile
from models.step import Record, Step
from models.world import World
from schemas.errors import StopError

EventFunction = Callable[[Record, Profile, Step, World], None]
TimerFunction = Callable[[str, int, Profile, Step, World], None]

_MARK = "__nextbest_processor__"


class BrokenProcessorError(StopError):
    """A processor's module is broken or two processors share a name; the message names them."""


@dataclass(frozen=True, slots=True)
class Processor:
    """One declared processor.

    Attributes:
        name: Unique name, used in logs and dead letters.
        records: Record names it handles; empty for a timer processor.
        timer_prefix: Timer names it fires for are `prefix:…`; None for an event processor.
        order: Lower runs first on the same record; ties go by name.
        contact: Whether `Step.contact` must be loaded for its records.
    """

    name: str
    function: EventFunction | TimerFunction
    records: tuple[str, ...] = ()
    timer_prefix: str | None = None
    order: int = 50
    contact: bool = False


def on_event(
    *records: str, name: str, order: int = 50, contact: bool = False
) -> Callable[[EventFunction], EventFunction]:
    """Declare `function(event, profile, step, world)` for records of the given names."""

    def declare(function: EventFunction) -> EventFunction:
        declared = Processor(name, function, records, None, order, contact)
        setattr(function, _MARK, declared)
        return function

    return declare


def on_timer(prefix: str, *, name: str) -> Callable[[TimerFunction], TimerFunction]:
    """Declare `function(timer_name, due_ms, profile, step, world)` for timers `prefix:…`."""

    def declare(function: TimerFunction) -> TimerFunction:
        setattr(function, _MARK, Processor(name, function, (), prefix))
        return function

    return declare


@dataclass(slots=True)
class Registry:
    """The processors by what they handle."""

    events: dict[str, list[EventFunction]] = field(default_factory=dict)
    timers: dict[str, TimerFunction] = field(default_factory=dict)
    contact_records: frozenset[str] = frozenset()
    names: tuple[str, ...] = ()


def _declared_in(module: ModuleType) -> Iterator[Processor]:
    for value in vars(module).values():
        declared = getattr(value, _MARK, None)
        if isinstance(declared, Processor) and value.__module__ == module.__name__:
            yield declared


def _import_all(package: ModuleType) -> Iterator[ModuleType]:
    for info in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
        try:
            yield importlib.import_module(info.name)
        except Exception as error:
            raise BrokenProcessorError(
                f"processor module {info.name} failed to import: {error!r}. "
                "Fix the module or delete it; a processor is never skipped silently."
            ) from error


def build(processors: list[Processor]) -> Registry:
    """Arrange processors by record and timer prefix.

    Raises:
        BrokenProcessorError: Two processors share a name or a timer prefix.
    """
    registry = Registry(names=tuple(sorted(p.name for p in processors)))
    seen: dict[str, Processor] = {}
    for processor in sorted(processors, key=lambda p: (p.order, p.name)):
        if processor.name in seen:
            raise BrokenProcessorError(
                f"two processors are called {processor.name!r}: "
                f"{seen[processor.name].function.__module__} and {processor.function.__module__}. "
                "Rename one."
            )
        seen[processor.name] = processor
        if processor.timer_prefix is not None:
            if processor.timer_prefix in registry.timers:
                raise BrokenProcessorError(
                    f"timer prefix {processor.timer_prefix!r} is declared twice, "
                    f"the second time by {processor.function.__module__}. Choose another prefix."
                )
            registry.timers[processor.timer_prefix] = processor.function  # type: ignore[assignment]
        for record in processor.records:
            registry.events.setdefault(record, []).append(processor.function)  # type: ignore[arg-type]
    registry.contact_records = frozenset(r for p in processors if p.contact for r in p.records)
    return registry


def discover(package: ModuleType) -> Registry:
    """Import every module of `package` and gather their processors.

    Raises:
        BrokenProcessorError: A module fails to import, declares no processor, or a name or timer
            prefix is taken twice.
    """
    found: list[Processor] = []
    for module in _import_all(package):
        declared = list(_declared_in(module))
        if not declared:
            raise BrokenProcessorError(
                f"{module.__name__} declares no processor. "
                "Decorate its function with on_event or on_timer, or move the file elsewhere."
            )
        found.extend(declared)
    return build(found)
