"""The results files given have the same bits in every data set but /runs/seconds. Exit code 77: no h5py."""
import sys

try:
    import h5py
except ImportError:
    sys.exit(77)


def contents(path):
    """{name: (type, shape, bytes)} of every data set; NaN equals NaN that way."""
    found = {}

    def add(name, item):
        if isinstance(item, h5py.Dataset) and name != "runs/seconds":
            found[f"/{name}"] = (item.dtype.str, item.shape, item[()].tobytes())

    with h5py.File(path, "r") as file:
        file.visititems(add)
    return found


first = contents(sys.argv[1])
assert len(first) > 12 and any(name.startswith("/history") for name in first), sorted(first)
differ = [f"{path}: {name}" for path in sys.argv[2:] for other in [contents(path)]
          for name in sorted(first.keys() | other.keys()) if first.get(name) != other.get(name)]
print("\n".join(differ) or f"{len(sys.argv) - 1} files, {len(first)} data sets each: the same bits")
sys.exit(1 if differ else 0)
