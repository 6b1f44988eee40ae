"""`python -m schemas.release`: keep the schemas as they are now as released versions.

Run it when a release is cut. A schema that changed since its last released version becomes the
next one, under `released/<record>.<version>.avsc`; one that could not read what an older version
wrote is refused. A released file is never changed: data under its id lies in topics.
"""

import shutil
import sys

from schemas import library
from schemas.compatibility import check_compatible
from schemas.errors import StopError


def release() -> list[str]:
    """Release what changed.

    Returns:
        The names of the files written; empty where nothing changed.

    Raises:
        IncompatibleSchemaError: A schema can't read what an older version wrote; nothing is
            written then.
    """
    pending = []
    for record in library.record_names():
        version = library.current(record)
        past = library.released(record)
        check_compatible(record, version.schema, past)
        if version.number not in {each.number for each in past}:
            pending.append((record, f"{record}.{version.number}.avsc"))
    for record, name in pending:
        library.RELEASED_DIR.mkdir(exist_ok=True)
        shutil.copyfile(library.AVRO_DIR / f"{record}.avsc", library.RELEASED_DIR / name)
    return [name for _, name in pending]


def main() -> int:
    """Release what changed and say so."""
    try:
        written = release()
    except StopError as error:
        print(error, file=sys.stderr)  # noqa: T201  a command's output
        return 1
    print("\n".join(written) or "nothing changed since the last release")  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
