"""Recipients: who may receive mail at all."""

from runtime.mailbox import Address, parse_address, parse_domain


class AllowList:
    """Who may receive mail at all, until an operator lifts the limit.

    Args:
        entries: Addresses, domains (with or without a leading `@`), or `*` for everybody. No entry
            allows nobody.
    """

    def __init__(self, entries: tuple[str, ...]) -> None:
        self.everybody = "*" in entries
        domains = (parse_domain(entry.removeprefix("@")) for entry in entries)
        mailboxes = (parse_address(entry) for entry in entries)
        self._domains = frozenset(domain for domain in domains if domain)
        self._mailboxes = frozenset(found.mailbox.lower() for found in mailboxes if found)

    def allows(self, address: Address) -> bool:
        """Whether mail to this address may leave. A domain does not stand for its subdomains."""
        return (
            self.everybody
            or address.domain in self._domains
            or address.mailbox.lower() in self._mailboxes
        )
