"""What a user does with results in xarray: open a group, select by name. Exit code 77: no xarray, or no h5netcdf."""
import sys

try:
    import h5netcdf  # noqa: F401  netCDF4 does not read texts of a fixed size
    import numpy
    import xarray
except ImportError as missing:
    print(missing)
    sys.exit(77)

AXES = {"fake_terms", "seed", "fake_kind", "fake_flag", "data_noise"}


def read(group):
    with xarray.open_dataset(sys.argv[1], group=group, engine="h5netcdf") as data:
        return data.load()


runs, equation, metrics, history = (read(group) for group in ("runs", "equation", "metrics", "history"))
for group in (runs, equation, metrics):
    assert set(group.coords) >= AXES | {"run"}, group
    assert group["run"].dims == ("run",) and list(group["run"].values) == list(range(14))
assert runs["seconds"].attrs["units"] == "s" and "elapsed" in runs["seconds"].attrs["long_name"]
assert set(runs.data_vars) == {"status", "reason", "seconds", "iterations"}, runs
assert "not finite" in str(runs["reason"].sel(run=5).values)

# by the names of terms and left-hand sides, and by the values of the swept keys
assert equation["coefficients"].dims == ("run", "left", "terms")
wanted = equation["coefficients"].sel(left="u_t", terms="u u_x")
assert abs(wanted.sel(run=3) + 6 - 0.04 - 0.25) < 1e-14
assert abs(wanted.where(wanted.seed == 3, drop=True).mean() + 6 - 0.04 - 0.25) < 1e-14
by_terms = equation["active"].sel(left="u_t", terms="u_xxx").groupby("fake_terms").sum()
assert dict(zip(by_terms["fake_terms"].values, by_terms.values)) == {3: 6, 4: 6}, by_terms  # one of 7 seeds fails
both = xarray.merge([runs, metrics])
assert both["exact"].where(both.status == 0).sum() > 0 and set(both["fake_kind"].values) == {"a_long_choice"}

# every row of the histories knows its run
assert history["entry"].dims == ("entry",)
assert list(history["loss"].sel(entry=3).values.ravel()) == [3001.0]
assert numpy.isnan(history["alpha|u_x"].sel(entry=3).values).all()
assert list(history.attrs["columns"]) == ["iteration", "loss", "alpha/u_x"]
