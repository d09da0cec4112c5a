"""Every run of a results file converged to the true terms, coefficients within a tolerance. Exit code 77: no h5py."""
import sys

try:
    import h5py
except ImportError:
    sys.exit(77)

# As in the literature, written down here once more: the file's own 'truth' is what the program believes.
EQUATIONS = {"kdv": {"u_xxx": -1.0, "u u_x": -6.0}, "burgers": {"u_xx": 0.1, "u u_x": -1.0}}

path, true, tolerance = sys.argv[1], EQUATIONS[sys.argv[2]], float(sys.argv[3])
mistakes = []
with h5py.File(path, "r") as file:
    terms = [name.decode() for name in file["equation/terms"][:]]
    assert [name.decode() for name in file["equation/left"][:]] == ["u_t"]
    for run, coefficients in enumerate(file["equation/coefficients"][:, 0]):
        found = {term: value for term, value in zip(terms, coefficients) if value != 0}
        print(f"run {run}: u_t = " + " ".join(f"{value:+.5g} {term}" for term, value in found.items()))
        if file["runs/status"][run] != 0:
            mistakes.append(f"run {run}: {file['runs/reason'][run].decode()}")
        if found.keys() != true.keys():
            mistakes.append(f"run {run}: the terms are not those of the equation")
        for term in found.keys() & true.keys():
            if not abs(found[term] / true[term] - 1) < tolerance:
                mistakes.append(f"run {run}: {term} is off by more than {tolerance:g}")
print("\n".join(mistakes))
sys.exit(1 if mistakes else 0)
