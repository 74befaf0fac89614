# thaw: fine-tune image classifiers with Darknet from a terminal.
#
#   make          build/thaw (command line and viewer), build/thaw-train (trainer), build/thaw-flowers (draws flowers)
#   make demo     install what is missing, build, draw flowers, train on them
#   make fashion  the same on real photographs: Fashion-MNIST, as Debian packages it
#   make test     install what is missing, build, check the rooms' includes, run every test
#   make fuzz     install what is missing, build with clang, fuzz each parser and the screens a minute
#   make install  programs, manual page, completions, examples below PREFIX (/usr/local); uninstall takes them away
#
# Variables: CC, SANITIZE=address,undefined, WERROR=1, T=tests/ROOM/test_x.c (one test only).

CC       ?= cc
SANITIZE ?=
WERROR   ?= $(if $(CI),1,)
FLAVOUR  := $(notdir $(CC))$(if $(SANITIZE),-$(SANITIZE),)
BUILD    ?= build/$(FLAVOUR)

PACKAGES := gcc clang make pkg-config darknet libdnnl-dev libncurses-dev libyaml-dev \
	libjpeg-dev libturbojpeg0-dev libpng-dev libtiff-dev libwebp-dev libgif-dev libstb-dev zlib1g-dev \
	libxxhash-dev libcairo2-dev libcmocka-dev libvterm-dev \
	dataset-fashion-mnist \
	$(if $(findstring clang,$(CC)),libomp-dev)

# ... and what only the tests want: cJSON reads what is written here, strace kills a run at a system call, sshd is a host.
TEST_PACKAGES := libcjson-dev strace openssh-client openssh-server

# As many at a time as there are cores, unless -j says otherwise; a make within a make is told already.
ifeq ($(MAKELEVEL)$(filter -j%,$(MAKEFLAGS)),0)
MAKEFLAGS += -j$(shell nproc)
endif

DARKNET_INC := /usr/lib/darknet/include
DARKNET_LIB := /usr/lib/darknet

WARN := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wformat=2 -Wundef -Wvla \
	-Wwrite-strings -Wpointer-arith -Wcast-qual $(if $(WERROR),-Werror,)
OPT  := -O2 -g
SAN  := $(if $(SANITIZE),-fsanitize=$(SANITIZE) -fno-omit-frame-pointer -fno-sanitize-recover=undefined -DSANITIZED)
# A loop with a check in it is no vector loop; clang complains of each.
SAN  += $(if $(SANITIZE),$(if $(findstring clang,$(CC)),-Wno-pass-failed))
CFLAGS_ALL := -std=c11 -ffp-contract=off -D_GNU_SOURCE -Iinclude $(OPT) $(WARN) $(SAN) -pthread $(CFLAGS)
LDFLAGS_ALL := $(SAN) -pthread $(LDFLAGS)

# What each room may include and link, itself last: the table that check-layers holds.
ROOMS       := base event config history run wire term learn report data engine train import tui draw
uses_base   :=
uses_event  := base
uses_config := base
uses_history := base event
uses_run    := base event history
uses_wire   := base event
uses_term   := base
uses_learn  := base event history
uses_report := base event history run
uses_data   := base config
uses_engine := base config
uses_train  := base event config history run wire data engine
uses_import := base event
uses_tui    := base event history run wire term learn report
uses_draw   := base

libs_base   := -lm
libs_config := -lyaml
libs_wire   := -lz
libs_data   := -ljpeg -lpng16 -ltiff -lwebp -lgif -lz -lxxhash
libs_engine = -L$(DARKNET_LIB) -Wl,-rpath,$(DARKNET_LIB) -ldarknet -ldnnl -lxxhash -fopenmp -lm -ldl $(standins_link)
libs_term   := -lncursesw -ltinfo
libs_draw   := $(shell pkg-config --libs cairo 2>/dev/null) -lturbojpeg -lm
cflags_engine := -isystem $(DARKNET_INC) -Isrc/engine -O3 -fopenmp -fno-math-errno
cflags_data := -O3
cflags_draw := -O3 $(patsubst -I%,-isystem %,$(shell pkg-config --cflags cairo 2>/dev/null))
# What the tests link besides: cJSON reads what is written here, vterm is a terminal.
libs_test   := -lcmocka -lcjson -lvterm -lturbojpeg -lutil

# OpenCV, which Darknet's library names as needed, takes half a second to load and is never called: engine/standins.sh
# builds what is found in its place, beside the programs in build/ and in tests/ROOM/, or in lib/thaw where installed.
STANDINS := $(BUILD)/lib/thaw
standins_link = -Wl,--no-as-needed $$(find $(STANDINS) -name '*.so.*') \
	'-Wl,-rpath,$$ORIGIN/lib/thaw:$$ORIGIN/../lib/thaw:$$ORIGIN/../../lib/thaw'

VIEWER_ROOMS  := tui report learn term import wire run history event config base
TRAINER_ROOMS := train report engine data wire run history event config base
# ... and of term what draws in text; no curses.
TRAINER_DRAWS := term
FLOWERS_ROOMS := draw base

room_srcs = $(wildcard src/$(1)/*.c src/$(1)/*/*.c)
objs = $(patsubst %.c,$(BUILD)/%.o,$(1))
room_lib = $(BUILD)/lib$(1).a

all: build/thaw build/thaw-train build/thaw-flowers

define room_rules
$(call room_lib,$(1)): $(call objs,$(call room_srcs,$(1)))
	@rm -f $$@
	@ar rcs $$@ $$^
$(BUILD)/src/$(1)/%.o $(BUILD)/tests/$(1)/%.o: CFLAGS_ROOM = $(cflags_$(1))
endef
$(foreach r,$(ROOMS),$(eval $(call room_rules,$(r))))
# The card's kernels, as PTX that its driver compiles. No toolkit is needed, and no card.
KERNELS_PTX := $(BUILD)/src/engine/cuda/kernels.ptx
$(KERNELS_PTX): $(wildcard src/engine/cuda/*.cu src/engine/cuda/*.inc src/engine/cuda/*.h) include/thaw/base/rng_core.h \
		include/thaw/base/view_recipe.h
	@mkdir -p $(@D)
	@echo "clang $<"
	@clang -x cuda --cuda-device-only -nocudainc -nocudalib --cuda-gpu-arch=sm_70 -O3 -Wall -Wextra -Wno-unknown-cuda-version -Iinclude \
	    -S -o $@ src/engine/cuda/kernels.cu
$(BUILD)/src/engine/cuda/stream.o: $(KERNELS_PTX)
$(BUILD)/src/engine/cuda/stream.o: CFLAGS_ROOM = $(cflags_engine) -DKERNELS_PTX='"$(KERNELS_PTX)"'

# a * b + c may be one instruction there, rounded once; elsewhere every instruction set gives the same bits.
$(BUILD)/src/engine/onednn/winograd.o: CFLAGS_ROOM = $(cflags_engine) -ffp-contract=fast

$(call room_lib,engine): | standins
standins:
	@CC="$(CC)" src/engine/standins.sh $(DARKNET_LIB)/libdarknet.so $(STANDINS)

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	@echo "cc $<"
	@$(CC) $(CFLAGS_ALL) $(CFLAGS_ROOM) -MMD -MP -c $< -o $@

# thaw: src/main/thaw.c and src/main/thaw_*.c; thaw-train: src/main/train.c and src/main/train_*.c;
# thaw-flowers: src/main/flowers.c.
VIEWER_OBJS  := $(call objs,$(wildcard src/main/thaw*.c))
TRAINER_OBJS := $(call objs,$(wildcard src/main/train*.c))
FLOWERS_OBJS := $(call objs,$(wildcard src/main/flowers*.c))
room_libs = $(foreach r,$(1),$(call room_lib,$(r)))
link_libs = $(sort $(foreach r,$(1),$(libs_$(r))))

$(BUILD)/thaw: $(VIEWER_OBJS) $(call room_libs,$(VIEWER_ROOMS))
	@echo "ld $@"
	@$(CC) $(LDFLAGS_ALL) -o $@ $(VIEWER_OBJS) -Wl,--start-group $(call room_libs,$(VIEWER_ROOMS)) \
	    -Wl,--end-group $(foreach r,$(VIEWER_ROOMS),$(libs_$(r)))

$(BUILD)/thaw-train: $(TRAINER_OBJS) $(call room_libs,$(TRAINER_ROOMS) $(TRAINER_DRAWS))
	@echo "ld $@"
	@$(CC) $(LDFLAGS_ALL) -o $@ $(TRAINER_OBJS) -Wl,--start-group \
	    $(call room_libs,$(TRAINER_ROOMS) $(TRAINER_DRAWS)) -Wl,--end-group \
	    $(foreach r,$(TRAINER_ROOMS),$(libs_$(r)))

$(BUILD)/thaw-flowers: $(FLOWERS_OBJS) $(call room_libs,$(FLOWERS_ROOMS))
	@echo "ld $@"
	@$(CC) $(LDFLAGS_ALL) -o $@ $(FLOWERS_OBJS) -Wl,--start-group \
	    $(call room_libs,$(FLOWERS_ROOMS)) -Wl,--end-group $(foreach r,$(FLOWERS_ROOMS),$(libs_$(r)))

build/thaw: $(BUILD)/thaw
	@cp -f $< $@
build/thaw-train: $(BUILD)/thaw-train
	@rm -rf build/lib/thaw && mkdir -p build/lib && cp -r $(STANDINS) build/lib
	@cp -f $< $@
build/thaw-flowers: $(BUILD)/thaw-flowers
	@cp -f $< $@

# One program a test file: tests/ROOM/test_X.c links ROOM and what it may use; tests/main sees all.
TEST_SRCS := $(if $(T),$(T),$(sort $(wildcard tests/*/test_*.c tests/fuzz/fuzz_*.c)))
TEST_BINS := $(patsubst %.c,$(BUILD)/%,$(TEST_SRCS))
TEST_HELPERS := $(call objs,$(wildcard tests/*.c))
uses_main := $(ROOMS)

define test_rules
$(BUILD)/tests/$(1)/test_%: $(BUILD)/tests/$(1)/test_%.o $(TEST_HELPERS) \
		$(call room_libs,$(1) $(uses_$(1)))
	@$(CC) $(LDFLAGS_ALL) -o $$@ $$< $(TEST_HELPERS) -Wl,--start-group \
	    $(call room_libs,$(1) $(uses_$(1))) -Wl,--end-group \
	    $$(foreach r,$(1) $(uses_$(1)),$$(libs_$$(r))) $(libs_test)
endef
$(foreach r,$(ROOMS),$(eval $(call test_rules,$(r))))
# Its Darknet reads pictures, by OpenCV.
$(BUILD)/tests/train/test_as_darknet: standins_link :=
# Whole-program tests drive the built programs; they link the viewer's rooms, never Darknet.
$(BUILD)/tests/main/test_%: $(BUILD)/tests/main/test_%.o $(TEST_HELPERS) $(call room_libs,$(VIEWER_ROOMS)) \
		$(BUILD)/thaw $(BUILD)/thaw-train $(BUILD)/thaw-flowers
	@$(CC) $(LDFLAGS_ALL) -o $@ $< $(TEST_HELPERS) -Wl,--start-group \
	    $(call room_libs,$(VIEWER_ROOMS)) -Wl,--end-group \
	    $(foreach r,$(VIEWER_ROOMS),$(libs_$(r))) $(libs_test)

# What stands in for NVIDIA's driver, cuDNN and NVML, where tests name its folder.
STANDIN := $(BUILD)/tests/standin
STANDIN_LIBS := $(addprefix $(STANDIN)/,libcuda.so.1 libcudnn.so.9 libnvidia-ml.so.1)
$(STANDIN)/%.o: CFLAGS_ROOM = -O3 -fno-math-errno -fPIC -fvisibility=hidden
$(STANDIN)/libcuda.so.1: $(addprefix $(STANDIN)/,driver.o launch.o memory.o queue.o kernels.o)
$(STANDIN)/libcudnn.so.9: $(addprefix $(STANDIN)/,dnn.o convolution.o) $(STANDIN)/libcuda.so.1
$(STANDIN)/libnvidia-ml.so.1: $(STANDIN)/nvml.o
$(STANDIN_LIBS):
	@echo "ld $@"
	@$(CC) $(LDFLAGS_ALL) -shared -Wl,-soname,$(@F) '-Wl,-rpath,$$ORIGIN' -o $@ $^ -lm
$(filter $(BUILD)/tests/engine/% $(BUILD)/tests/train/% $(BUILD)/tests/main/%,$(TEST_BINS)): | $(STANDIN_LIBS)

# Fuzz targets, one a file. Here each replays its seeds; `make fuzz` links them with libFuzzer instead.
FUZZ_SRCS := $(sort $(wildcard tests/fuzz/fuzz_*.c))
FUZZ_ROOMS := $(filter-out draw,$(ROOMS))
FUZZ_MAIN := $(if $(FUZZER),,$(BUILD)/tests/fuzz/replay.o)
$(BUILD)/tests/fuzz/fuzz_%: $(BUILD)/tests/fuzz/fuzz_%.o $(BUILD)/tests/fuzz/common.o $(FUZZ_MAIN) \
		$(call room_libs,$(FUZZ_ROOMS))
	@echo "ld $@"
	@$(CC) $(LDFLAGS_ALL) $(if $(FUZZER),-fsanitize=fuzzer) -o $@ $(filter %.o,$^) -Wl,--start-group \
	    $(call room_libs,$(FUZZ_ROOMS)) -Wl,--end-group $(foreach r,$(FUZZ_ROOMS),$(libs_$(r))) \
	    $(if $(FUZZER),,-lcmocka) -lutil

.SECONDARY:
-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)

# ---- what a person calls ----

missing = $(shell for p in $(PACKAGES); do \
	dpkg-query -W -f='$${db:Status-Status}\n' $$p 2>/dev/null | grep -qx installed || echo $$p; done)

deps:
	@set -- $(missing); [ $$# -eq 0 ] && exit 0; \
	sudo=; [ "$$(id -u)" -eq 0 ] || sudo=sudo; \
	echo "installing: $$*"; \
	$$sudo apt-get update -qq && \
	DEBIAN_FRONTEND=noninteractive $$sudo apt-get install -y -qq --no-install-recommends "$$@" >/dev/null

# Drawn flowers on the project's own base: nothing to fetch.
demo: deps
	@$(MAKE) --no-print-directory all
	@build/thaw-flowers --out data/flowers
	@exec build/thaw run cfg/flowers.yaml

# The same on real photographs and ImageNet's weights.
PHOTOS   := $(firstword $(wildcard data/flower_photos ../shared/flower_photos))
IMAGENET := $(firstword $(wildcard data/tiny.weights ../shared/weights/tiny.weights))

demo-photos: deps
	@$(MAKE) --no-print-directory all
	@if [ -z "$(PHOTOS)" ] || [ -z "$(IMAGENET)" ]; then \
		echo "demo-photos needs two files that cannot be shipped:" >&2; \
		[ -n "$(PHOTOS)" ] || echo "  data/flower_photos: unpack" \
		    "https://storage.googleapis.com/download.tensorflow.org/example_images/flower_photos.tgz in data" >&2; \
		[ -n "$(IMAGENET)" ] || echo "  data/tiny.weights: https://pjreddie.com/media/files/tiny.weights" >&2; \
		exit 2; \
	fi
	@if [ -d "$(PHOTOS)/train" ]; then \
		set -- --set data.images=$(PHOTOS)/train --set data.valid=$(PHOTOS)/valid; \
	else \
		set -- --set data.images=$(PHOTOS) --set data.valid=0.15 --set data.limit=500; \
	fi; \
	exec build/thaw run cfg/flower-photos.yaml --set network.weights=$(IMAGENET) "$$@"

# CIFAR10=FOLDER with train/CLASS/*.jpg and test/CLASS/*.jpg: the base of `make demo` again, some hours.
# Each run starts from what the one before has learnt.
PRETRAIN := pretrain-cifar10 pretrain-cifar10-96 pretrain-cifar10-more

pretrain: deps
	@$(MAKE) --no-print-directory all
	@[ -d "$(CIFAR10)/train" ] && [ -d "$(CIFAR10)/test" ] || \
		{ echo "make pretrain CIFAR10=FOLDER: FOLDER holds train/CLASS/*.jpg and test/CLASS/*.jpg" >&2; exit 2; }
	@mkdir -p data/pretrained && ln -sfn "$(abspath $(CIFAR10))" data/cifar10
	@for run in $(PRETRAIN); do \
		build/thaw run cfg/$$run.yaml --headless --name $$run && mkdir -p data/pretrained/$$run && \
		cp runs/$$run/events.jsonl data/pretrained/$$run || exit 1; done
	@cp runs/$(lastword $(PRETRAIN))/last.weights data/pretrained/tiny-cifar10.weights
	@cp runs/$(lastword $(PRETRAIN))/labels.txt data/pretrained/tiny-cifar10.names

# Real photographs that Debian packages: five kinds of clothes from scratch, then the other five from 500 pictures.
FASHION := runs/fashion-pretrain-1

fashion: deps
	@$(MAKE) --no-print-directory all
	@tail -n 1 $(FASHION)/events.jsonl 2>/dev/null | grep -q '"status":"finished"' || \
		build/thaw run cfg/fashion-pretrain.yaml --headless --name $(notdir $(FASHION))
	@exec build/thaw run cfg/fashion.yaml

# T=tests/ROOM/test_x.c runs one program.
# The table of what runs again with the vector instructions of other machines: ISA, then patterns of tests.
ISA_TESTS := AVX2:engine/%,main/test_job,main/test_predict SSE41:engine/test_alone,engine/test_lanes,engine/test_net,engine/test_cache,engine/test_agreement,engine/test_weights
comma := ,
# What stands in for a card does not look at the processor.
isa_bins = $(filter-out $(BUILD)/tests/engine/test_cuda% $(BUILD)/tests/engine/test_standin% $(BUILD)/tests/engine/test_nvml,$(filter $(patsubst %,$(BUILD)/tests/%,$(subst $(comma), ,$(lastword $(subst :, ,$(1))))),$(TEST_BINS)))

test: PACKAGES += $(TEST_PACKAGES)
test: deps
	@$(MAKE) --no-print-directory programs test-programs
	@$(MAKE) --no-print-directory check
	@BUILD=$(BUILD) tests/run.sh $(TEST_BINS) $(foreach t,$(ISA_TESTS),$(if $(call isa_bins,$(t)), \
	    --isa $(firstword $(subst :, ,$(t))) $(call isa_bins,$(t))))

programs: $(BUILD)/thaw $(BUILD)/thaw-train $(BUILD)/thaw-flowers
test-programs: $(TEST_BINS) $(if $(T),,$(BUILD)/tests/bench/bench)

# ---- fuzzing ----

# Each target FUZZ_SECONDS long, with what it has found before (build/fuzz/corpus) and its seeds. What fails is kept in
# build/fuzz/failed. FUZZ_JOBS=2: two at a time. ONLY="log screen": these alone.
FUZZ_SECONDS  ?= 60
FUZZ_JOBS     ?= 1
FUZZ_PACKAGES := clang libclang-rt-dev libomp-dev
FUZZ_FLAGS    := CC=clang BUILD=build/fuzz FUZZER=1 SANITIZE=address,undefined,float-cast-overflow \
	CFLAGS="-fsanitize=fuzzer-no-link -fno-sanitize-recover=all"

fuzz:
	@$(MAKE) --no-print-directory deps PACKAGES="$(PACKAGES) $(FUZZ_PACKAGES)"
	@$(MAKE) --no-print-directory $(FUZZ_FLAGS) fuzz-programs
	@ONLY="$(ONLY)" FUZZ_SECONDS=$(FUZZ_SECONDS) FUZZ_JOBS=$(FUZZ_JOBS) tests/fuzz/run.sh $(patsubst %.c,build/fuzz/%,$(FUZZ_SRCS))

fuzz-programs: $(patsubst %.c,$(BUILD)/%,$(FUZZ_SRCS))

# ---- what keeps the rooms in order ----

check: check-layers check-headers check-circles check-text check-files

# A room includes its own headers, its private ones, and those of the rooms above it in the table; each big library has
# one room.
check-layers:
	@bad=0; \
	$(foreach r,$(ROOMS),grep -rHnoE '#include "thaw/[a-z]+/' src/$(r) include/thaw/$(r) 2>/dev/null | \
		grep -vE '"thaw/($(subst $(eval) ,|,$(strip $(r) $(uses_$(r)))))/' && { \
		echo "check-layers: room '$(r)' may include: $(r) $(uses_$(r))"; bad=1; };) \
	grep -rnE '#include "(\.\./|src/)' src include && { echo "check-layers: includes reach into another room"; bad=1; }; \
	only() { grep -rnE "#include <($$2)" src include | grep -vE "^(src|include/thaw)/$$1/" && \
		{ echo "check-layers: <$$2> belongs to room '$$1'"; bad=1; }; }; \
	only term 'n?curses|term\.h'; only engine darknet; only engine/onednn 'dnnl|oneapi'; only config yaml; \
	only data 'jpeglib|jerror|png|tiffio|webp/|gif_lib|stb/'; only '(data|wire)' zlib; only draw turbojpeg; only draw cairo; \
	[ $$bad -eq 0 ] && echo "check-layers: ok"

# Files of a run are opened by base/folder.h alone, by the names in base/run_files.h. Who else opens, makes or looks at
# something itself in the rooms that deal with runs, and what.
FILES_IN := run train main tui term learn event wire history engine
FILES_BY := \
	run/run_dir.c         the run directory itself \
	train/preflight.c     the folder of the runs \
	train/detach.c        /dev/null \
	train/warden.c        /dev/null \
	train/on_end.c        the programs in PATH, /dev/null \
	train/landlock.c      what the sandbox lets through \
	train/every_thread.c  the threads in /proc \
	run/run.c             what lies in a folder that is no run \
	run/catalogue.c       the folders of the runs \
	run/remove.c          deletes a run \
	main/thaw_resume_all.c the runs of a folder \
	main/thaw_trainer.c   the trainer, /dev/null \
	tui/line_history.c    what the user typed before \
	learn/scores.c        the scores of the quiz \
	term/term.c           the terminal \
	wire/address.c        the socket \
	wire/control_server.c the socket \
	wire/ssh.c            the terminal that ssh asks on \
	engine/box.c          /dev/null
FILE_CALLS := f?open|freopen|openat2?|creat|stat|lstat|fstatat|statx|access|faccessat|unlink|unlinkat|remove|rename|renameat2?|mkdir|mkdirat|rmdir|link|linkat|symlink|symlinkat|truncate|opendir|scandir|mkstemp|mkdtemp|mknod|mkfifo|chmod|fchmodat|chown|utimensat

check-files:
	@bad=0; \
	grep -nE '(^|[^A-Za-z0-9_.>])($(FILE_CALLS))\(' $(foreach r,$(FILES_IN),$(wildcard src/$(r)/*.c)) | \
		grep -vE '^($(subst $(eval) ,|,$(addprefix src/,$(filter %.c,$(FILES_BY))))):' && { \
		echo "check-files: files are opened by base/folder.h or base/file.h (FILES_BY in the Makefile: who else)"; bad=1; }; \
	grep -nE '(path_join|file_[a-z_]+)\([^;]*\bRUN_(EXPERIMENT|CFG|LABELS|NAMES_DATA|LOG|TRAINER_LOG|BEST|LAST|STATE|CHECKPOINTS|SOCKET|LOCK)\b' \
		-r src && { echo "check-files: a run's files are opened below its directory's descriptor"; bad=1; }; \
	grep -rnE '^[^*]*"(experiment\.yaml|model\.cfg|labels\.txt|names\.data|events\.jsonl|trainer\.log|(best|last|next|previous)\.(weights|state)|control\.sock|checkpoints|lock)"' \
		src include | grep -vE '^include/thaw/base/run_files.h:' && { \
		echo "check-files: the names of a run's files are in base/run_files.h"; bad=1; }; \
	[ $$bad -eq 0 ] && echo "check-files: ok"

check-headers:
	@for h in $$(cd include && find thaw -name '*.h' | sort); do \
		echo "#include \"$$h\"" | $(CC) $(CFLAGS_ALL) -Werror -fsyntax-only -x c - || exit 1; \
	done; echo "check-headers: ok"

# No files of a room use each other in a circle. These still do, and are to be cut:
CIRCLES_LEFT :=
room_objs = $(call objs,$(call room_srcs,$(1)))

check-circles: $(foreach r,$(ROOMS) main,$(call room_objs,$(r)))
	@bad=0; $(foreach r,$(filter-out $(CIRCLES_LEFT),$(ROOMS) main),tests/circles.sh $(r) $(call room_objs,$(r)) || bad=1;) \
	[ $$bad -eq 0 ] && echo "check-circles: ok$(if $(CIRCLES_LEFT),$(comma) but for $(CIRCLES_LEFT))"

# Strings leave through say(), which lets nothing through that does not show itself. What is written for other programs -
# completions, the manual page, the report to the parent - and what the box catches is not for a terminal.
TEXT_ELSEWHERE := src/main/thaw_completion.c src/main/thaw_roff.c src/main/thaw_man.c src/train/detach.c src/engine/box.c src/engine/onednn/%

check-text:
	@! grep -PzoH '\b(v|f|vf|d|vd)?printf\((?:[^";]|"(?:[^"\\]|\\.)*")*?"(?:[^"\\]|\\.)*%[-+ \#0-9.*]*l?[sc](?s:.)*?;|\bf?put[sc]\((?![^;]*"|0x)[^;]*;' \
	    $(filter-out $(TEXT_ELSEWHERE) src/base/say.c,$(wildcard src/*/*.c src/*/*/*.c)) | tr '\0' '\n' | grep . || \
	    { echo "check-text: these print strings; say() does it safely"; exit 1; }; echo "check-text: ok"

# ---- figures for tests/bench/README.md ----

BENCH_LIBS := engine data event config base
BENCH_OBJS := $(call objs,$(wildcard tests/bench/*.c) tests/pty.c)

$(BUILD)/tests/bench/bench: $(BENCH_OBJS) $(call room_libs,$(BENCH_LIBS))
	@$(CC) $(LDFLAGS_ALL) -o $@ $(BENCH_OBJS) -Wl,--start-group $(call room_libs,$(BENCH_LIBS)) -Wl,--end-group \
	    $(foreach r,$(BENCH_LIBS),$(libs_$(r))) -lturbojpeg -lvterm -lutil
$(BUILD)/tests/bench/%.o: CFLAGS_ROOM = $(cflags_engine)

# On an idle machine. ONLY="nets head": these groups alone. PEERS="PyTorch": this peer alone (Darknet takes minutes).
# RUNS=1: a rougher look. FULL=1: PyTorch's whole flower experiment too (minutes). Of the group gpu: PRECISION=fp32, tf32
# or bf16; BATCH=64: no larger ones; CARD=cuda:1, or cpu to try the group itself.
bench: deps
	@$(MAKE) --no-print-directory programs $(BUILD)/tests/bench/bench
	@mkdir -p build && rm -rf $(BUILD)/bench
	@$(BUILD)/tests/bench/bench --thaw $(BUILD)/thaw --scratch $(BUILD)/bench $(ONLY:%=--only %) \
	    $(PEERS:%=--peer %) $(RUNS:%=--runs %) $(if $(FULL),--full) $(CARD:%=--card %) \
	    $(PRECISION:%=--precision %) $(BATCH:%=--batch %) build/bench.tsv
	@rm -rf $(BUILD)/bench

# Everything that wants a graphics card, unattended, in under five minutes. For a machine without packages:
# make gpu-pack PACK=FOLDER here, FOLDER/run.sh there.
GPU_TESTS := $(patsubst %.c,$(BUILD)/%,$(sort $(wildcard tests/*/test_cuda*.c)))
gpu-programs: $(BUILD)/thaw $(BUILD)/thaw-train $(BUILD)/tests/bench/bench $(GPU_TESTS)

gpu-check: PACKAGES += $(TEST_PACKAGES)
gpu-check: deps
	@$(MAKE) --no-print-directory gpu-programs
	@BUILD=$(BUILD) THAW=$(BUILD)/thaw BENCH=$(BUILD)/tests/bench/bench TESTS="$(GPU_TESTS)" tests/gpu/check.sh

gpu-pack: PACKAGES += $(TEST_PACKAGES) patchelf python3-pil
gpu-pack: deps
	@$(MAKE) --no-print-directory gpu-programs
	@BUILD=$(BUILD) tests/gpu/pack.sh $(or $(PACK),build/gpu-pack)

# The last bench's figures into its page.
bench-readme:
	@tests/bench/readme.sh build/bench.tsv tests/bench/README.md

# RUN=runs/flowers-1: its pages as pictures, and a film of its replay.
screenshots: all
	@screenshots/take.sh $(RUN)
	@screenshots/take.sh -s 100x32 -p "layers images trace learn" -a screenshots/demo.gif $(RUN)

accuracy: all
	@tests/accuracy.sh

# A long run while viewers come and go: nothing of it may grow. MINUTES=10; ATTACH=...: see tests/soak.sh.
soak: all
	@MINUTES="$(or $(MINUTES),10)" ATTACH="$(ATTACH)" tests/soak.sh

# A run killed and resumed KILLS=200 times at random, watched meanwhile. ATTACH=...: see tests/kills.sh.
kills: all
	@KILLS="$(or $(KILLS),200)" ATTACH="$(ATTACH)" tests/kills.sh

# Where the time goes, layer by layer. EXPERIMENT=cfg/x.yaml: of that one.
profile: deps
	@$(MAKE) --no-print-directory all
	@build/thaw profile $(or $(EXPERIMENT),cfg/flower-photos.yaml)

# The manual's pages, from the tables in the program; a test holds them against it. PAGE.SECTION=TOPIC of `thaw help`.
MAN_PAGES := thaw.1=man thaw-experiment.5=man-experiment thaw-log.5=man-log
man_files := $(foreach p,$(MAN_PAGES),$(firstword $(subst =, ,$(p))))
man_path   = share/man/man$(subst .,,$(suffix $(1)))/$(1)

man: $(BUILD)/thaw
	@$(foreach p,$(MAN_PAGES),XDG_CONFIG_HOME=/nonexistent $(BUILD)/thaw help $(lastword $(subst =, ,$(p))) \
		> $(BUILD)/page && cp $(BUILD)/page man/$(firstword $(subst =, ,$(p))) &&) true

PREFIX  ?= /usr/local
DESTDIR ?=
TO      := $(DESTDIR)$(PREFIX)
# What `make install` puts in place, and `make uninstall` takes away again.
INSTALLED := $(addprefix bin/,thaw thaw-train thaw-flowers) $(foreach p,$(man_files),$(call man_path,$(p))) \
	share/bash-completion/completions/thaw share/zsh/site-functions/_thaw

install: programs
	@install -d $(TO)/bin $(TO)/share/man/man1 $(TO)/share/man/man5 $(TO)/share/thaw/learn $(TO)/share/thaw/cfg \
		$(TO)/share/bash-completion/completions $(TO)/share/zsh/site-functions $(TO)/lib/thaw
	@install -m 755 $(BUILD)/thaw $(BUILD)/thaw-train $(BUILD)/thaw-flowers $(TO)/bin
	@find $(STANDINS) -type f -exec install -m 644 -t $(TO)/lib/thaw {} +
	@$(foreach p,$(man_files),install -m 644 man/$(p) $(TO)/$(call man_path,$(p)) &&) true
	@install -m 644 data/learn/*.yaml $(TO)/share/thaw/learn
	@install -m 644 $(wildcard cfg/*.yaml cfg/*.cfg cfg/*.names) $(TO)/share/thaw/cfg
	@$(BUILD)/thaw help bash-completion > $(TO)/share/bash-completion/completions/thaw
	@$(BUILD)/thaw help zsh-completion > $(TO)/share/zsh/site-functions/_thaw
	@echo "installed in $(TO): thaw, thaw-train, thaw-flowers, the manual page, completions, examples in share/thaw/cfg"

uninstall:
	@rm -f $(addprefix $(TO)/,$(INSTALLED))
	@rm -rf $(TO)/share/thaw $(TO)/lib/thaw

clean:
	rm -rf build

.PHONY: soak kills all clean deps demo demo-photos fashion pretrain test bench bench-readme gpu-programs gpu-check gpu-pack accuracy profile screenshots man install uninstall programs test-programs standins fuzz fuzz-programs check check-layers check-headers check-circles check-text check-files
