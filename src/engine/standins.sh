#!/bin/sh
# Build stand-ins for the OpenCV libraries that Darknet's library names as needed.
#
#   src/engine/standins.sh LIBDARKNET OUT     CC names the compiler
#
# Debian's libdarknet.so calls OpenCV to show windows and to read cameras, which thaw never does; but the
# loader fetches it, with some 250 libraries, before every main(). A stand-in has the same soname and every
# function that Darknet would call; each names itself and aborts. The programs name the stand-ins as needed
# and look for them beside themselves first: where they are missing, the loader finds the real ones.
#
# None are made - OUT is left empty - where Darknet was built without OpenCV, or wants more of it than functions.
set -eu
lib=$1 out=$2
if [ "$out" -nt "$lib" ] && [ "$out" -nt "$0" ]; then
	exit 0
fi
rm -rf "$out"
mkdir -p "$out"
needed=$(readelf -dW "$lib" | sed -n 's/.*(NEEDED).*\[\(libopencv_.*\)\]$/\1/p')
[ -n "$needed" ] || exit 0

# Type and name of what is to be found elsewhere, of C++'s namespace cv.
wanted=$(readelf -rW "$lib" | awk '$5 ~ /^_ZN?K?[A-Z]*2cv/ && $4 ~ /^0+$/ { print $3, $5 }')
if echo "$wanted" | grep -v '^R_X86_64_JUMP_SLO' | grep -q .; then
	exit 0
fi
{
	cat <<'C'
#include <stdio.h>
#include <stdlib.h>
static void called(const char *what)
{
	fprintf(stderr, "Darknet called %s of OpenCV, which thaw does without\n", what);
	abort();
}
C
	echo "$wanted" | while read -r _ name; do
		echo "void $name(void); void $name(void) { called(\"$name\"); }"
	done
} >"$out/standins.c"
for soname in $needed; do
	"${CC:-cc}" -O2 -fPIC -shared -Wl,-soname,"$soname" -o "$out/$soname" "$out/standins.c"
done
rm "$out/standins.c"
touch "$out"
