#!/bin/sh
# Prints a text file as the body of a C string literal, a line of it a line: embed.sh FILE
set -eu
sed 's/\\/\\\\/g; s/"/\\"/g; s/^/"/; s/$/\\n"/' "$1"
