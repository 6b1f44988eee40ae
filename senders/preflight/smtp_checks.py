"""Checks over SMTP: that the relay is reached by verified TLS, and that bounces come back."""

import ssl
from ipaddress import ip_address

import aiosmtplib

from senders.links.verp import ReturnPaths
from senders.preflight.finding import Finding, failed, passed, warned
from senders.preflight.names import Names
from senders.preflight.target import Target

TIMEOUT_SECONDS = 15.0
SMTP_PORT = 25
PROBE = "nextbest-preflight"
"""Stands for a decision in what a preflight sends around."""


async def check_tls(target: Target, context: ssl.SSLContext) -> Finding:
    """Whether the relay speaks TLS with a certificate that verifies."""
    check = "tls"
    if target.direct:
        return passed(check, "the routes", "MX hosts are met by each provider's own TLS setting")
    host, _, port = target.relay.rpartition(":")
    looked = f"{target.relay}, as starttls = {target.relay_tls} would meet it"
    implicit = target.relay_tls == "implicit"
    client = aiosmtplib.SMTP(
        hostname=host,
        port=int(port),
        use_tls=implicit,
        start_tls=False,
        tls_context=context,
        timeout=TIMEOUT_SECONDS,
    )
    try:
        await client.connect()
        await client.ehlo()
        offered = implicit or client.supports_extension("starttls")
        if offered and not implicit:
            await client.starttls(tls_context=context)
    except (aiosmtplib.SMTPException, OSError) as error:
        do = "See that the relay answers and shows a certificate of an authority that is trusted."
        return failed(check, looked, f"{type(error).__name__}: {error}", do)
    finally:
        client.close()
    if not offered:
        if _is_here(host):
            do = "A relay on another machine would have to offer STARTTLS."
            return warned(check, looked, "no STARTTLS; it is on this machine", do)
        do = "Use a relay, or a port of it, that offers TLS: Gmail wants mail to come by it."
        return failed(check, looked, "no STARTTLS", do)
    if target.relay_tls in {"never", "opportunistic"}:
        do = "Set NEXTBEST_SENDER__STARTTLS=required: whoever sits between can hide the offer."
        return warned(check, looked, "TLS with a certificate that verifies", do)
    return passed(check, looked, "TLS with a certificate that verifies")


def _is_here(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


async def check_return_path(
    target: Target, names: Names, paths: ReturnPaths | None, port: int = SMTP_PORT
) -> Finding:
    """Whether bounces come back to somebody who takes them.

    Args:
        target: The set-up.
        names: Asked for the MX.
        paths: Makes a return path to try; None where there is none.
        port: Where MX hosts listen.
    """
    check = "return_path"
    if paths is None:
        do = "Set NEXTBEST_SENDER__RETURN_PATH_DOMAIN, or let webhooks tell of bounces."
        return warned(check, "the settings", "bounces go to the From address", do)
    looked = f"MX of {target.return_path_domain}, and RCPT of a return path there"
    hosts = await names.mx(target.return_path_domain)
    if not any(hosts):
        do = f"Give {target.return_path_domain} an MX record that leads to the inbound role."
        return failed(check, looked, "no MX", do)
    client = aiosmtplib.SMTP(hostname=hosts[0], port=port, start_tls=False, timeout=TIMEOUT_SECONDS)
    try:
        await client.connect()
        await client.ehlo()
        await client.mail("")
        await client.rcpt(paths.address(PROBE))
    except aiosmtplib.SMTPResponseException as error:
        do = "Have it take mail to return paths: it should be, or forward to, the inbound role."
        return failed(check, looked, f"{hosts[0]} answered {error.code}", do)
    except (aiosmtplib.SMTPException, OSError) as error:
        do = "See that others reach it on port 25; many networks let nobody out there from inside."
        return warned(check, looked, f"{hosts[0]} not reached ({type(error).__name__})", do)
    finally:
        client.close()
    return passed(check, looked, f"{hosts[0]} takes them")
