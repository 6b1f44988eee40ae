"""Lists of addresses as other systems export them, whatever is in them."""

import codecs
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nextbest.suppression_file import decode_list, digest_of_entry, read_list
from senders.recipients.suppression import digest_of

ANN = digest_of("ann@example.com")
BOB = digest_of("bob@example.com")


def digests(text: str) -> list[str]:
    return list(read_list(text).digests)


@pytest.mark.parametrize(
    "text",
    [
        "ann@example.com\nbob@example.com\n",
        "ann@example.com\r\nbob@example.com",
        "ANN@Example.com \r\r bob@example.com\r",
        '"ann@example.com"\n"bob@example.com"\n',
        f"{ANN}\n{BOB.upper()}\n",
        "email\nann@example.com\n\n  \nbob@example.com\n",
        'Name;E-Mail;Since\nAnn;ann@example.com;2024\n"B; ob";bob@example.com;2025\n',
        "address,reason\nann@example.com,bounce\nbob@example.com,\n",
        "id\tEmail Address\n1\tann@example.com\n2\t<bob@example.com>\n",
        "ann@example.com,bounced\nbob@example.com,complained\n",
        "ann@example.com\nann@example.com\nbob@example.com",
    ],
)
def test_lists_are_read_however_they_were_written(text: str) -> None:
    found = read_list(text)
    assert (list(found.digests), found.bad_lines) == ([ANN, BOB], [])


@pytest.mark.parametrize(
    "data",
    [
        codecs.BOM_UTF8 + b"email\nann@example.com\n",
        codecs.BOM_UTF16_LE + "email\r\nann@example.com\r\n".encode("utf-16-le"),
        codecs.BOM_UTF16_BE + "email\nann@example.com".encode("utf-16-be"),
    ],
)
def test_marks_at_the_beginning_are_no_part_of_it(data: bytes) -> None:
    assert digests(decode_list(data)) == [ANN]


def test_every_bad_line_is_told_by_its_number_and_not_by_what_is_in_it() -> None:
    text = 'ann@example.com\nnonsense\n@example.com\n"ann@exa\nbob@example.com\n' + "x" * 2_000
    found = read_list(text)
    assert list(found.digests) == [ANN, BOB]
    numbers = [line.split(":")[0] for line in found.bad_lines]
    assert numbers == ["line 2", "line 3", "line 4", "line 6"]
    assert "nonsense" not in "".join(found.bad_lines)
    missing = read_list("id,email\n1,ann@example.com\n2\n")
    assert missing.bad_lines == ["line 3: there is nothing where the address should be"]


def test_quotes_and_domains_beyond_ascii_are_known_by_what_they_mean() -> None:
    assert digest_of_entry('"ann"@example.com') == ANN
    assert digest_of_entry('"a\\nn"@EXAMPLE.com') == ANN
    assert digest_of_entry("ann@bücher.example") == digest_of("ann@xn--bcher-kva.example")
    odd = digest_of_entry('"ann lee"@bücher.example')
    assert odd == sha256(b'"ann lee"@xn--bcher-kva.example').hexdigest()
    assert digests('"ann lee"@bücher.example\n') == [odd]
    assert digests('email\n"""ann lee""@bücher.example"\n') == [odd]
    assert digest_of_entry('"ann@example.com') is None


@given(st.binary(max_size=400))
def test_no_bytes_break_it(data: bytes) -> None:
    found = read_list(decode_list(data))
    lines = decode_list(data).replace("\r\n", "\n").replace("\r", "\n").split("\n")
    assert len(found.digests) + len(found.bad_lines) <= len(lines)


@given(st.text(max_size=200))
def test_no_text_breaks_it(text: str) -> None:
    read_list(text)
