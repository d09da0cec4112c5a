#!/usr/bin/env bash
# Runs a command, or exits with 77 (skipped) where the file that it needs is missing: bash with_file.sh FILE COMMAND...
[ -e "${1:?usage: with_file.sh FILE COMMAND...}" ] || { echo "$1 is not there"; exit 77; }
exec "${@:2}"
