"""The group of settings that say how mails are signed (DKIM, RFC 6376 and 8463)."""

from typing import Annotated

from pydantic import Field

from runtime.setting_groups import Group
from runtime.setting_values import DomainName, ExistingFile, Selector


class SigningSettings(Group):
    """Signatures of mails (DKIM); each is made where both its selector and its key are given."""

    domain: DomainName = ""
    """Domain that signs (`d=`); the one of the From address where empty. For DMARC it must be that
    domain or, unless its record says `adkim=s`, one of the same organization."""
    rsa_selector: Selector = ""
    """Selector under which the RSA key is published."""
    rsa_key_file: ExistingFile | None = None
    """PEM file of the RSA key, 2,048 to 4,096 bits; `nextbest dkim generate` makes one."""
    ed25519_selector: Selector = ""
    """Selector under which the Ed25519 key is published; another than that of the RSA key."""
    ed25519_key_file: ExistingFile | None = None
    """PEM file of the Ed25519 key, used beside RSA, since few providers verify it yet."""
    valid_days: Annotated[int, Field(ge=1, le=365)] = 14
    """How long a signature holds (`x=`): longer than a relay tries to deliver, short enough that a
    copy can't be sent around for ever."""
