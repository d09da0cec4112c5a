"""What a user does with a results file: open it with h5py and find everything by name. Exit code 77: no h5py."""
import sys

try:
    import h5py
except ImportError:
    sys.exit(77)

with h5py.File(sys.argv[1], "r") as file:
    assert file.attrs["schema_version"] == 1
    assert "fake_fail: 5" in file.attrs["input"]
    assert file["runs"].attrs["runs_in_study"] == 14
    assert list(file["runs"].attrs["axes"])[:2] == ["fake_terms", "seed"]
    assert set(file) == {"run", "runs", "equation", "metrics", "history", "selection"}, list(file)
    assert list(file["runs/seed"][:8]) == [0, 1, 2, 3, 4, 5, 6, 0]
    assert file["runs/seed"].dtype.kind == "i" and file["runs/data_noise"].dtype.kind == "f"
    assert file["runs/fake_kind"][0] == b"a_long_choice"
    coefficients = file["equation/coefficients"]
    assert [d.label for d in coefficients.dims] == ["run", "left", "terms"]
    terms = [t.decode() for t in coefficients.dims[2][0][:]]
    assert terms == ["u_x", "u u_x", "u_xxx", "u^2 u_x"], terms
    assert abs(coefficients[0, 0, terms.index("u u_x")] + 6 - 0.01 - 0.25) < 1e-14
    assert coefficients.attrs["units"] and coefficients.attrs["long_name"]
    assert coefficients.compression == "gzip" and coefficients.shuffle and coefficients.fletcher32
    assert b"not finite" in file["runs/reason"][5]
    assert list(file["history"].attrs["columns"]) == ["iteration", "loss", "alpha/u_x"]
    offset = file["history/offset"][:]
    assert list(file["history/loss"][offset[3]:offset[4]]) == [3001.0]
    selection = file["selection"]
    names = [n for n in selection.attrs["columns"] if n.startswith("active/")]
    first, last = selection["offset"][3:5]
    best = first + selection["score"][first:last].argmin()
    found = [n.split("/", 2)[2] for n in names if selection[n.replace("/", "|")][best] == 1]
    assert found == ["u u_x", "u_xxx"], found
    assert selection["terms"][best] == 2 and abs(selection["error"][best] - 0.013) < 1e-14
