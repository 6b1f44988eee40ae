"""Rules against what makes people feel watched: that, when and how often they did something.

What someone did is a reason to write; saying that it was seen, to the minute or counted, is what
makes a reader feel followed. Context ("your cart is still here") says the same without it.
"""

import re
from collections.abc import Iterator
from typing import Final

from senders.linting.page import Page
from senders.linting.rule import Rule

_WORD: Final = r"(?:\w+[ ,]+)"
_WATCHED: Final = re.compile(
    rf"""
    \b(?:we|i)(?:'ve|\ have|\ had)?\ (?:just\ |also\ |recently\ |couldn't\ help\ but\ )*(?:noticed
      |notice)\b
    |\b(?:we|i|our\ (?:team|systems?|software|data|records?))
        (?:'ve|\ have|'re|\ are|\ were|\ had|\ can|\ could)?\ (?!not\b|never\b){_WORD}{{0,2}}
        (?:saw|seen|spotted|observed|detected|watched|watching|tracked|tracking|monitored|monitoring
        |following(?!\ up)|caught)
        \ (?:that\ |how\ |what\ |where\ |when\ |as\ |while\ |it\ when\ )?you(?:r|'ve|'re|'d)?\b
    |\bwe(?:'ve|\ have)?\ (?:just\ )?(?:saw|see|seen|found|spotted)\ (?:something|items?
      |\w+\ (?:items?|things?))
        \ (?:still\ )?(?:left\ )?(?:still\ )?in\ your\b
    |\b(?:we|i)\ (?:can\ |could\ )?see\ (?:that\ )?you(?:'ve|'re|'d|r)?\ (?!there|soon|again
      |next|at|in|around)
    |\b(?:we|i)\ know\ (?:(?:that\ )?you(?:'ve|\ have)?\ {_WORD}{{0,2}}(?:look|view|visit|brows
      |click|open|search)
        |(?:what|where|when|how\ (?:long|often))\ you(?:'ve|\ have|\ were|\ are|'re)?\ ?
            (?:look|view|visit|brows|click|did|do\b|live|bought|want|open|search))
    |(?<!n't\ )(?<!not\ )\b(?:noticed|spotted|caught|saw|seen)\ (?:that\ )?you
        (?:'ve|'re|'d|\ were|\ are|\ have|\ had|\ left|\ look|\ brows|\ check|\ view|\ visit
          |\ in\ our
        |\ on\ our|\ add|\ just|\ only|[!?.]|$)
    |\bkeeping\ (?:an\ eye|tabs|track)\ (?:on|of)\ (?:you\b|what\ you)
    |\bbeen\ (?:watching|tracking|following|monitoring|observing)\ (?:you\b|your)
    |\byour\ (?:recent\ |latest\ |last\ )?(?:browsing|viewing|click|search|page\ view|surfing)
        [\ -](?:history|activity|behaviou?r|sessions?|data|patterns?|habits?)
    |\byour\ (?:recent\ |latest\ |last\ )?(?:activity|behaviou?r|movements?|visits?)\ (?:on|in
      |to|at)
        \ (?:our|the|this)\ (?:site|website|app|shop|store|page)
    |\baccording\ to\ our\ (?:logs?|records?|tracking|analytics|data)
    |\blooks\ like\ you(?:'ve|'re|\ were|\ have|\ are|\ had)?\ {_WORD}{{0,2}}(?:look|brows|view
      |visit|check)
    |\bcaught\ (?:you\ )?(?:looking|peeking|browsing|checking)
    |\byour\ (?:ip(?:\ address)?|geo-?location|device\ fingerprint|current\ location)\b
    |\b(?:wir|uns)\ (?:haben\ |ist\ |hatten\ )?{_WORD}{{0,3}}?
        (?:gesehen|bemerkt|gemerkt|beobachtet|festgestellt|registriert|aufgefallen|erkannt),?
        \ (?:dass|wie|was|wo|wann)\ (?:\w+\ )?(?:du|sie|ihr)\b
    |\bwir\ (?:sahen|bemerkten|beobachten|sehen),?\ (?:dass|wie|was)\ (?:du|sie|ihr)\b
    |\bwir\ haben\ (?:dich|sie|euch)\ {_WORD}{{0,3}}?(?:gesehen|beobachtet|bemerkt|erwischt)
    """,
    re.VERBOSE,
)
_DID: Final = (
    r"(?:look(?:ed|ing)|view(?:ed|ing)|visit(?:ed|ing)|brows(?:ed|ing)|click(?:ed|s)|tapped"
    r"|opened|search(?:ed|ing)|scrolled|hovered|lingered|stopped by|dropped by|logged in"
    r"|checked out|added|abandoned|put|left|were (?:here|on|in|at)|came (?:by|back|to)|spent|stayed"
    r"|angesehen|angeschaut|besucht|geklickt|gesucht|ge(?:ö|oe)ffnet|gelegt|verlassen|angemeldet"
    r"|gest(?:ö|oe)bert)"
)
_SOMEONE: Final = r"\b(?:you(?:r|'ve|'d|'re)?|du|dich|dein\w*|sie|ihr\w*|last|latest|letzte\w*)\b"
_BEHAVIOUR: Final = re.compile(rf"{_SOMEONE}.{{0,80}}\b{_DID}\b|\b{_DID}\b.{{0,60}}{_SOMEONE}")
_ALONE: Final = re.compile(
    r"\b(?:viewed|visited|browsed|last (?:visit|seen|login|activity|opened|viewed)|abandoned)\b"
)
_CLOCK: Final = re.compile(
    r"(?<![\d:.,€$£])(?:[01]?\d|2[0-3]):([0-5]\d)(?::[0-5]\d)?(?!\d)"
    r"|\b(?:1[0-2]|0?\d)(?:[:.]([0-5]\d))? ?(?:a\.?m|p\.?m)\b"
    r"|\b(?:[01]?\d|2[0-3])(?:[.:h]([0-5]\d))? ?uhr\b|\b(?:[01]?\d|2[0-3])h([0-5]\d)\b"
    r"|\bat (?:noon|midnight)\b|\b\d{4}-\d\d-\d\d[t ]\d\d:(\d\d)"
)
_AGO: Final = re.compile(
    r"\b(?:\d+|an?|one|two|three|four|five|six|ten|twelve|a few|some|a couple of|several|half an)"
    r"(?: \w+)? ?(?:seconds?|secs?|minutes?|mins?|hours?|hrs?)(?: and \w+ \w+)? (?:ago|earlier"
    r"|back)\b"
    r"|\b(?:\d+|a few|two|three|several) (?:minutes?|mins?|hours?|hrs?) (?:since|after) you\b"
    r"|\bvor (?:\d+|ein(?:er|em)|zwei|drei|wenigen|einigen) (?:sekunden?|minuten?|stunden?)\b"
)
_WHEN: Final = re.compile(
    r"\b(?:just now|a moment ago|moments ago|yesterday|last night|this (?:morning|afternoon"
    r"|evening)|earlier (?:today|this)|tonight"
    r"|(?:last|on) (?:mon|tues|wednes|thurs|fri|satur|sun)day"
    r"|(?:\d+|two|three|a few) (?:days?|weeks?) ago|gestern"
    r"|heute (?:morgen|fr(?:ü|ue)h|mittag|abend|nacht)|(?:letzten|am) (?:mon|diens|donners|frei"
    r"|sams|sonn)tag"
    r"|vor \d+ (?:tagen|wochen))\b"
)
_MANY: Final = (
    r"(?:\d+|twice|thrice|once|two|three|four|five|six|seven|eight|nine|ten|a dozen|dozens of"
    r"|several|many|multiple|zwei|drei|vier|f(?:ü|ue)nf|mehrere|viele)"
)
_COUNT: Final = re.compile(
    rf"\b{_MANY} ?(?:x|times|mal)\b|\b(?:twice|thrice|zweimal|dreimal|viermal|mehrmals|mehrfach)\b"
    r"|\bmore than once\b|\bagain and again\b|\b(?:your|for the|the|zum) (?:\d+(?:st|nd|rd|th)"
    r"|second"
    r"|third|fourth|fifth|sixth|zweiten|dritten) (?:visit|time|look|view|click|mal)\b"
    rf"|\b{_MANY} (?:\w+ )?(?:visits?|page ?views?|views? of (?:this|our|the (?:page|product"
    rf"|item))|clicks?|besuche?|klicks?)\b"
    r"|\byou(?:'ve| have)? (?:viewed|opened|read|clicked(?: on)?|looked at|visited|browsed)"
    rf" (?:(?:our|the|these|those|last|all|of) )*{_MANY} "
    r"(?:\w+ )?(?:pages?|products?|items?|e?-?mails?|articles?|things?)\b"
    r"|\bspent (?:\w+ )?(?:\d+|several|a few|some|over|almost|nearly|two|three|five|ten)\b"
)
_LOOKED: Final = re.compile(
    r"\byou(?:'ve|'d| have| had)? (?:just |recently |already |been |only |also )*"
    r"(?:looked at|viewed|browsed|visited|clicked on|hovered|scrolled|were (?:looking at"
    r"|browsing|viewing))"
    r"|\byou (?:were|have been) (?:looking at|browsing|checking out|viewing)"
    r"|\b(?:du|sie) (?:hast|haben) (?:dir|sich) .{0,60}(?:angesehen|angeschaut)"
)


def _watched(page: Page) -> Iterator[str]:
    for part, sentence in page.sentences():
        found = _WATCHED.search(sentence)
        if found:
            yield f'the {part} says "{_cut(sentence, found.start())}"'


def _exact_times(page: Page) -> Iterator[str]:
    for part, sentence in page.sentences():
        about = _BEHAVIOUR.search(sentence) or _ALONE.search(sentence)
        found = _AGO.search(sentence) or (page.marketing and about and _WHEN.search(sentence))
        for clock in _CLOCK.finditer(sentence):
            minutes = next((group for group in clock.groups() if group), "00")
            # Opening hours are round; "1:43" alone is a scale.
            if about or (int(minutes) % 5 and clock[0][1].isdigit()):
                found = found or clock
        if found:
            yield f'the {part} says "{_cut(sentence, found.start())}"'


def _counts(page: Page) -> Iterator[str]:
    for part, sentence in page.sentences():
        found = _COUNT.search(sentence)
        if found and _LOOKING.search(sentence):
            yield f'the {part} says "{_cut(sentence, found.start())}"'


_LOOKING: Final = re.compile(
    r"\b(?:look(?:ed|ing|s)?|spent|view(?:ed|ing|s)?|visit(?:ed|ing|s)?|brows(?:ed|ing)"
    r"|click(?:ed|s)?"
    r"|opened|search(?:ed|es)|came (?:back|by)|come back|returned|checked|seen|page ?views?"
    r"|sessions?|on (?:this|the|our) (?:page|site)|angesehen|angeschaut|besucht?e?|geklickt"
    r"|klicks?)\b"
)


def _browsing(page: Page) -> Iterator[str]:
    for part, sentence in page.sentences():
        found = _LOOKED.search(sentence)
        if found:
            yield f'the {part} says "{_cut(sentence, found.start())}"'


def _cut(sentence: str, at: int) -> str:
    begin = max(0, at - 30)
    return ("…" if begin else "") + sentence[begin : begin + 100]


WATCHING_RULES: Final = (
    Rule(
        "watched",
        "error",
        "It tells people that they are watched. Say what the mail is about instead: "
        '"Your cart is still here", not "We saw you leave".',
        _watched,
    ),
    Rule(
        "exact-time",
        "error",
        "It tells people when they did something. Leave the time out.",
        _exact_times,
    ),
    Rule(
        "counted-views",
        "error",
        "It tells people how often or how long they looked. Leave the count out.",
        _counts,
    ),
    Rule(
        "browsing",
        "warning",
        "It tells people what they looked at. Name the product, not the look.",
        _browsing,
    ),
)
