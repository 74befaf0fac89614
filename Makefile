# thaw: fine-tune image classifiers with Darknet from a terminal.
#
#   make          build/thaw (command line and viewer) and build/thaw-train (trainer)
#   make demo     install what is missing, build, run the demo experiment
#   make test     install what is missing, build, run every test
#
# Variables: CC, SANITIZE=address,undefined, WERROR=1, T=tests/ROOM/test_x.c (one test only).

CC       ?= cc
SANITIZE ?=
WERROR   ?= $(if $(CI),1,)
FLAVOUR  := $(notdir $(CC))$(if $(SANITIZE),-$(SANITIZE),)
BUILD    ?= build/$(FLAVOUR)

PACKAGES := gcc make pkg-config darknet libdnnl-dev libncurses-dev libyaml-dev libcjson-dev \
	libturbojpeg0-dev libpng-dev libxxhash-dev libcmocka-dev libvterm-dev \
	$(if $(findstring clang,$(CC)),clang libomp-dev)

DARKNET_INC := /usr/lib/darknet/include
DARKNET_LIB := /usr/lib/darknet

WARN := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wformat=2 -Wundef -Wvla \
	-Wwrite-strings -Wpointer-arith -Wcast-qual $(if $(WERROR),-Werror,)
OPT  := -O2 -g
SAN  := $(if $(SANITIZE),-fsanitize=$(SANITIZE) -fno-omit-frame-pointer -fno-sanitize-recover=undefined)
# A loop with a check in it is no vector loop; clang complains of each.
SAN  += $(if $(SANITIZE),$(if $(findstring clang,$(CC)),-Wno-pass-failed))
CFLAGS_ALL := -std=c11 -D_GNU_SOURCE -Iinclude $(OPT) $(WARN) $(SAN) -pthread $(CFLAGS)
LDFLAGS_ALL := $(SAN) -pthread $(LDFLAGS)

# What each room may include and link, itself last: the table that check-layers holds.
ROOMS       := base event config history wire data engine train import tui
uses_base   :=
uses_event  := base
uses_config := base
uses_history := base event
uses_wire   := base event
uses_data   := base config
uses_engine := base config
uses_train  := base event config history wire data engine
uses_import := base event
uses_tui    := base event history wire

libs_base   := -lm
libs_config := -lyaml
libs_data   := -lturbojpeg -lpng16
libs_engine := -L$(DARKNET_LIB) -Wl,-rpath,$(DARKNET_LIB) -ldarknet -ldnnl -lxxhash -fopenmp -lm
libs_tui    := -lncursesw -ltinfo
cflags_engine := -isystem $(DARKNET_INC) -O3 -fopenmp
cflags_data := -O3
libs_main   := -lcjson

VIEWER_ROOMS  := tui import wire history event config base
TRAINER_ROOMS := train engine data wire history event config base

room_srcs = $(wildcard src/$(1)/*.c)
objs = $(patsubst %.c,$(BUILD)/%.o,$(1))
room_lib = $(BUILD)/lib$(1).a

all: build/thaw build/thaw-train

define room_rules
$(call room_lib,$(1)): $(call objs,$(call room_srcs,$(1)))
	@rm -f $$@
	@ar rcs $$@ $$^
$(BUILD)/src/$(1)/%.o $(BUILD)/tests/$(1)/%.o: CFLAGS_ROOM = $(cflags_$(1))
endef
$(foreach r,$(ROOMS),$(eval $(call room_rules,$(r))))

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	@echo "cc $<"
	@$(CC) $(CFLAGS_ALL) $(CFLAGS_ROOM) -MMD -MP -c $< -o $@

# thaw: src/main/thaw.c and src/main/thaw_*.c; thaw-train: src/main/train.c and src/main/train_*.c.
VIEWER_OBJS  := $(call objs,$(wildcard src/main/thaw*.c))
TRAINER_OBJS := $(call objs,$(wildcard src/main/train*.c))
room_libs = $(foreach r,$(1),$(call room_lib,$(r)))
link_libs = $(sort $(foreach r,$(1),$(libs_$(r))))

$(BUILD)/thaw: $(VIEWER_OBJS) $(call room_libs,$(VIEWER_ROOMS))
	@echo "ld $@"
	@$(CC) $(LDFLAGS_ALL) -o $@ $(VIEWER_OBJS) -Wl,--start-group $(call room_libs,$(VIEWER_ROOMS)) \
	    -Wl,--end-group $(foreach r,main $(VIEWER_ROOMS),$(libs_$(r)))

$(BUILD)/thaw-train: $(TRAINER_OBJS) $(call room_libs,$(TRAINER_ROOMS))
	@echo "ld $@"
	@$(CC) $(LDFLAGS_ALL) -o $@ $(TRAINER_OBJS) -Wl,--start-group \
	    $(call room_libs,$(TRAINER_ROOMS)) -Wl,--end-group $(foreach r,main $(TRAINER_ROOMS),$(libs_$(r)))

build/thaw: $(BUILD)/thaw
	@cp -f $< $@
build/thaw-train: $(BUILD)/thaw-train
	@cp -f $< $@

# One program a test file: tests/ROOM/test_X.c links ROOM and what it may use; tests/main sees all.
TEST_SRCS := $(if $(T),$(T),$(sort $(wildcard tests/*/test_*.c)))
TEST_BINS := $(patsubst %.c,$(BUILD)/%,$(TEST_SRCS))
TEST_HELPERS := $(call objs,$(wildcard tests/*.c))
uses_main := $(ROOMS)

define test_rules
$(BUILD)/tests/$(1)/test_%: $(BUILD)/tests/$(1)/test_%.o $(TEST_HELPERS) \
		$(call room_libs,$(1) $(uses_$(1)))
	@$(CC) $(LDFLAGS_ALL) -o $$@ $$< $(TEST_HELPERS) -Wl,--start-group \
	    $(call room_libs,$(1) $(uses_$(1))) -Wl,--end-group \
	    $(foreach r,$(1) $(uses_$(1)),$(libs_$(r))) -lcmocka -lvterm -lutil
endef
$(foreach r,$(ROOMS),$(eval $(call test_rules,$(r))))
# Whole-program tests drive the built programs; they link the viewer's rooms, never Darknet.
$(BUILD)/tests/main/test_%: $(BUILD)/tests/main/test_%.o $(TEST_HELPERS) $(call room_libs,$(VIEWER_ROOMS)) \
		$(BUILD)/thaw $(BUILD)/thaw-train
	@$(CC) $(LDFLAGS_ALL) -o $@ $< $(TEST_HELPERS) -Wl,--start-group \
	    $(call room_libs,$(VIEWER_ROOMS)) -Wl,--end-group \
	    $(foreach r,main $(VIEWER_ROOMS),$(libs_$(r))) -lcmocka -lvterm -lutil

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

PHOTOS  := ../shared/flower_photos
WEIGHTS := ../shared/weights/tiny.weights

demo: deps
	@$(MAKE) --no-print-directory all
	@if [ -d $(PHOTOS)/train ] && [ -f $(WEIGHTS) ]; then \
		exec build/thaw run cfg/flower-photos.yaml; \
	else \
		echo "demo: needs $(WEIGHTS) (Tiny Darknet, https://pjreddie.com/media/files/tiny.weights) and" \
		     "$(PHOTOS)/{train,valid}/CLASS/*.jpg (split of TensorFlow's flower_photos); put them there and run" \
		     "make demo again" >&2; exit 2; \
	fi

# T=tests/ROOM/test_x.c runs one program.
test: deps
	@$(MAKE) --no-print-directory programs test-programs
	@BUILD=$(BUILD) tests/run.sh $(TEST_BINS)

programs: $(BUILD)/thaw $(BUILD)/thaw-train
test-programs: $(TEST_BINS)

# ---- what keeps the rooms in order ----

check: check-layers check-headers

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
	only tui 'n?curses|term\.h'; only engine 'darknet|dnnl|oneapi'; only config yaml; only data 'turbojpeg|jpeglib|png'; \
	[ $$bad -eq 0 ] && echo "check-layers: ok"

check-headers:
	@for h in $$(cd include && find thaw -name '*.h' | sort); do \
		echo "#include \"$$h\"" | $(CC) $(CFLAGS_ALL) -Werror -fsyntax-only -x c - || exit 1; \
	done; echo "check-headers: ok"

# ---- figures for the README ----

BENCH_LIBS := engine data config base

$(BUILD)/tests/bench/bench: $(BUILD)/tests/bench/bench.o $(call room_libs,$(BENCH_LIBS))
	@$(CC) $(LDFLAGS_ALL) -o $@ $< -Wl,--start-group $(call room_libs,$(BENCH_LIBS)) -Wl,--end-group \
	    $(foreach r,$(BENCH_LIBS),$(libs_$(r)))
$(BUILD)/tests/bench/%.o: CFLAGS_ROOM = $(cflags_engine)

bench: deps
	@$(MAKE) --no-print-directory $(BUILD)/tests/bench/bench
	@$(BUILD)/tests/bench/bench build/bench.tsv

# RUN=runs/flower-photos-1: its pages as pictures.
screenshots: all
	@screenshots/take.sh $(RUN)

accuracy: all
	@tests/accuracy.sh

clean:
	rm -rf build

.PHONY: all clean deps demo test bench accuracy screenshots programs test-programs check check-layers check-headers
