"""Checks of what DNS says of a set-up: From domain, SPF, DKIM, DMARC, reverse names.

Each takes what it is about and whom to ask, and raises `NamesAwayError` where nobody answers.
"""

from collections.abc import Sequence

from senders.preflight import dmarc, spf
from senders.preflight.finding import Finding, failed, passed, warned
from senders.preflight.names import Names
from senders.preflight.tags import parse_tags
from senders.preflight.target import PublicKey, Target


async def check_from_domain(target: Target, names: Names) -> Finding:
    """Whether the From domain is there and takes mail; Microsoft wants addresses one can answer."""
    check, domain = "from_domain", target.from_domain
    looked = f"MX, A and AAAA of {domain}"
    hosts = await names.mx(domain)
    if hosts == [""]:
        do = "Send from a domain that takes mail, or remove the null MX (RFC 7505)."
        return failed(check, looked, "a null MX: the domain says that it takes no mail", do)
    if hosts:
        return passed(check, looked, f"MX {', '.join(hosts)}")
    addresses = await names.addresses(domain)
    if addresses:
        do = f"Give {domain} an MX record, so that answers and postmaster@ are read."
        return warned(check, looked, f"no MX, only {', '.join(addresses)}", do)
    do = f"Give {domain} an MX record: mail from a domain that isn't there is refused."
    return failed(check, looked, "nothing", do)


async def check_spf(target: Target, names: Names, addresses: Sequence[str]) -> Finding:
    """Whether SPF holds for what sends: our addresses on the direct route, else the relay.

    Args:
        target: The set-up.
        names: Asked.
        addresses: Where mail comes from: this machine's own on the direct route, else the relay's,
            which may send from others.
    """
    check, domain = "spf", target.envelope_domain
    looked = f"TXT of {domain}, the envelope sender's domain"
    whole = await spf.evaluate(names, domain, None)
    if problem := _spf_problem(whole, domain):
        return failed(check, looked, *problem)
    results = {one: (await spf.evaluate(names, domain, one)).result for one in addresses}
    refused = sorted(one for one, result in results.items() if result != "pass")
    told = f"{whole.record} ({whole.lookups} of {spf.MOST_LOOKUPS} lookups)"
    if addresses and not refused:
        return passed(check, looked, f"{told}; {', '.join(addresses)} may send")
    if target.direct:
        missing = ", ".join(f"{one} ({results[one]})" for one in refused) or "which address sends"
        do = "Add ip4: or ip6: for each address that mail leaves from, or name them with --ip."
        return failed(check, looked, f"{told} does not cover {missing}", do)
    if not whole.includes:
        do = "Add the include: that your relay's documentation names."
        return failed(check, looked, f"{told} covers no relay", do)
    do = f"See that your relay's include: is there: where {target.relay} sends from only it knows."
    return warned(check, looked, f"{told}; it includes {', '.join(whole.includes)}", do)


def _spf_problem(whole: spf.Spf, domain: str) -> tuple[str, str] | None:
    """What is wrong with a record whoever sends, and what to do."""
    if whole.problem:
        return whole.problem, "Correct the record (RFC 7208, section 4.6.4)."
    if not whole.record:
        do = f'Publish a record, such as "v=spf1 include:<your relay\'s> -all", at {domain}.'
        return "no SPF record", do
    if whole.everybody:
        return f"{whole.record} lets everybody send", "End it with -all or ~all."
    return None


async def check_dkim(target: Target, names: Names) -> Finding:
    """Whether each key that signs is published, as it is."""
    check = "dkim"
    if not target.keys:
        do = (
            "Make a key with `nextbest dkim generate`. If your relay signs for this domain, "
            "override the check by its name."
        )
        return failed(check, "the settings", "no key signs", do)
    looked = "TXT of " + ", ".join(key.name for key in target.keys)
    wrong: list[str] = []
    testing: list[str] = []
    for key in target.keys:
        found = await names.txt(key.name)
        problem = _key_problem(key, found)
        if problem:
            wrong.append(f"{key.name}: {problem}")
        elif "y" in (parse_tags(found[0]) or {}).get("t", "").split(":"):
            testing.append(key.name)
    if wrong:
        do = "Publish what `nextbest dkim generate` printed, or sign with the keys it is of."
        return failed(check, looked, "; ".join(wrong), do)
    kinds = ", ".join(f"{key.kind} at {key.name}" for key in target.keys)
    if testing:
        do = "Remove t=y once mails verify: it asks receivers to treat them as unsigned."
        return warned(check, looked, f"{', '.join(testing)} says that it is only tested", do)
    if target.keys[0].kind != "rsa":
        do = "Sign by RSA too: few providers verify Ed25519."
        return warned(check, looked, kinds, do)
    return passed(check, looked, f"our public keys: {kinds}")


def _key_problem(key: PublicKey, found: Sequence[str]) -> str:
    if not found:
        return "not published"
    if len(found) > 1:
        return f"{len(found)} records, of which verifiers may take any"
    tags = parse_tags(found[0])
    if tags is None or tags.get("v", "DKIM1") != "DKIM1" or "p" not in tags:
        return f"no DKIM record: {found[0][:80]!r}"
    public, kind = "".join(tags["p"].split()), tags.get("k", "rsa")
    hashes, services = (_listed(tags.get(name, "*")) for name in ("h", "s"))
    problems = {
        "revoked: its p= is empty": not public,
        f"a key for {kind}, and ours is for {key.kind}": kind != key.kind,
        "its h= does not allow sha256": not hashes & {"*", "sha256"},
        "its s= does not allow email": not services & {"*", "email"},
        "another key than the one that signs": public != key.public,
    }
    return next((problem for problem, holds in problems.items() if holds), "")


def _listed(value: str) -> set[str]:
    return {part.strip() for part in value.split(":")}


async def check_dmarc(target: Target, names: Names) -> Finding:
    """Whether there is a policy, and what authenticates mails counts for the From domain."""
    check, domain = "dmarc", target.from_domain
    looked = f"TXT of _dmarc.{domain}, and of the domains above it"
    policy = await dmarc.policy_of(names, domain)
    if policy is None:
        do = f'Publish "v=DMARC1; p=none; rua=mailto:…" at _dmarc.{domain}, and tighten it later.'
        return failed(check, looked, "no DMARC record", do)
    wanted = policy.tags.get("p", "").lower()
    if policy.count > 1 or wanted not in dmarc.POLICIES:
        found = f"{policy.count} records" if policy.count > 1 else f"p={wanted or 'missing'}"
        do = "Leave one record, whose p= is none, quarantine or reject."
        return failed(check, looked, f"{found} at _dmarc.{policy.domain}", do)
    home = await dmarc.organization_of(names, domain)
    aligned = {}
    for tag, other in (("adkim", target.signing_domain), ("aspf", target.envelope_domain)):
        organizations = [home, await dmarc.organization_of(names, other)]
        aligned[tag] = policy.aligned(tag, domain, other, organizations)
    told = (
        f"p={wanted} at _dmarc.{policy.domain}; DKIM's {target.signing_domain} is "
        f"{'' if aligned['adkim'] else 'not '}aligned, SPF's {target.envelope_domain} is "
        f"{'' if aligned['aspf'] else 'not '}aligned"
    )
    if not aligned["adkim"]:
        do = (
            f"Sign with d={domain}, or where adkim is not s with another domain of the same "
            "organization: SPF alone breaks whenever mail is forwarded."
        )
        return (warned if aligned["aspf"] else failed)(check, looked, told, do)
    if wanted == "none":
        do = "Once reports show that all your mail is aligned, ask for quarantine, then reject."
        return warned(check, looked, told, do)
    return passed(check, looked, told)


async def check_ptr(target: Target, names: Names, addresses: Sequence[str]) -> Finding:
    """Whether each address that mail leaves from has a name that leads back to it."""
    check = "ptr"
    if not target.direct:
        return passed(check, "the routes", "a relay delivers: the names are its own matter")
    looked = "PTR of " + (", ".join(addresses) or "no address")
    wrong = [] if addresses else ["which address mail leaves from is not known"]
    good = []
    for address in addresses:
        hosts = await names.ptr(address)
        back = [host for host in hosts if address in await names.addresses(host)]
        if not hosts:
            wrong.append(f"{address} has no name")
        elif not back:
            wrong.append(f"{address} is named {', '.join(hosts)}, which does not lead back to it")
        good += [f"{address} is {host}" for host in back]
    if wrong:
        do = "Have its PTR set, by whoever gives you the address, to a name that leads back to it."
        return failed(check, looked, "; ".join(wrong), do)
    return passed(check, looked, "; ".join(good))
