"""The settings of the role that takes bounces and complaints."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field
from pydantic_settings import NoDecode

from runtime.setting_groups import Group
from runtime.setting_values import Port, Seconds, split_commas

LocalPart = Annotated[str, Field(pattern=r"^[A-Za-z0-9.+_-]{1,64}$")]


class InboundSettings(Group):
    """The role that takes bounces and complaints, by LMTP or SMTP."""

    host: str = "127.0.0.1"
    """Address to listen on."""
    port: Port = 2424
    """Port to listen on; 0 takes a free one, which the log names."""
    protocol: Literal["lmtp", "smtp"] = "lmtp"
    """What is spoken: LMTP (RFC 2033) to an MTA of yours, SMTP to anybody."""
    complaint_mailboxes: Annotated[
        tuple[LocalPart, ...], NoDecode, BeforeValidator(split_commas)
    ] = ("complaints", "feedback", "fbl", "abuse", "postmaster")
    """Local parts at the return path's domain that feedback loops report to, separated by commas;
    nothing but these and signed return paths is accepted."""
    max_bytes: Annotated[int, Field(ge=10_000, le=64 * 2**20)] = 20 * 2**20
    """A larger mail is refused."""
    connections: Annotated[int, Field(ge=1, le=10_000)] = 100
    """Connections at a time; another one is told to come later."""
    timeout_seconds: Seconds = 60.0
    """How long one command, or a whole mail, may take to arrive."""
    session_seconds: Seconds = 600.0
    """How long one connection may last."""
