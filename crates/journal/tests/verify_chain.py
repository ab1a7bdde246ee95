"""Checks the chain of a journal file by the lines at the head of src/row.rs and nothing else.

    python3 verify_chain.py FILE

Standard library only; knows nothing of our code. Prints the number of records and the head, or the
first record that is not what was hashed, and then ends with 1.
"""

import hashlib
import json
import sqlite3
import sys
import zlib


def text(value):
    return json.dumps(value, ensure_ascii=False)


def verify(path):
    database = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    number, previous = 0, "0" * 64
    columns = "seq, format, slot, run, at, kind, body, prev, hash"
    for row in database.execute(f"SELECT {columns} FROM entries ORDER BY seq"):
        seq, form, slot, run, at, kind, body, prev, digest = row
        hashed = (
            f'{{"at":{text(at)},"body":{body},"format":{form},"kind":{text(kind)},'
            f'"prev":{text(prev)},"run":{text(run)},"seq":{seq},"slot":{text(slot)}}}'
        )
        found = hashlib.sha256(hashed.encode()).hexdigest()
        json.loads(body)
        if (seq, prev, digest) != (number + 1, previous, found):
            return f"record {number + 1} is not what was hashed"
        number, previous = seq, digest
    for name, compressed in database.execute("SELECT hash, compressed FROM bodies"):
        if hashlib.sha256(zlib.decompress(compressed)).hexdigest() != name:
            return f"body {name} is not what was hashed"
    print(f"{number} records, head {previous}")
    return None


if __name__ == "__main__":
    sys.exit(verify(sys.argv[1]))
