"""Opening connections: to the relay, or to mail exchangers in the order RFC 5321 says."""

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import aiosmtplib

from runtime.settings import SenderSettings, Settings
from senders.smtp.wire import Wire

MOST_ATTEMPTS = 5
"""Addresses tried for one connection; RFC 5321, section 5.1, asks for at least two."""

Dial = Callable[[], Awaitable[Wire]]
"""Opens a connection, greeting and TLS included.

Raises:
    aiosmtplib.SMTPException, OSError, ValueError: It could not; nothing is left open.
"""
Addresses = Callable[[str], Awaitable[Sequence[str]]]
"""The IP addresses of a host; empty where it has none, or the DNS doesn't say."""


def authorities(sender: SenderSettings) -> ssl.SSLContext:
    """TLS that checks certificates by the authorities that the settings name."""
    cafile = sender.smtp_cafile
    return ssl.create_default_context(cafile=str(cafile) if cafile else None)


def unchecked() -> ssl.SSLContext:
    """TLS that takes any certificate: better than none to a server of any name (RFC 7435)."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def relay_dial(settings: Settings) -> Dial:
    """Opens connections to the relay."""
    sender = settings.sender
    tls = authorities(sender) if sender.starttls != "never" or sender.smtp_tls else None
    starttls = {"never": False, "required": True, "opportunistic": None}[sender.starttls]

    async def dial() -> Wire:
        client = aiosmtplib.SMTP(
            hostname=sender.smtp_host,
            port=sender.smtp_port,
            username=sender.smtp_username or None,
            password=sender.smtp_password.get_secret_value() or None,
            local_hostname=settings.pace.ehlo_name or None,
            timeout=sender.smtp_timeout_seconds,
            use_tls=sender.smtp_tls,
            start_tls=starttls,
            tls_context=tls,
        )
        return await _connected(client, sender.smtp_timeout_seconds)

    return dial


async def _connected(client: aiosmtplib.SMTP, timeout_seconds: float) -> Wire:
    """Connect and greet, so that whatever goes wrong until then is about the connection."""
    try:
        await client.connect()
        if client.is_ehlo_or_helo_needed:
            try:
                await client.ehlo()
            except aiosmtplib.SMTPHeloError:
                # A server of before 1995 is greeted as it knows (RFC 5321, section 3.2).
                await client.helo()
        return Wire(client, timeout_seconds)
    except BaseException:
        client.close()
        raise


@dataclass(frozen=True, slots=True)
class DirectDialer:
    """Opens connections to mail exchangers.

    Attributes:
        addresses: Finds the addresses of a host.
        port: Theirs; 25 but in tests.
        timeout_seconds: For each step.
        ehlo_name: What EHLO says; the machine's name where empty.
        checked: TLS for where it is required.
        unchecked: TLS for where it is welcome.
    """

    addresses: Addresses
    port: int
    timeout_seconds: float
    ehlo_name: str
    checked: ssl.SSLContext
    unchecked: ssl.SSLContext

    async def open(self, hosts: Sequence[str], tls: str) -> Wire:
        """Open a connection to the first host that gives one.

        Args:
            hosts: In the order to try.
            tls: never, opportunistic or required.

        Raises:
            aiosmtplib.SMTPException, OSError, ValueError: None did; the last one's failure.
        """
        failure: Exception = aiosmtplib.SMTPConnectError("no mail exchanger has an address")
        attempts = 0
        for host in hosts:
            for address in await self.addresses(host):
                if attempts == MOST_ATTEMPTS:
                    raise failure
                attempts += 1
                try:
                    return await self._open_one(host, address, tls)
                except (aiosmtplib.SMTPException, OSError, ValueError) as error:
                    failure = error
        raise failure

    async def _open_one(self, host: str, address: str, tls: str) -> Wire:
        starttls = {"never": False, "required": True, "opportunistic": None}[tls]
        try:
            return await self._connect(host, address, tls, starttls=starttls)
        except (ssl.SSLError, aiosmtplib.SMTPServerDisconnected) as error:
            if tls != "opportunistic" or isinstance(error, aiosmtplib.SMTPConnectError):
                raise
            # Its TLS is broken, and it would have been welcome only: in the clear, as before TLS.
            return await self._connect(host, address, tls, starttls=False)

    async def _connect(self, host: str, address: str, tls: str, *, starttls: bool | None) -> Wire:
        sock = await _tcp(address, self.port, self.timeout_seconds)
        client = aiosmtplib.SMTP(
            hostname=host,
            sock=sock,
            local_hostname=self.ehlo_name or None,
            timeout=self.timeout_seconds,
            start_tls=starttls,
            tls_context=self.checked if tls == "required" else self.unchecked,
        )
        try:
            return await _connected(client, self.timeout_seconds)
        except BaseException:
            sock.close()
            raise


async def _tcp(address: str, port: int, timeout_seconds: float) -> socket.socket:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    # With its protocol named: only then does asyncio have small writes leave at once.
    sock = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        sock.setblocking(False)  # noqa: FBT003
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(timeout_seconds):
            await loop.sock_connect(sock, (address, port))
    except BaseException:
        sock.close()
        raise
    return sock
