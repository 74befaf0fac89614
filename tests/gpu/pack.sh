#!/bin/sh
# Pack what tests/gpu/check.sh wants, for a machine that has a graphics card, PyTorch and none of our packages.
# usage: tests/gpu/pack.sh FOLDER
#
# From the project's root; `make gpu-pack` builds first. The folder gets run.sh and pack.tar.gz, which holds a project of built
# programs (thaw/) and photographs and weights beside it (shared/). Libraries lie in thaw/build/lib/thaw, where the
# programs look first, and find each other there; glibc, libstdc++ and the card's own libraries are the machine's. Darknet's
# library comes without OpenCV: src/engine/standins.sh. Photographs are shrunk. Needs patchelf and python3-pil.
set -eu
[ $# -eq 1 ] || { echo "usage: tests/gpu/pack.sh FOLDER" >&2; exit 2; }
BUILD=${BUILD:-build/cc}
SIDE=${SIDE:-256} QUALITY=${QUALITY:-75} # of the photographs: the short side, JPEG
LIMIT_MB=${LIMIT_MB:-40}
needed='../shared/flower_photos/train ../shared/weights/tiny.weights /usr/share/darknet/cfg/tiny.cfg'
for f in $needed "$BUILD/thaw" "$BUILD/thaw-train" "$BUILD/tests/bench/bench"; do
	[ -e "$f" ] || { echo "pack: $f is missing (make gpu-pack builds)" >&2; exit 2; }
done
command -v patchelf >/dev/null || { echo "pack: needs patchelf" >&2; exit 2; }
tests=$(find "$BUILD/tests" -name 'test_cuda*' -type f -perm -u+x)

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
top=$work/thaw
lib=$top/build/lib/thaw
mkdir -p "$lib" "$top/build/tests/bench" "$top/build/tests/gpu" "$top/tests/bench" "$top/tests/gpu" "$top/data/pretrained" \
	"$work/shared/weights" "$work/darknet/cfg" "$1"

# ---- programs ----

programs="$top/build/thaw $top/build/thaw-train $top/build/tests/bench/bench"
cp "$BUILD/thaw" "$BUILD/thaw-train" "$top/build"
cp "$BUILD/tests/bench/bench" "$top/build/tests/bench"
for t in $tests; do
	cp "$t" "$top/build/tests/gpu"
	programs="$programs $top/build/tests/gpu/$(basename "$t")"
done
strip $programs

# ---- libraries: all that the loader would take here, but for the machine's own ----

cp "$BUILD"/lib/thaw/*.so* "$lib" 2>/dev/null || true
ldd $programs | awk '/=> \// { print $3 }' | sort -u |
	grep -vE '/(libc|libm|libmvec|libdl|libpthread|librt|libutil|libresolv|libstdc\+\+|libgcc_s|ld-linux-x86-64)\.so|/lib/thaw/' |
	while read -r so; do
		cp -L "$so" "$lib/$(basename "$so")"
	done
for so in "$lib"/*; do
	strip --strip-unneeded "$so"
	patchelf --set-rpath '$ORIGIN' "$so"
done
for p in $programs; do
	patchelf --set-rpath '$ORIGIN/lib/thaw:$ORIGIN/../lib/thaw:$ORIGIN/../../lib/thaw' "$p"
done

# Where the loader would still leave the folder: nothing but the machine's own.
outside=$(ldd $programs "$lib"/* | awk '/=> \// { print $3 } /not found/ { print $1 }' | grep -v "^$work" | sort -u |
	grep -vE '/(libc|libm|libmvec|libdl|libpthread|librt|libutil|libresolv|libstdc\+\+|libgcc_s)\.so' || true)
[ -z "$outside" ] || { echo "pack: these libraries are not in it:" $outside >&2; exit 1; }

# ---- what they read ----

cp -r cfg "$top"
cp tests/run.sh "$top/tests"
cp tests/gpu/check.sh "$top/tests/gpu"
cp tests/bench/*.py tests/bench/card.awk "$top/tests/bench"
cp -r data/pretrained/pretrain-cifar10 "$top/data/pretrained"
cp ../shared/weights/tiny.weights "$work/shared/weights"
cp /usr/share/darknet/cfg/tiny.cfg /usr/share/darknet/cfg/darknet19.cfg /usr/share/darknet/cfg/resnet18.cfg "$work/darknet/cfg"
/usr/bin/python3 - ../shared/flower_photos "$work/shared/flower_photos" "$SIDE" "$QUALITY" <<'PY'
import os, sys
from PIL import Image
source, target, side, quality = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
for folder, _, names in os.walk(source):
    to = os.path.join(target, os.path.relpath(folder, source))
    os.makedirs(to, exist_ok=True)
    for name in names:
        if not name.endswith(".jpg"):
            continue
        picture = Image.open(os.path.join(folder, name)).convert("RGB")
        scale = min(1, side / min(picture.size))
        picture = picture.resize([round(n * scale) for n in picture.size], Image.LANCZOS)
        picture.save(os.path.join(to, name), quality=quality)
PY

cat >"$1/run.sh" <<'RUN'
#!/bin/sh
# Unpack, and run tests/gpu/check.sh there. What was printed, and every job's log, is copied into OUT where that is set.
# usage: run.sh [FOLDER to unpack in]
here=$(cd "$(dirname "$0")" && pwd)
to=${1:-$(mktemp -d)}
mkdir -p "$to" && tar -xzf "$here/pack.tar.gz" -C "$to" && cd "$to/thaw" || exit 2
# Programs and experiments name Darknet's cfgs where Debian puts them.
if ! [ -e /usr/share/darknet/cfg/tiny.cfg ]; then
	ln -sfn "$to/darknet" /usr/share/darknet || exit 2
fi
export THAW=build/thaw BENCH=build/tests/bench/bench BUILD=build TESTS="${TESTS-$(echo build/tests/gpu/*)}"
[ "$TESTS" != 'build/tests/gpu/*' ] || TESTS=
LOGS=build/gpu sh tests/gpu/check.sh 2>&1 | tee "$to/report.txt"
if [ -n "${OUT:-}" ]; then
	cp "$to/report.txt" build/gpu/gpu.tsv "$OUT" 2>/dev/null
	tar -czf "$OUT/logs.tar.gz" -C build/gpu .
fi
tail -n 1 "$to/report.txt" | grep -q ' 0 failed$'
RUN
chmod +x "$1/run.sh"
tar -czf "$1/pack.tar.gz" -C "$work" thaw shared darknet
du -sm "$1"
[ "$(du -sm "$1" | cut -f1)" -le "$LIMIT_MB" ] || { echo "pack: more than $LIMIT_MB MB" >&2; exit 1; }
