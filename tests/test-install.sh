#!/bin/sh
# An installed copy: what a program that links the library finds.  The example program is built with
# pkg-config alone and run on the factory.
set -eu
[ -z "${SANITIZERS:-}" ] || { echo "a sanitizer's library is not for installing"; exit 77; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
make -C "$TOP_BUILDDIR" --silent install DESTDIR="$dir" >/dev/null
prefix=$(sed -n 's/^prefix *= *//p' "$TOP_BUILDDIR/Makefile" | head -n 1)
libdir=$(find "$dir$prefix" -name 'libcpsf.so.0' -printf '%h\n')

export PKG_CONFIG_PATH="$libdir/pkgconfig" PKG_CONFIG_SYSROOT_DIR="$dir" PKG_CONFIG_DISABLE_UNINSTALLED=1
flags=$(pkg-config --cflags cpsf | sed "s,-I$dir/usr/\(include\|lib\)/\(glib\|x86\|libmount\|blkid\|aarch\),-I/usr/\1/\2,g")
libs=$(pkg-config --libs cpsf)
case "$flags $libs" in *libxml* | *igraph* | *crypto*) echo "private requirements leak: $flags $libs" >&2; exit 1 ;; esac

example() { # NAME ARGUMENT…: builds it in the folder of this run and runs it
    name=$1
    shift
    ${CC:-cc} -Wall -Werror $flags "$TOP_SRCDIR/examples/$name.c" -o "$dir/$name" $libs
    LD_LIBRARY_PATH=$libdir "$dir/$name" "$@" >"$dir/out"
}
[ "$(wc -l <"$TOP_SRCDIR/examples/unverified.c")" -lt 60 ] || { echo "the example has grown to 60 lines" >&2; exit 1; }
example unverified "$TOP_SRCDIR/datasets/factory"
grep -q unverified "$dir/out" || { echo "the example names no unverified anchor" >&2; exit 1; }
example incident jcn:7999999000002 "$TOP_SRCDIR/datasets/factory"
grep -q 'jcn:8999999000001 <- jcn:7999999000002' "$dir/out" || { echo "the example follows no incident" >&2; exit 1; }

LD_LIBRARY_PATH=$libdir "$dir$prefix/bin/cpsf" --version | grep -q '0\.1\.0'
# Nothing but the API is exported, and what the library needs is what the design says.
readelf -d "$libdir/libcpsf.so.0" | sed -n 's/.*NEEDED.*\[\(.*\)\].*/\1/p' | sort >"$dir/needed"
if grep -vE '^lib(glib|gobject|gio|xml2|crypto|c|m)[-.]' "$dir/needed"; then
    echo "needs more than it should" >&2
    exit 1
fi
echo "installed copy works"
