"""A rule against urgency that nothing backs.

What is urgent must be true when the mail leaves: `stock_left` backs words of few left, `ends_on`,
`offer_ends` and `code_expires` those of an end. A countdown, or "today only", is backed by none.
"""

import re
from collections.abc import Iterator
from typing import Final

from senders.linting.page import Page
from senders.linting.rule import Rule
from senders.linting.wording import negated

_DAYS: Final = (
    r"(?:today|tonight|tomorrow|soon|shortly|in (?:\d+|a|an|one|two|three|a few)\b|(?:on |this )?"
    r"(?:mon|tues|wednes|thurs|fri|satur|sun)day)"
)
_EITHER: Final = re.compile(
    r"\bhurry\b|\brush (?:to|now|in|over)\b|\burgent(?:ly)?\b|\bact (?:now|fast|quick(?:ly)?"
    r"|today|soon)\b"
    r"|\b(?:be|move) (?:quick|fast)\b|\b(?:now or never|it's now)\b|\bno time to (?:lose|waste)\b"
    r"|\b(?:last|final) (?:chance|call|opportunity|notice|warning|days?|hours?|minutes)\b"
    r"|\bdon't (?:miss (?:out|this|it|your chance|the chance)|wait|delay|let (?:it|this"
    r"|these) (?:slip|get away|go))\b"
    r"|\bmiss(?:ing)? out\b|\bfomo\b|\bbefore (?:it's|it is|they're|they are) (?:too late|gone"
    r"|over|all gone)\b"
    r"|\bwon't (?:last|be here|be around|wait)\b|\btime(?:'s| is) (?:running out|almost up|up"
    r"|ticking)\b"
    r"|\b(?:stock|supply|supplies|it|they)(?:'s|'re| is| are) running out\b|\bclock is ticking\b"
    r"|\btick[ -]?tock\b|\bas soon as possible\b|\basap\b"
    r"|\bgrab (?:it|yours|them|one) (?:now|while|before|fast|today)\b|\bonce in a lifetime\b"
    r"|\b(?:beeil\w*|eil(?:en|t)\b|letzte (?:chance|gelegenheit|stunden?|tage?|minute)"
    r"|schnell (?:sein|zugreifen)"
    r"|jetzt oder nie|jetzt (?:zuschlagen|zugreifen)|greif(?:en sie)? (?:jetzt|schnell) zu"
    r"|nicht (?:verpassen|entgehen)|verpass(?:en sie|t)?\b.{0,30}\bnicht|dringend"
    r"|sofort (?:handeln|zugreifen))"
)
_FEW: Final = re.compile(
    r"\b(?:only|just) (?:a |the )?(?:last )?(?:few|\d*|one|two|three|handful)(?: \w+)? ?(?:left"
    r"|remain(?:s|ing)?|available)\b"
    r"|\bonly left\b|\b(?:few|\d+) (?:\w+ )?(?:left|remaining) (?:in stock|at this price)\b"
    r"|\b(?:almost|nearly|practically|about to be) (?:gone|sold out|out of stock)\b|\bfew left\b"
    r"|\b(?:stock|supply|supplies|availability|quantit(?:y|ies))(?: is| are) (?:very )?limited\b"
    r"|\bgoing, going\b|\bwe(?:'re| are) almost out\b"
    r"|\b(?:going|selling|sells?|moving|goes) (?:out )?(?:fast|quickly)\b|\bsell(?:s|ing) out\b"
    r"|\bflying off\b"
    r"|\bwhile (?:stocks?|supplies|they|it|quantities) lasts?\b|\blow (?:in|on) stock\b"
    r"|\bstock is (?:low|running)\b"
    r"|\blimited (?:stock|supply|supplies|quantit(?:y|ies)|availability|numbers?)\b|\bhigh demand\b"
    r"|\blast (?:few|remaining)\b|\blast (?:ones?|pieces?|items?) (?:left|in stock|available"
    r"|remaining)\b|\bcan(?:not|'t) (?:promise|guarantee) (?:for )?how long\b"
    r"|\bnur noch (?:\d+|wenige|ein(?:ige|s|e)?|zwei|drei)\b|\bsolange (?:der )?vorrat\b"
    r"|\bfast (?:ausverkauft|weg|vergriffen)\b"
    r"|\bbegrenzte (?:st(?:ü|ue)ckzahl|menge|verf(?:ü|ue)gbarkeit)\b"
)
_END: Final = re.compile(
    rf"\b(?:ends?|ending|expir(?:es?|ing)|runs? out|disappears?) {_DAYS}"
    r"|\b(?:gone|over) (?:today|tonight|tomorrow|soon)\b"
    r"|\blimited[- ](?:time|offer|deal)\b|\b(?:hours|minutes|days) (?:left|remaining)\b"
    r"|\bfor a (?:limited|short) time\b|\bfor (?:only|just) (?:a few"
    r"|\d+) (?:more )?(?:days?|hours?)\b"
    r"|\b(?:only )?(?:\d+|one|two|three|few) (?:more )?days? (?:left|only|remaining|to go)\b"
    r"|\bthis (?:offer|deal|price|chance) (?:won't|will not|ends|expires|is about)\b"
    r"|\bflash (?:sale|deal)\b"
    r"|\b(?:endet|l(?:ä|ae)uft|verf(?:ä|ae)llt|gilt nur) (?:noch )?(?:heute|morgen|bald|in|ab"
    r"|bis mitternacht)\b"
    r"|\bnur (?:noch )?(?:f(?:ü|ue)r )?kurze zeit\b|\bzeitlich begrenzt\b|\bnur noch \d+ tage?\b"
)
_NEVER: Final = re.compile(
    r"\b(?:only|just) (?:for )?(?:today|tonight)\b|\b(?:today|tonight|one[- ]day) only\b"
    r"|\bonly (?:valid )?(?:for )?(?:the next )?\d+ (?:hours?|minutes?)\b"
    r"|\b(?:by|until|before|till|at) midnight\b|\b(?:in|within) the next (?:\d+|few) ?(?:hours?"
    r"|minutes?|mins?)\b"
    r"|\b\d+ ?(?:hours?|hrs?|minutes?|mins?|seconds?) (?:left|only|remaining|to go)\b"
    r"|\bcount ?-?down\b"
    r"|(?<![\d:])\d{1,2} ?: ?\d\d ?: ?\d\d(?![\d:])|\bends? (?:today|tonight|in \d+ (?:hours?"
    r"|minutes?))\b"
    r"|\b(?:\d+|many|several|dozens of|hundreds of) (?:other )?(?:people|shoppers|customers"
    r"|others|visitors|buyers|users) (?:are|have|also|just|were)\b.{0,25}\b(?:look|view|watch"
    r"|cart|basket|bought|eye|wait)"
    r"|\bsomeone (?:else )?(?:is|just|might|may|could)\b.{0,25}\b(?:look|bought|buy|snap|grab"
    r"|get|take)"
    r"|\bnur heute\b|\bheute (?:letzte|nur)\b|\bbis mitternacht\b|\bnoch \d+ (?:stunden?"
    r"|minuten?)\b"
    r"|\b\d+ (?:andere |weitere )?(?:personen|leute|kunden) (?:sehen|haben|schauen|interessieren)\b"
)
_PICTURE: Final = re.compile(
    r"count-?down|timer|sendtric|motionmail|niftyimages|zembula", re.IGNORECASE
)


def _false_urgency(page: Page) -> Iterator[str]:
    few = bool(page.variables["stock_left"])
    end = any(page.variables[name] for name in ("ends_on", "offer_ends", "code_expires"))
    backed = ((_NEVER, False), (_EITHER, few or end), (_FEW, few), (_END, end))
    for part, sentence in page.sentences():
        for pattern, true in backed:
            found = None if true else _first(pattern, sentence)
            if found:
                yield f'the {part} says "{found}"'
                break
    for picture in page.elements("img"):
        if _PICTURE.search(picture.attributes.get("src", "")):
            yield "a picture counts down"


def _first(pattern: re.Pattern[str], sentence: str) -> str:
    for found in pattern.finditer(sentence):
        if not negated(sentence, found.start()):
            return found[0].strip()
    return ""


URGENCY_RULES: Final = (
    Rule(
        "false-urgency",
        "error",
        "Nothing backs it in the case shown. Say what is urgent only where `stock_left`, "
        "`ends_on`, `offer_ends` or `code_expires` says so, by its number or day; no countdowns, "
        '"today only" or other shoppers.',
        _false_urgency,
    ),
)
