"""What a preflight is about: the parts of the settings whose change makes it worthless."""

from hashlib import sha256

import msgspec

from runtime.settings import Settings
from senders.pace.provider_files import load_providers
from senders.signing.dkim import signing_domain
from senders.signing.keys import read_keys


class PublicKey(msgspec.Struct, frozen=True):
    """A key as it is to be published.

    Attributes:
        name: Where: `selector._domainkey.domain`.
        kind: `rsa` or `ed25519`, the `k=`.
        public: The `p=`.
    """

    name: str
    kind: str
    public: str


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """A production set-up.

    Attributes:
        from_domain: Of the From address.
        signing_domain: The `d=` of signatures.
        keys: What signs.
        return_path_domain: Of the envelope sender; empty where that is the From address.
        relay: `host:port` of the relay.
        relay_tls: `implicit`, or the setting `starttls`.
        public_url: Where links in mails lead.
        direct: Whether mail goes to MX hosts without a relay.
    """

    from_domain: str
    signing_domain: str
    keys: tuple[PublicKey, ...]
    return_path_domain: str
    relay: str
    relay_tls: str
    public_url: str
    direct: bool = False

    @property
    def envelope_domain(self) -> str:
        """The domain that SPF is asked about."""
        return self.return_path_domain or self.from_domain

    @property
    def fingerprint(self) -> str:
        """Another one for another set-up."""
        return sha256(msgspec.json.encode(self)).hexdigest()


def sends_directly(settings: Settings) -> bool:
    """Whether any provider's mail goes to its MX hosts, without a relay."""
    return any(provider.direct for provider in load_providers(settings).all.values())


def target_of(settings: Settings, *, direct: bool = False) -> Target:
    """The set-up that the settings describe.

    Args:
        settings: All settings.
        direct: Whether any provider is sent to directly.

    Raises:
        BadSigningKeysError: A key can't be used.
    """
    sender, domain = settings.sender, signing_domain(settings)
    return Target(
        from_domain=sender.from_address.rpartition("@")[2],
        signing_domain=domain,
        keys=tuple(
            PublicKey(
                f"{key.selector}._domainkey.{domain}", key.algorithm.partition("-")[0], key.public
            )
            for key in read_keys(settings)
        ),
        return_path_domain=sender.return_path_domain,
        relay=f"{sender.smtp_host}:{sender.smtp_port}",
        relay_tls="implicit" if sender.smtp_tls else sender.starttls,
        public_url=sender.public_url,
        direct=direct,
    )
