"""Every run of a results file converged to the true terms, coefficients within a tolerance. Exit code 77: no h5py."""
import sys

try:
    import h5py
except ImportError:
    sys.exit(77)

# As in the literature, written down here once more: the file's own 'truth' is what the program believes.
EQUATIONS = {
    "kdv": {"u_t": {"u_xxx": -1.0, "u u_x": -6.0}},
    "burgers": {"u_t": {"u_xx": 0.1, "u u_x": -1.0}},
    "advection_diffusion_2d": {"u_t": {"u_x": -0.25, "u_y": -0.5, "u_xx": 0.5, "u_yy": 0.5}},
    "schroedinger": {
        "u_t": {"v_xx": -0.5, "u^2 v": -1.0, "v^3": -1.0},
        "v_t": {"u_xx": 0.5, "u^3": 1.0, "u v^2": 1.0},
    },
    "lorenz": {
        "x_t": {"x": -10.0, "y": 10.0},
        "y_t": {"x": 28.0, "y": -1.0, "x z": -1.0},
        "z_t": {"z": -8.0 / 3.0, "x y": 1.0},
    },
}

path, equations, tolerance = sys.argv[1], EQUATIONS[sys.argv[2]], float(sys.argv[3])
mistakes = []
with h5py.File(path, "r") as file:
    terms = [name.decode() for name in file["equation/terms"][:]]
    lefts = [name.decode() for name in file["equation/left"][:]]
    assert lefts == list(equations)
    for run, equation in enumerate(file["equation/coefficients"][:]):
        if file["runs/status"][run] != 0:
            mistakes.append(f"run {run}: {file['runs/reason'][run].decode()}")
        for left, coefficients in zip(lefts, equation):
            true = equations[left]
            found = {term: value for term, value in zip(terms, coefficients) if value != 0}
            print(f"run {run}: {left} = " + " ".join(f"{value:+.5g} {term}" for term, value in found.items()))
            if found.keys() != true.keys():
                mistakes.append(f"run {run}: the terms of {left} are not those of the equation")
            for term in found.keys() & true.keys():
                if not abs(found[term] / true[term] - 1) < tolerance:
                    mistakes.append(f"run {run}: {term} in {left} is off by more than {tolerance:g}")
print("\n".join(mistakes))
sys.exit(1 if mistakes else 0)
