"""`nextbest dkim`: keys that sign mails, and what to publish of them."""

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, help="Keys that sign mails (DKIM).")


@app.callback()
def group() -> None:
    """Keep `generate` a command of its own, though there is no other."""


@app.command()
def generate(
    domain: Annotated[str, typer.Option(help="Domain that signs, the From address' as a rule.")],
    selector: Annotated[
        str, typer.Option(help="Name of the key in DNS; a new one for each key, s2026a for one.")
    ],
    out: Annotated[Path, typer.Option(help="Folder for the private keys.", metavar="DIR")],
    ed25519: Annotated[
        bool, typer.Option("--ed25519", help="Make an Ed25519 key too, published beside it.")
    ] = False,
) -> None:
    """Make an RSA key of 2,048 bits, and print the DNS record to publish and the settings.

    The Ed25519 key's selector has -ed behind it. A key is never written over: to change keys, make
    one under another selector, publish it, then change the settings, and leave the old record where
    it is for as long as signatures hold.

    Example: nextbest dkim generate --domain shop.example --selector s2026a --out /etc/nextbest
    """
    from runtime.mailbox import parse_domain
    from runtime.setting_errors import variable_name
    from senders.signing.generate import generate_ed25519, generate_rsa, zone_line

    found = parse_domain(domain)
    if found is None:
        raise typer.BadParameter(f"{domain!r} is no domain", param_hint="--domain")
    if parse_domain(f"{selector}.example") is None:
        raise typer.BadParameter("takes letters, digits and dashes", param_hint="--selector")
    selector = selector.lower()
    made = [("rsa", *generate_rsa(out, selector))]
    if ed25519:
        made.append(("ed25519", *generate_ed25519(out, f"{selector}-ed")))
    print("; publish in DNS")
    for _, _, key in made:
        print(zone_line(key, found))
    print("\n# then set")
    print(f"{variable_name(('signing', 'domain'))}={found}")
    for kind, path, key in made:
        print(f"{variable_name(('signing', f'{kind}_selector'))}={key.selector}")
        print(f"{variable_name(('signing', f'{kind}_key_file'))}={path}")
