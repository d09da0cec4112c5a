#!/usr/bin/env bash
# discern plot and its helper program: gnuplot missing, failing, in odd folders. bash check_plot.sh DISCERN MPIEXEC NUMPROC_FLAG
set -euo pipefail
discern=$(realpath "${1:?usage: check_plot.sh DISCERN MPIEXEC NUMPROC_FLAG}")
mpiexec=("${2:?MPIEXEC}" -q "${3:?NUMPROC_FLAG}" 1) # itself needs programs of the PATH
gnuplot=$(command -v gnuplot) || { echo "skipped: no gnuplot"; exit 77; }
work=$(mktemp -d)
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
cd "$work"
failures=0
export ASAN_OPTIONS=detect_leaks=0 # a program that ends with a mistake need not tidy up

# expect CODE PATTERN ARGUMENT...: the exit code and a line of the output or of the errors; a mistake is one line. The
# program looks for gnuplot in $search.
search=$PATH
expect() {
  local code=$1 pattern=$2 actual=0
  shift 2
  "${mpiexec[@]}" /usr/bin/env PATH="$search" "$discern" "$@" >out 2>err || actual=$?
  if [ "$actual" != "$code" ] || ! cat out err | grep -qE -e "$pattern" || { [ "$code" = 2 ] && [ "$(wc -l <err)" != 1 ]; }
  then
    echo "discern $*: exit code $actual, expected $code and '$pattern'; got:"
    cat out err
    failures=$((failures + 1))
  fi
}
fail() {
  echo "$1"
  failures=$((failures + 1))
}

cat >tiny.yaml <<'END'
data: {source: kdv}
train: {iterations: 3, log_interval: 1}
net: {layers: [4]}
END
"$discern" run tiny.yaml -sweep_seed 0-1 -output two.h5 >/dev/null || [ $? = 10 ]

search='' expect 2 'gnuplot is not on the PATH: install it .*gnuplot-nox' plot two.h5 -o none
[ ! -e none ] || fail "a folder was made without gnuplot"

# A gnuplot that fails: its last line is what the user sees.
mkdir bin
printf '#!/bin/sh\ncase "$1" in --version) exit 0;; esac\nprintf "\\n plot\\n     ^\\n\\"x.gp\\" line 3: no such thing\\n\\n" >&2\nexit 1\n' >bin/gnuplot
chmod +x bin/gnuplot
search=$work/bin:$PATH expect 2 'cannot draw failed/.*\.gp: "x.gp" line 3: no such thing$' plot two.h5 -o failed
printf '#!/bin/sh\necho broken; exit 1\n' >bin/gnuplot
search=$work/bin:$PATH expect 2 'gnuplot does not work: broken' plot two.h5 -o broken

# Folders and names that shells and gnuplot could misread.
cp two.h5 "it's {a} b_c.h5"
expect 0 '^an odd '"'"' \$x "y"/coefficients_by_seed.png: ' plot "it's {a} b_c.h5" -o "an odd ' \$x \"y\""
[ -s "an odd ' \$x \"y\"/coefficients_by_seed.png" ] || fail "no figure in the odd folder"
expect 0 '^left out: robustness: no axis but seed' plot two.h5 -o figures/
# Particles: their run has a density in place of maps.
printf 'data: {source: walkers}\nwalkers: {steps: 4}\napproximator: flow\ntrain: {iterations: 3, log_interval: 1}\n' >particles.yaml
"$discern" run particles.yaml -output particles.h5 >/dev/null || [ $? = 10 ]
expect 0 '^figures/density_run_0.png: ' plot particles.h5 -o figures
expect 0 '^left out: maps_run_N: the data are positions' plot particles.h5 -o figures
expect 0 '^left out: density_run_N: the data are values' plot two.h5 -o figures
# What lies there can be drawn again by hand.
(cd figures && rm timing.png && "$gnuplot" timing.gp && [ -s timing.png ]) || fail "timing.gp does not stand on its own"

expect 2 'No such file or directory' plot two.h5 -o nowhere/figures
expect 2 'not a folder' plot two.h5 -o tiny.yaml
if [ "$(id -u)" != 0 ]; then
  mkdir closed && chmod a-w closed
  expect 2 'cannot write there: Permission denied' plot two.h5 -o closed
fi

exit $((failures > 0))
