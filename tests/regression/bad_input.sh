#!/usr/bin/env bash
# Every row of bad_input.txt, on the number of ranks given: exit code 2, one line on stderr, 'discern: ' and the expected
# words in it, and no file made, changed or removed. bash bad_input.sh DISCERN RANKS [MPIEXEC NUMPROC_FLAG]
set -euo pipefail
discern=$(realpath "${1:?usage: bad_input.sh DISCERN RANKS [MPIEXEC NUMPROC_FLAG]}")
ranks=${2:?number of ranks}
command=("$discern")
[ "$ranks" = 1 ] || command=("$3" -q "$4" "$ranks" "$discern")
table=$(realpath "$(dirname "${BASH_SOURCE[0]}")")/bad_input.txt
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
mkdir "$scratch/work"
cd "$scratch/work"
export ASAN_OPTIONS=detect_leaks=0 # a program that ends with a mistake need not tidy up
export OMPI_MCA_odls_base_sigkill_timeout=0 # mpiexec would wait a second after every program that fails

# The files: those of the table, results of earlier runs that must survive, and a few that are not text.
awk '/^>>> rows$/ { exit } /^>>> / { name = $2; printf "" > name; next } name { print > name }' "$table"
for input in *.yaml; do echo precious >"${input%.yaml}.h5"; done
printf '\001\002\000\377\376' >unknown.bin
printf '\037\213\010\000\000' >packed.csv.gz
"$discern" data kdv -o kdv.h5 >/dev/null
head -c 3000 kdv.h5 >cut.h5
results() { "$discern" run tiny.yaml -output "$1" "${@:2}" >../out 2>&1 || [ $? = 10 ] || { cat ../out; exit 1; }; }
results one.h5 -sweep_seed 0-1
results part.h5 -sweep_seed 0-1 -study_part 1/2
results two.h5 -sweep_seed 0-1 -data_noise 0.2
results longer.h5 -sweep_seed 0-2
# The version is the first of the integers 1 that follow its name in the file.
cp one.h5 newer.h5
at=$(grep -abo schema_version newer.h5 | head -1 | cut -d: -f1)
printf '\002' | dd of=newer.h5 bs=1 seek=$((at + 40)) conv=notrunc status=none
# What a killed job leaves, a file of another kind in a journal's place, and a checkpoint without a journal.
"$discern" run tiny.yaml -sweep_seed 0-9999 -output half.h5 >../out 2>&1 &
until [ "$(stat -c %s half.h5.journal 2>/dev/null || echo 0)" -gt 200000 ]; do sleep 0.05; done
kill -9 $!
wait $! 2>/dev/null || true
echo precious >text.h5.journal
ln -s /dev/null device.h5 # a link: a mistake must not cost the machine its device
mkdir saved.h5.checkpoints
echo precious >saved.h5.checkpoints/run_3

state() { find . -type f -exec md5sum {} + | sort -k2; }
state >../before

failures=0 rows=0
complain() {
  echo "$name: discern $arguments ($ranks ranks): $1"
  cat ../err
  failures=$((failures + 1))
}

# check NAME ARGUMENTS WORDS
check() {
  local name=$1 arguments=$2 words=$3 code=0 word argv
  eval "argv=($arguments)"
  "${command[@]}" "${argv[@]}" >../out 2>../err </dev/null || code=$?
  [ "$code" = 2 ] || complain "exit code $code, not 2"
  [ "$(wc -l <../err)" = 1 ] || complain "not one line"
  grep -q '^discern: ' ../err || complain "no line that starts with 'discern: '"
  while read -r word; do
    grep -qF -e "$word" ../err || complain "the answer lacks '$word'"
  done <<<"${words// & /$'\n'}"
  state >../after
  diff ../before ../after >../changes || complain "files have changed: $(cat ../changes)"
}

trim() { sed 's/^ *//; s/ *$//' <<<"$1"; }

while IFS='|' read -r name numbers arguments words; do
  case " $numbers " in *" $ranks "*) ;; *) continue ;; esac
  rows=$((rows + 1))
  check "$(trim "$name")" "$(trim "$arguments")" "$(trim "$words")"
done < <(sed '1,/^>>> rows$/d; /^#/d; /^ *$/d' "$table")

echo "$rows rows, $failures failures"
[ "$rows" -gt 0 ] && [ "$failures" = 0 ]
