# SPDX-License-Identifier: Apache-2.0
# hostdev-webhook: `make help` lists what there is to make.

VERSION := 0.1.0
PREFIX  ?= /usr/local
DESTDIR ?=
CC      ?= cc

# --- what is built from what ------------------------------------------------------------------

LIBRARY_SOURCES := $(filter-out server/main.c,$(wildcard base/*.c validators/*.c certs/*.c server/*.c))
SUPPORT_SOURCES := $(wildcard tests/support/*.c)
TESTS           := $(patsubst tests/%.c,%,$(wildcard tests/test_*.c))
FUZZERS         := $(patsubst tests/fuzz/%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
C_FILES          = $(wildcard base/*.[ch] validators/*.[ch] certs/*.[ch] server/*.[ch] tests/*.[ch] \
                     tests/*/*.[ch])

# Only the libraries that this program calls itself; libyaml, OpenSSL and so on bring their own.
PACKAGES      := libmicrohttpd gnutls openssl jansson yaml-0.1
PACKAGE_FLAGS  = $(shell pkg-config --cflags $(PACKAGES))
PACKAGE_LIBS   = $(shell pkg-config --libs $(PACKAGES))

# --- flags ------------------------------------------------------------------------------------

WARNINGS := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wformat=2 -Wundef \
            -Wvla -Wcast-align -Wcast-qual -Wwrite-strings -Wpointer-arith -Wstrict-prototypes \
            -Wmissing-prototypes -Wimplicit-fallthrough -Wdouble-promotion
# WERROR=1 (as CI has it) turns every warning into an error.
ifeq ($(WERROR),1)
WARNINGS += -Werror
endif
CPPFLAGS_ALL = -I. -D_GNU_SOURCE -DHOSTDEV_WEBHOOK_VERSION='"$(VERSION)"' $(PACKAGE_FLAGS) $(CPPFLAGS)
CFLAGS_ALL   = -std=c17 -g $(WARNINGS) -pthread -fno-strict-aliasing $(CFLAGS)
HARDENING   := -fstack-protector-strong -fstack-clash-protection -fcf-protection -fPIE
ifneq ($(shell uname -m),x86_64)
HARDENING   := $(filter-out -fcf-protection,$(HARDENING))
endif
LINK_HARDENING := -pie -Wl,-z,relro,-z,now,-z,noexecstack,--as-needed

# A flavour is a way to compile everything: build/<flavour>/ holds its objects and programs.
FLAGS_release  := -O2 -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2 $(HARDENING)
LINK_release   := $(LINK_HARDENING)
FLAGS_asan     := -O1 -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all
LINK_asan      := -fsanitize=address,undefined
FLAGS_coverage := -O0 --coverage
LINK_coverage  := --coverage
FLAGS_fuzz     := -O1 -fno-omit-frame-pointer -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all
LINK_fuzz      := -fsanitize=address,undefined
CC_release     := $(CC)
CC_asan        := $(CC)
CC_coverage    := gcc
CC_fuzz        := clang

.PHONY: all
all: deps-build build/hostdev-webhook ## build the program: build/hostdev-webhook

build/hostdev-webhook: build/release/hostdev-webhook
	cp $< $@

define flavour
build/$(1)/%.o: %.c Makefile
	@mkdir -p $$(@D)
	$$(CC_$(1)) $$(CPPFLAGS_ALL) $$(CFLAGS_ALL) $$(FLAGS_$(1)) -MMD -MP -c -o $$@ $$<

build/$(1)/library.a: $(LIBRARY_SOURCES:%.c=build/$(1)/%.o)
	rm -f $$@
	ar rcs $$@ $$^

build/$(1)/hostdev-webhook: build/$(1)/server/main.o build/$(1)/library.a
	$$(CC_$(1)) $$(LINK_$(1)) -pthread $$(LDFLAGS) -o $$@ $$^ $$(PACKAGE_LIBS)

build/$(1)/tests/test_%: build/$(1)/tests/test_%.o $(SUPPORT_SOURCES:%.c=build/$(1)/%.o) build/$(1)/library.a
	$$(CC_$(1)) $$(LINK_$(1)) -pthread $$(LDFLAGS) $$(LINK_test_$$*) -o $$@ $$^ $$(PACKAGE_LIBS) -lcmocka

-include $(patsubst %.c,build/$(1)/%.d,$(LIBRARY_SOURCES) $(SUPPORT_SOURCES) server/main.c \
           $(TESTS:%=tests/%.c) $(FUZZERS:%=tests/fuzz/%.c) tests/fuzz/replay.c)
endef
$(foreach f,release asan coverage fuzz,$(eval $(call flavour,$(f))))
.SECONDARY:

# A fuzz target is one function. Linked with replay.c it runs its corpus once (gcc, for `make
# test`); linked with libFuzzer it looks for new inputs (clang, for `make fuzz`).
build/asan/tests/fuzz/fuzz_%: build/asan/tests/fuzz/fuzz_%.o build/asan/tests/fuzz/replay.o build/asan/library.a
	$(CC_asan) $(LINK_asan) -pthread $(LDFLAGS) -o $@ $^ $(PACKAGE_LIBS)
build/fuzz/tests/fuzz/fuzz_%: build/fuzz/tests/fuzz/fuzz_%.o build/fuzz/library.a
	$(CC_fuzz) $(LINK_fuzz) -fsanitize=fuzzer -pthread $(LDFLAGS) -o $@ $^ $(PACKAGE_LIBS)
