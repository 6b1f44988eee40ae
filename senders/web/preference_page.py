"""The page of the preference centre: one form, with what is chosen now filled in."""

from datetime import date, timedelta
from html import escape
from typing import Final

from senders.recipients.chosen import Chosen, Frequency
from senders.web.pages import frame
from senders.web.topics import Topic

PAUSES: Final = ((14, "for two weeks"), (30, "for a month"), (90, "for three months"))
"""Days, and how they are called."""
_OFTEN: Final[dict[Frequency, str]] = {
    "all": "Whenever there is something for me",
    "weekly": "Once a week at most",
    "monthly": "Once a month at most",
}


def preference_page(
    sender_name: str,
    now: Chosen,
    topics: tuple[Topic, ...],
    today: date,
    *,
    saved: bool = False,
    unsubscribed: bool = False,
) -> str:
    """The preference centre.

    Args:
        sender_name: Who mails come from.
        now: What is chosen.
        topics: What can be chosen from; none, and the part is left out.
        today: The day, where the person lives.
        saved: Whether it was saved just now.
        unsubscribed: Whether the person gets no mail at all, whatever they choose here.
    """
    told = ""
    if saved:
        told = '<p class="saved" role="status">Saved. It applies from now on.</p>'
    elif unsubscribed:
        told = (
            '<p class="saved" role="status">You are unsubscribed: no news and offers are sent to '
            "you. Should you sign up again, what you choose here applies.</p>"
        )
    form = (
        f'<form method="post">{_topics(topics, now)}{_frequency(now)}{_pause(now, today)}'
        f"{_privacy(now)}<p><button>Save</button></p></form>"
    )
    leave = "" if unsubscribed else _LEAVE
    return frame("What may we send you?", f"{told}{form}{leave}", sender_name)


_LEAVE: Final = (
    '<form method="post" class="apart"><h2>No more mails at all?</h2>'
    '<p class="note">News and offers end at once. What belongs to an order still comes.</p>'
    '<input type="hidden" name="unsubscribe" value="all">'
    '<button class="quiet">Unsubscribe from everything</button></form>'
)


def _topics(topics: tuple[Topic, ...], now: Chosen) -> str:
    if not topics:
        return ""
    boxes = "".join(
        _option(
            "checkbox", "topic", topic.name, topic.title, topic.name not in now.topics_off,
            topic.description,
        )
        for topic in topics
    )  # fmt: skip
    return f"<fieldset><legend>Topics</legend>{boxes}</fieldset>"


def _frequency(now: Chosen) -> str:
    radios = "".join(
        _option("radio", "frequency", name, words, name == now.frequency)
        for name, words in _OFTEN.items()
    )
    return f"<fieldset><legend>How often</legend>{radios}</fieldset>"


def _pause(now: Chosen, today: date) -> str:
    choices = [("", "No pause", False)]
    if now.pause_until is not None and now.pause_until > today:
        day = now.pause_until
        choices.append((day.isoformat(), f"As now: until {_day(day)}", True))
    for days, words in PAUSES:
        day = today + timedelta(days=days)
        if day != now.pause_until:
            choices.append(
                (day.isoformat(), f"{words[0].upper()}{words[1:]}, to {_day(day)}", False)
            )
    options = "".join(
        f'<option value="{value}"{" selected" if selected else ""}>{words}</option>'
        for value, words, selected in choices
    )
    return (
        '<fieldset><legend><label for="pause">A pause</label></legend>'
        '<p class="note">Nothing is sent until that day. What belongs to an order still comes.</p>'
        f'<select id="pause" name="pause_until">{options}</select></fieldset>'
    )


def _privacy(now: Chosen) -> str:
    boxes = (
        _option(
            "checkbox", "personalise", "yes", "Choose mails by what I do in the shop",
            now.personalise, "Otherwise you see what most people like.",
        )
        + _option(
            "checkbox", "track", "yes", "Note which links I follow", now.track,
            "Otherwise links lead to the shop directly.",
        )
        + _option(
            "checkbox", "open_pixel", "yes", "Note whether a mail was opened", now.open_pixel,
            "By a picture that your mail program loads. Off unless you turn it on.",
        )
    )  # fmt: skip
    return f"<fieldset><legend>What is noted of you</legend>{boxes}</fieldset>"


def _option(kind: str, name: str, value: str, words: str, on: bool, more: str = "") -> str:  # noqa: FBT001
    checked = " checked" if on else ""
    small = f"<small>{escape(more)}</small>" if more else ""
    return (
        f'<label class="option"><input type="{kind}" name="{name}" value="{escape(value)}"'
        f"{checked}><span>{escape(words)}</span>{small}</label>"
    )


def _day(day: date) -> str:
    return f"{day.day} {day:%B} {day.year}"
