# SPDX-License-Identifier: GPL-2.0-or-later
"""Tables through the Arrow C stream interface, read by libraries that are not ours.

Whichever of pyarrow, nanoarrow and polars is there reads tables of every type, with nulls, empty,
sliced and sorted, and validates them fully.  What they must hold is worked out here.
"""

import ctypes
import datetime
import glob
import importlib
import os
import subprocess
import sys

READERS = ["pyarrow", "nanoarrow", "polars"]
SHAPES = [(0, 0, 0), (1, 0, 1), (5, 0, 5), (100, 0, 100), (100, 13, 50), (100, 99, 9), (100, 100, 1),
          (64, 8, 16), (65, 1, 64), (12, 0, 0)]


def preload_sanitizers():
    """A library built with ASan needs its runtime in the process first: starts again with it."""
    if not os.environ.get("SANITIZERS") or os.environ.get("LD_PRELOAD"):
        return
    runtimes = [subprocess.run(["gcc", "-print-file-name=lib%s.so" % name], check=True, text=True,
                               stdout=subprocess.PIPE).stdout.strip() for name in ("asan", "ubsan")]
    os.environ["LD_PRELOAD"] = " ".join(runtimes)
    os.environ["ASAN_OPTIONS"] = "detect_leaks=0:" + os.environ.get("ASAN_OPTIONS", "")
    os.execv(sys.executable, [sys.executable] + sys.argv)


def find_module():
    if os.environ.get("ARROW_TABLES"):
        return os.environ["ARROW_TABLES"]
    top = os.environ.get("TOP_BUILDDIR", ".")
    found = [name for folder in (".", ".libs", "tests", "tests/.libs")
             for name in glob.glob(os.path.join(top, folder, "libarrow-tables.so"))]
    return found[0] if found else None


class Stream(ctypes.Structure):
    """struct ArrowArrayStream: four functions and their data."""
    _fields_ = [(name, ctypes.c_void_p) for name in
                ("get_schema", "get_next", "get_last_error", "release", "private_data")]


class Exported:
    """What readers ask: an object that hands out a stream in a capsule."""

    def __init__(self, tables, *shape):
        self.stream = Stream()
        assert tables.arrow_table(*shape, ctypes.byref(self.stream)) == 1

    def __arrow_c_stream__(self, requested_schema=None):
        new = ctypes.pythonapi.PyCapsule_New
        new.restype = ctypes.py_object
        new.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p]
        return new(ctypes.addressof(self.stream), b"arrow_array_stream", None)


def moment(i):
    start = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
    return start + datetime.timedelta(days=i, microseconds=1)


def expected_row(i):
    text = "\u5c71%d" % (i // 2)
    return {
        "n": None if i % 3 == 0 else 2**63 - 1 - i,
        "x": None if i % 3 == 1 else i / 8,
        "text": None if i % 3 == 2 else "" if i % 5 == 0 else text,
        "when": None if i % 3 == 0 else moment(i),
        "list": ["" if k == 1 else text for k in range(i % 4)],
        "full": i,
    }


def expected_rows(n, first, length, is_sorted):
    rows = [expected_row(i) for i in range(n)][first:first + length]
    return rows[::-1] if is_sorted else rows


def read_pyarrow(library, exported):
    reader = library.RecordBatchReader.from_stream(exported)
    types = [str(field.type) for field in reader.schema]
    assert types == ["int64", "double", "large_string", "timestamp[us, tz=UTC]",
                     "large_list<item: large_string not null>", "int64"], types
    assert [field.nullable for field in reader.schema] == [True] * 4 + [False, True]
    table = reader.read_all()
    table.validate(full=True)
    assert len(table.to_batches()) <= 1
    return table.to_pylist()


def read_nanoarrow(library, exported):
    stream = library.ArrayStream(exported)
    names = [field.name for field in stream.schema.fields]
    array = stream.read_all()
    for chunk in array.iter_chunks():
        library.c_array(chunk).view()
    return [dict(zip(names, row.values() if isinstance(row, dict) else row))
            for row in array.to_pylist()]


def read_polars(library, exported):
    return library.DataFrame(exported).to_dicts()


def main():
    module = find_module()
    if module is None:
        print("libarrow-tables.so is not built: nothing to read")
        return 77
    preload_sanitizers()
    tables = ctypes.CDLL(module)
    tables.arrow_table.argtypes = [ctypes.c_int, ctypes.c_int64, ctypes.c_int64, ctypes.c_int,
                                   ctypes.POINTER(Stream)]
    read = 0
    for name in READERS:
        try:
            library = importlib.import_module(name)
        except ImportError:
            continue
        for shape in SHAPES:
            for is_sorted in (0, 1):
                found = globals()["read_" + name](library, Exported(tables, *shape, is_sorted))
                wanted = expected_rows(*shape, is_sorted)
                assert found == wanted, (name, shape, is_sorted, found, wanted)
                read += 1
        print("%s %s reads what was written" % (name, library.__version__))
    if read == 0:
        print("none of %s is here: nothing reads Arrow" % ", ".join(READERS))
        return 77
    return 0


if __name__ == "__main__":
    sys.exit(main())
