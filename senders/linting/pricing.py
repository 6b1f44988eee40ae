"""Rules about prices: whose they are, and what a lower one is lower than."""

import re
from collections.abc import Iterator
from typing import Final

from senders.linting.page import Page
from senders.linting.rule import Rule
from senders.linting.wording import negated, plain

_DISCLOSED: Final = re.compile(
    r"\bpersonal(?:ly|i[sz]ed)?\b|\b(?:chosen|picked|selected|made|calculated|set"
    r"|reserved) (?:\w+ )?for you\b"
    r"|\b(?:only|just|exclusively|solely) for you\b|\bfor you (?:only|alone|personally)\b"
    r"|\bindividual(?:ly)?\b"
    r"|\btailored\b|\bautomated\b|\bautomatically (?:chosen|set|calculated)\b"
    r"|\bnot everyone (?:gets|sees)\b"
    r"|\bpers(?:ö|oe)nlich\w*|\bindividuell\w*|\b(?:nur|eigens|exklusiv|extra) f(?:ü"
    r"|ue)r (?:dich|sie)\b"
    r"|\bf(?:ü|ue)r (?:dich|sie) (?:ausgew(?:ä|ae)hlt|berechnet|reserviert)|\bautomatisiert"
)
_AMOUNT: Final = (
    r"(?:[€$£¥]\s?\d|\d[\d.,\u202f' ]*\s?(?:€|eur|usd|gbp|chf|\$|£)|(?:eur|usd|gbp|chf)\s?\d)"
)
_FELL: Final = re.compile(
    r"\bprice[- ](?:drops?|cuts?|reductions?|slash)|\b(?:reduced|lower|dropped|slashed|cut"
    r"|new low|better) prices?\b"
    r"|\bprices?(?: of \w+)? (?:has|have|is|are|was|just|now|went|came)? ?(?:just |now |been )*"
    r"(?:dropped|drops|fell|fallen|down|lower(?:ed)?|reduced|cut|slashed)\b"
    r"|\b(?:costs?|is|are|now) (?:now )?(?:less(?: now)?|cheaper)\b|\b(?:costs?) less\b"
    r"|\bmarked down\b|\bmarkdowns?\b|\bsale price\b|\b(?:was|were|before|instead of|rrp|msrp"
    r"|originally|previously|formerly|old price|down from|reduced from|list price):? "
    + _AMOUNT
    + r"|\b(?:reduced|down|dropped|fell|cut|lowered|slashed) to "
    + _AMOUNT
    + r"|\b(?:regularly|regular price|usually|normally):? "
    + _AMOUNT
    + rf"|{_AMOUNT}[\d.,]* ?(?:→|->|=>|»|>) ?{_AMOUNT}"
    + r"|\b(?:now )?\d+ ?% (?:cheaper|lower)\b|\bon sale\b.{0,20}\d+ ?%"
    + r"|\bsave (?:up to )?"
    + _AMOUNT
    + r"|\b(?:reduziert|herabgesetzt|preis(?:senkung|sturz|nachlass|verfall)|im preis gesenkt"
    r"|g(?:ü|ue)nstiger geworden)\b"
    r"|\b(?:statt|vorher|bisher|fr(?:ü|ue)her|uvp):? " + _AMOUNT
)
_STRUCK: Final = frozenset({"s", "del", "strike"})
_DIGIT: Final = re.compile(r"\d")


def _personal(page: Page) -> Iterator[str]:
    percent, code = page.variables["discount_percent"], page.variables["code"]
    marks = [plain(code)] if code else []
    shown = re.compile(rf"(?<![\d.,]){re.escape(percent)} ?(?:%|percent\b|per cent\b|prozent\b)")
    for part in ("html", "text"):
        words = page.words[part]
        offered = percent and shown.search(words)
        if (offered or any(mark in words for mark in marks)) and not _DISCLOSED.search(words):
            yield f"the {part} shows an offer that was chosen for this person and doesn't say so"


def _no_prior_price(page: Page) -> Iterator[str]:
    prior = plain(page.variables["lowest_price"])
    claims = list(_claims(page))
    for part in ("html", "text"):
        claimed = next((words for where, words in claims if where in {part, "subject"}), "")
        if claimed and not (prior and prior in page.words[part]):
            yield f'"{claimed}" stands without the lowest price of the 30 days before in the {part}'


def _claims(page: Page) -> Iterator[tuple[str, str]]:
    for part, sentence in page.sentences():
        for found in _FELL.finditer(sentence):
            if not negated(sentence, found.start()):
                yield ("subject" if part == "preheader" else part), found[0].strip()
    for element in page.seen():
        struck = element.tag in _STRUCK or "line-through" in element.attributes.get("style", "")
        if struck and _DIGIT.search(element.text()):
            yield "html", element.text()[:60]


PRICING_RULES: Final = (
    Rule(
        "personal-price",
        "error",
        "A price or discount set for one person by what is known of them must be told as such "
        '(Directive 2011/83/EU, article 6 (1) (ea)): "A personal offer: our software chose it '
        'for you". `offer_line` of the shared parts does.',
        _personal,
    ),
    Rule(
        "prior-price",
        "error",
        "Who announces a lower price must tell the lowest of the 30 days before "
        "(Directive 98/6/EC, article 6a): show `lowest_price` in both parts.",
        _no_prior_price,
    ),
)
