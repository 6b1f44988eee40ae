"""The two pages of `nextbest web`: to unsubscribe with a button, and that it is done."""

from html import escape

_FRAME = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex"><meta name="referrer" content="no-referrer">
<style>
body {{ margin: 0; background: #f4f2ee; color: #17231f; font: 16px/1.5 system-ui, sans-serif; }}
main {{ max-width: 420px; margin: 12vh auto 0; padding: 36px 32px; background: #fff;
  border-radius: 14px; }}
h1 {{ margin: 0 0 12px; font: 700 26px/1.25 Georgia, serif; }}
button {{ margin-top: 12px; padding: 13px 28px; border: 0; border-radius: 999px; color: #fff;
  background: #1f6f54; font: 600 16px system-ui, sans-serif; cursor: pointer; }}
@media (prefers-color-scheme: dark) {{
  body {{ background: #121614; color: #f1f4f2; }} main {{ background: #1c2220; }}
}}
</style></head><body><main><h1>{title}</h1>{body}</main></body></html>
"""


def ask(sender_name: str) -> str:
    """A page with a button and nothing that happens by itself: link scanners open it too."""
    return _FRAME.format(
        title="Unsubscribe?",
        body=f"<p>You will get no more mails from {escape(sender_name)}.</p>"
        '<form method="post"><input type="hidden" name="List-Unsubscribe" value="One-Click">'
        "<button>Unsubscribe</button></form>",
    )


def done(sender_name: str) -> str:
    """What the button leads to."""
    return _FRAME.format(
        title="You are unsubscribed.",
        body=f"<p>{escape(sender_name)} sends you no more mails. A mail already on its way "
        "may still arrive.</p>",
    )
