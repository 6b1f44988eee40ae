"""What an inbox was told to answer instead of accepting: the misbehaviour of real mail servers.

A plain list of rules, first match wins, each for one stage of RFC 5321's dialogue.
"""

import threading
from dataclasses import dataclass
from enum import StrEnum


class Stage(StrEnum):
    """Where in the dialogue a rule speaks."""

    MAIL = "MAIL"
    RCPT = "RCPT"
    DATA = "DATA"
    """In answer to the DATA command, before any of the message has been sent."""
    MESSAGE = "MESSAGE"
    """In answer to the message's final dot: what decides whether it was accepted."""


@dataclass(slots=True)
class Rule:
    """One planned answer.

    Attributes:
        stage: When to speak.
        reply: The reply line, such as `451 4.3.0 Try again`; empty to answer as usual (a rule
            that only stalls, or that drops the connection).
        address: Only for this sender (MAIL) or recipient (all other stages), any case; empty: all.
        times: How often it applies before it is spent; None: for ever.
        stall: Wait, before answering, until the script is released.
        keep: At MESSAGE with `drop`: the mail was accepted, only the answer got lost.
        drop: Close the connection instead of answering.
    """

    stage: Stage
    reply: str = ""
    address: str = ""
    times: int | None = None
    stall: bool = False
    keep: bool = False
    drop: bool = False


class Script:
    """The rules in force; tests change them while the inbox runs in its own thread."""

    def __init__(self) -> None:
        self._rules: list[Rule] = []
        self._lock = threading.Lock()
        self.released = threading.Event()
        self.stalled = threading.Event()

    def add(self, rule: Rule) -> Rule:
        """Add a rule after those already there."""
        with self._lock:
            self._rules.append(rule)
        if rule.stall:
            self.released.clear()
            self.stalled.clear()
        return rule

    def defer(self, stage: Stage = Stage.RCPT, *, address: str = "", times: int | None = 1) -> Rule:
        """Refuse for now (`451 4.7.1`), as greylisting does."""
        return self.add(Rule(stage, "451 4.7.1 Try again later", address, times))

    def refuse(self, address: str, stage: Stage = Stage.RCPT) -> Rule:
        """Refuse for good (`550 5.1.1`): there is nobody of that name."""
        return self.add(Rule(stage, "550 5.1.1 No such user here", address))

    def stall(self, stage: Stage, *, address: str = "") -> Rule:
        """Fall silent at a stage, once, until `release`; `stalled` is set when that happens."""
        return self.add(Rule(stage, address=address, times=1, stall=True))

    def lose_answer(self, *, accepted: bool, address: str = "") -> Rule:
        """Close the connection after the whole message came, once, having accepted it or not."""
        return self.add(Rule(Stage.MESSAGE, address=address, times=1, keep=accepted, drop=True))

    def release(self) -> None:
        """Let every stalled dialogue go on."""
        self.released.set()

    def clear(self) -> None:
        """Forget all rules and release what stalls."""
        with self._lock:
            self._rules.clear()
        self.released.set()

    def take(self, stage: Stage, addresses: list[str]) -> Rule | None:
        """Return the rule for this moment, counting it as used; None: answer as usual."""
        lowered = {address.lower() for address in addresses}
        with self._lock:
            for rule in self._rules:
                if rule.stage is not stage or rule.times == 0:
                    continue
                if rule.address and rule.address.lower() not in lowered:
                    continue
                if rule.times is not None:
                    rule.times -= 1
                return rule
        return None
