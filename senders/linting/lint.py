"""Messages held against the rules, in every case and wording that a person may get.

Templates are rendered with made-up decisions, so a rule sees what a person would see. A rule can be
wrong: `{# lint: allow CODE: why #}` in a message's own template lets a finding of that code pass,
except those of the law.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from senders.errors import UnrenderableError
from senders.linting.links import LINK_RULES
from senders.linting.markup import MARKUP_RULES
from senders.linting.page import Page
from senders.linting.pricing import PRICING_RULES
from senders.linting.required import REQUIRED_RULES
from senders.linting.rule import Finding, Rule
from senders.linting.subjects import SUBJECT_RULES
from senders.linting.urgency import URGENCY_RULES
from senders.linting.watching import WATCHING_RULES
from senders.mail.message_kinds import Message, fitting, message_of
from senders.mail.rendering import Templates
from senders.mail.samples import CALM, FULL, SAMPLES, Sample, variables_of
from senders.mail.wordings import asked

RULES: Final[Sequence[Rule]] = (
    *WATCHING_RULES,
    *URGENCY_RULES,
    *PRICING_RULES,
    *REQUIRED_RULES,
    *SUBJECT_RULES,
    *LINK_RULES,
    *MARKUP_RULES,
)
UNRENDERABLE: Final = Rule(
    "unrenderable", "error", "Correct its template; nothing is sent of it.", lambda _page: iter(())
)
LAWFUL: Final = frozenset(
    [
        "unsubscribe",
        "postal-address",
        "personal-price",
        "prior-price",
        "promotion",
        "active-content",
        "third-party",
        "too-big",
        "unrenderable",
    ]
)
"""Rules that no template can be excepted from."""
BACKING: Final = [
    "stock_left",
    "ends_on",
    "offer_ends",
    "code_expires",
    "discount_percent",
    "code",
    "lowest_price",
]
"""Variables by which rules tell what may be said."""
MAX_WORDINGS: Final = 60
"""Cases of one message beyond the samples."""
_ALLOWED: Final = re.compile(r"\{#-?\s*lint:\s*allow\s+([a-z-]+)\s*:\s*\S.*?#\}", re.DOTALL)


def lint(
    templates: Templates, folder: Path, flows: Any, names: Sequence[str] | None = None
) -> list[Finding]:
    """What messages break, each thing once, errors of a message first.

    Args:
        templates: The messages.
        folder: Where they lie.
        flows: The programme's file, parsed; see `senders.mail.message_kinds.read_flows`.
        names: Only these messages; all where None.
    """
    found: list[Finding] = []
    for name in templates.names if names is None else names:
        found += _findings(templates, message_of(name, folder, flows), folder)
    return found


def _findings(templates: Templates, message: Message, folder: Path) -> list[Finding]:
    allowed = frozenset(_ALLOWED.findall(message.source)) - LAWFUL
    once: dict[tuple[str, str], Finding] = {}
    seen: set[tuple[object, ...]] = set()
    for sample in _cases(message, folder):
        variables = variables_of(sample, message.name, message.kind)
        try:
            rendered = templates.render(message.name, variables)
        except UnrenderableError as error:
            code, detail = ("too-big" if "longer than" in error.detail else ""), error.detail
            rule = next((each for each in RULES if each.code == code), UNRENDERABLE)
            _note(once, message, rule, detail, sample)
            continue
        true = (bool(variables[name]) for name in BACKING)
        same = (rendered.subject, rendered.html, rendered.text, *true)
        if same in seen:
            continue
        seen.add(same)
        page = Page(message, sample.name, variables, rendered)
        for rule in RULES:
            if rule.code not in allowed:
                for what in rule.find(page):
                    _note(once, message, rule, what, sample)
    return sorted(once.values(), key=lambda finding: finding.severity != "error")


def _note(
    once: dict[tuple[str, str], Finding], message: Message, rule: Rule, what: str, sample: Sample
) -> None:
    finding = Finding(message.name, rule.code, rule.severity, what, sample.name, rule.why)
    once.setdefault((rule.code, what), finding)


def _cases(message: Message, folder: Path) -> Iterator[Sample]:
    for sample in SAMPLES:
        yield fitting(sample, message)
    left = MAX_WORDINGS
    for slot, variant, needs in _wordings(message, folder):
        # A wording that needs something is never sent without it: see `senders.mail.truth`.
        for sample in (FULL,) if needs else (FULL, CALM):
            if left == 0:
                return
            left -= 1
            whole = fitting(sample, message)
            yield replace(
                whole,
                name=f"{sample.name}, {slot} {variant}",
                content={**whole.content, slot: variant},
            )


def _wordings(message: Message, folder: Path) -> Iterator[tuple[str, str, bool]]:
    """Each slot, its variants, and whether one needs something: as told, else as asked for."""
    found = asked(folder, message.name)
    for slot in sorted(found.slots | set(message.slots)):
        told = message.slots.get(slot, {})
        for variant, needs in told.items():
            yield slot, variant, needs
        # Variants that no flow names yet; any text of the templates may be one.
        for text in sorted(found.texts - set(told)):
            if len(text) <= 40 and re.fullmatch(r"\w+", text):
                yield slot, text, False
