"""Tag lists, `v=DKIM1; p=…`: what DKIM and DMARC records are written in (RFC 6376, section 3.2)."""


def parse_tags(record: str) -> dict[str, str] | None:
    """The tags by lower-case name, values without spaces around; None where it is no tag list."""
    tags: dict[str, str] = {}
    for part in record.split(";"):
        if not part.strip():
            continue
        name, equals, value = part.partition("=")
        name = name.strip().lower()
        if not equals or not name or name in tags:
            return None
        tags[name] = value.strip()
    return tags
