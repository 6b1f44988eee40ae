"""The pages of `nextbest web`: plain HTML with one style sheet, no script, nothing loaded.

They have to be understood at once, by everyone, on a telephone and by a screen reader: one heading,
one thing to do, native controls with labels, and colours that reach 4.5:1 (WCAG 2.2, 1.4.3) in
light and dark.
"""

from html import escape
from typing import Final

STYLE: Final = """
:root { color-scheme: light dark; --ground: #f3f1ec; --card: #fff; --ink: #17231f;
  --soft: #54615b; --line: #d9d5cb; --accent: #1f6f54; --on-accent: #fff; --well: #f7f5f1; }
@media (prefers-color-scheme: dark) {
  :root { --ground: #101412; --card: #1a201d; --ink: #eef2f0; --soft: #a9b5af; --line: #36403b;
    --accent: #7fd3b0; --on-accent: #0d1b15; --well: #212925; } }
* { box-sizing: border-box; }
body { margin: 0; padding: 0 16px; background: var(--ground); color: var(--ink);
  font: 17px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
main { max-width: 560px; margin: clamp(20px, 8vh, 88px) auto 40px; padding: clamp(24px, 6vw, 44px);
  background: var(--card); border-radius: 18px; box-shadow: 0 1px 3px rgb(0 0 0 / .08); }
.from { margin: 0 0 6px; color: var(--soft); font-size: 15px; }
h1 { margin: 0 0 14px; font: 700 clamp(25px, 6vw, 31px)/1.2 Georgia, "Times New Roman", serif; }
p { margin: 0 0 14px; } p:last-child { margin-bottom: 0; } form + p { margin-top: 20px; }
ul { margin: 0 0 14px; padding-left: 22px; }
a { color: var(--accent); text-underline-offset: 3px; }
fieldset { margin: 0 0 26px; padding: 0; border: 0; min-width: 0; }
legend { padding: 0; margin-bottom: 8px; font-weight: 650; font-size: 18px; }
.note { margin: 0 0 8px; color: var(--soft); font-size: 15px; }
.option { display: grid; grid-template-columns: auto 1fr; gap: 2px 12px; padding: 12px 14px;
  border: 1px solid var(--line); border-bottom-width: 0; cursor: pointer; }
.option:first-of-type { border-radius: 12px 12px 0 0; }
.option:last-of-type { border-radius: 0 0 12px 12px; border-bottom-width: 1px; }
.option:only-of-type { border-radius: 12px; }
.option:hover { background: var(--well); }
.option input { width: 20px; height: 20px; margin: 3px 0 0; accent-color: var(--accent); }
.option small { grid-column: 2; color: var(--soft); font-size: 15px; line-height: 1.4; }
select { width: 100%; padding: 12px 14px; border: 1px solid var(--line); border-radius: 12px;
  background: var(--card); color: inherit; font: inherit; }
button { padding: 13px 28px; border: 2px solid var(--accent); border-radius: 999px;
  background: var(--accent); color: var(--on-accent); font: inherit; font-weight: 650;
  cursor: pointer; }
button.quiet { background: transparent; color: var(--accent); }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 3px; }
.saved { margin: 0 0 22px; padding: 12px 16px; border-radius: 12px; background: var(--well);
  border-left: 5px solid var(--accent); }
.apart { margin-top: 30px; padding-top: 26px; border-top: 1px solid var(--line); }
h2 { margin: 0 0 8px; font-size: 18px; }
@media (max-width: 480px) { button { width: 100%; } }
"""

_FRAME: Final = (
    '<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
    '<meta name="viewport" content="width=device-width, initial-scale=1">'
    '<meta name="robots" content="noindex"><style>{style}</style></head>'
    "<body><main>{sender}<h1>{title}</h1>{body}</main></body></html>\n"
)
ONE_CLICK: Final = ("List-Unsubscribe", "One-Click")
"""The field and value of a one-click request (RFC 8058, section 3.2)."""
_HIDDEN = f'<input type="hidden" name="{ONE_CLICK[0]}" value="{ONE_CLICK[1]}">'


def frame(title: str, body: str, sender_name: str = "") -> str:
    """A page.

    Args:
        title: Its heading, as text.
        body: What follows, as HTML.
        sender_name: Who it is from; may be empty.
    """
    sender = f'<p class="from">{escape(sender_name)}</p>' if sender_name else ""
    return _FRAME.format(title=escape(title), style=STYLE, sender=sender, body=body)


def ask(sender_name: str, preferences: str) -> str:
    """A page with a button and nothing that happens by itself: link scanners open it too.

    Args:
        sender_name: Who mails come from.
        preferences: URL of the preference centre.
    """
    return frame(
        "Unsubscribe?",
        f"<p>You will get no more news and offers from {escape(sender_name)}.</p>"
        f'<form method="post">{_HIDDEN}<input type="hidden" name="by" value="button">'
        "<p><button>Unsubscribe</button></p></form>"
        f'<p>Or just fewer mails? <a href="{escape(preferences)}">Choose what you get</a>.</p>',
        sender_name,
    )


def done(sender_name: str) -> str:
    """What the button leads to."""
    return frame(
        "You are unsubscribed.",
        f"<p>{escape(sender_name)} sends you no more news and offers. A mail already on its way "
        "may still arrive.</p><p>You need not do anything else. Should you change your mind, sign "
        "up again where you did before.</p>",
        sender_name,
    )


def confirm(sender_name: str, content: list[str], often: str) -> str:
    """A page that says what is agreed to, and a button.

    Args:
        sender_name: Who mails come from.
        content: What they are about, a line each.
        often: How often they come, as the end of a sentence.
    """
    lines = "".join(f"<li>{escape(line)}</li>" for line in content)
    return frame(
        "Shall we write to you?",
        f"<p>With this button you agree that {escape(sender_name)} sends you mails about:</p>"
        f"<ul>{lines}</ul><p>How often: {escape(often)}. They may be chosen by what you looked at "
        "and bought. Every mail has a link to unsubscribe, and you can choose what you get.</p>"
        '<form method="post"><input type="hidden" name="confirm" value="yes">'
        "<p><button>Yes, write to me</button></p></form>"
        '<p class="note">Somebody else signed up with your address? Then close this page: without '
        "the button nothing is sent.</p>",
        sender_name,
    )


def confirmed(sender_name: str, preferences: str) -> str:
    """What that button leads to."""
    return frame(
        "Thank you, all is settled.",
        f"<p>{escape(sender_name)} will write to you. You can "
        f'<a href="{escape(preferences)}">choose what you get</a> at any time.</p>',
        sender_name,
    )


def moved_on(sender_name: str) -> str:
    """An address to confirm that isn't the person's any more."""
    return frame(
        "This link is for another address.",
        "<p>The address on record has changed since this mail was sent, or the sign-up is no "
        f"longer known. Please sign up again with the address that {escape(sender_name)} shall "
        "write to; you will get a new link there.</p>",
        sender_name,
    )


def broken_link() -> str:
    """A link that isn't one of ours."""
    return frame(
        "This link does not work.",
        "<p>It may have been cut off on its way. Open it from the mail itself, or copy it whole. "
        "Nothing was changed.</p>",
    )


def not_now() -> str:
    """A store is away."""
    return frame(
        "That did not work just now.",
        "<p>Nothing was saved. Please try again in a minute.</p>",
    )
