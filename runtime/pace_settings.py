"""Settings of the pace: where providers are described, how they are found, the route to them."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from runtime.setting_groups import Group
from runtime.setting_values import DomainName, NameServers, Port, Seconds


class PaceSettings(Group):
    """How fast and by what way mail leaves for each mailbox provider."""

    providers_dir: Path | None = None
    """Folder of one TOML file per mailbox provider; `providers` in the programme's folder where
    unset, or the bundled ones where it has none."""
    dns: Literal["system", "static"] = "system"
    """Whether a domain that no provider lists is looked up by its mail exchangers, or belongs to
    `default` unasked; the direct route needs `system`."""
    dns_servers: NameServers = ()
    """Name servers as address or address:port, separated by commas; the system's where empty."""
    dns_timeout_seconds: Seconds = 5.0
    """How long a look-up may take; a mail by relay then goes at the pace of `default`."""
    direct_port: Annotated[Port, Field(ge=1)] = 25
    """Port of mail exchangers on the direct route."""
    ehlo_name: DomainName = ""
    """Name that EHLO gives (RFC 5321, section 4.1.1.1); the machine's where empty."""
    idle_seconds: Seconds = 20.0
    """How long a connection without a mail stays open; servers drop it sooner or later."""
