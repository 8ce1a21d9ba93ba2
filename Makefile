# SPDX-License-Identifier: Apache-2.0
# hostdev-webhook: `make help` lists what there is to make.

.DEFAULT_GOAL := all

VERSION := 0.1.0
PREFIX  ?= /usr/local
DESTDIR ?=
CC      ?= cc

# --- what is built from what ------------------------------------------------------------------

LIBRARY_SOURCES := $(filter-out server/main.c,$(wildcard base/*.c validators/*.c validators/*/*.c certs/*.c server/*.c server/*/*.c))
SUPPORT_SOURCES := $(wildcard tests/support/*.c)
SOAK_SOURCES    := $(wildcard tests/soak/*.c)
CONFORMANCE     := $(patsubst tests/%.c,%,$(wildcard tests/conformance/test_*.c))
TESTS           := $(patsubst tests/%.c,%,$(wildcard tests/test_*.c)) $(CONFORMANCE)
FUZZERS         := $(patsubst tests/fuzz/%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
FUZZ_SHARED     := $(filter-out tests/fuzz/fuzz_%.c tests/fuzz/replay.c,$(wildcard tests/fuzz/*.c))
C_FILES          = $(wildcard base/*.[ch] validators/*.[ch] validators/*/*.[ch] certs/*.[ch] server/*.[ch] server/*/*.[ch] tests/*.[ch] \
                     tests/*/*.[ch] tests/bench/parsers/*.[ch] tests/bench/parsers/*.cpp)

# Only the libraries that this program calls itself; libyaml, OpenSSL and so on bring their own.
PACKAGES      := libmicrohttpd gnutls openssl libcurl jansson yaml-0.1 zlib libpci
PACKAGE_FLAGS  = $(shell pkg-config --cflags $(PACKAGES))
PACKAGE_LIBS   = $(shell pkg-config --libs $(PACKAGES))

JOBS ?= $(shell nproc 2>/dev/null || echo 2)

# --- Debian's packages --------------------------------------------------------------------------

DEBIAN_BUILD    := gcc libc6-dev make pkg-config libmicrohttpd-dev libgnutls28-dev libssl-dev \
                   libcurl4-openssl-dev libjansson-dev libyaml-dev zlib1g-dev libpci-dev
DEBIAN_TEST     := $(DEBIAN_BUILD) libcmocka-dev patch
DEBIAN_LINT     := $(DEBIAN_TEST) clang clang-format clang-tidy cppcheck pyflakes3 shellcheck
DEBIAN_FUZZ     := $(DEBIAN_TEST) clang llvm
DEBIAN_COVERAGE := $(DEBIAN_TEST) gcovr
DEBIAN_E2E      := $(DEBIAN_BUILD) bats ca-certificates curl etcd-server iproute2 jq openssl socat util-linux

DEBIAN_COMPLETION := $(DEBIAN_BUILD) bash bsdextrautils fish groff-base mandoc zsh
DEBIAN_REPORTS    := $(DEBIAN_BUILD) git pre-commit python3-jsonschema python3-junitparser
DEBIAN_MONITORING := $(DEBIAN_BUILD) curl jq openssl yq

# $(call install,PACKAGES): installs what is missing with apt-get, as root or through sudo, and says
# so; where it can't, it names what is missing and stops.
install = @tests/install-packages $(1)

.PHONY: check-packages
check-packages:
	@pkg-config --exists $(PACKAGES) 2>/dev/null || { \
	  echo "To build, install (these are Debian's names): $(DEBIAN_BUILD)"; exit 1; }

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

# V=1 shows whole command lines.
comma := ,
ifeq ($(V),1)
run = $(2)
else
run = @echo "$(1)"; $(2)
endif

# A flavour is a way to compile everything: build/<flavour>/ holds its objects and programs.
FLAGS_release  := -O2 -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2 $(HARDENING)
LINK_release   := $(LINK_HARDENING)
FLAGS_asan     := -O1 -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all
LINK_asan      := -fsanitize=address,undefined
FLAGS_tsan     := -O1 -fno-omit-frame-pointer -fsanitize=thread
LINK_tsan      := -fsanitize=thread
FLAGS_coverage := -O0 --coverage
LINK_coverage  := --coverage
FLAGS_fuzz     := -O1 -fno-omit-frame-pointer -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all
LINK_fuzz      := -fsanitize=address,undefined
CC_release     := $(CC)
CC_asan        := $(CC)
CC_tsan        := $(CC)
CC_coverage    := gcc
CC_fuzz        := clang

.PHONY: packages
packages: ## install what it takes to build
	$(call install,$(DEBIAN_BUILD))

.PHONY: all
all: check-packages ## build the program: build/hostdev-webhook
	@$(MAKE) -s --no-print-directory -j$(JOBS) build/hostdev-webhook

build/hostdev-webhook: build/release/hostdev-webhook
	@cp $< $@

define flavour
build/$(1)/%.o: %.c Makefile
	@mkdir -p $$(@D)
	$$(call run,CC   $$@,$$(CC_$(1)) $$(CPPFLAGS_ALL) $$(CFLAGS_ALL) $$(FLAGS_$(1)) -MMD -MP -c -o $$@ $$<)

build/$(1)/library.a: $(LIBRARY_SOURCES:%.c=build/$(1)/%.o)
	@rm -f $$@
	$$(call run,AR   $$@,ar rcs $$@ $$^)

build/$(1)/support.a: $(SUPPORT_SOURCES:%.c=build/$(1)/%.o)
	@rm -f $$@
	$$(call run,AR   $$@,ar rcs $$@ $$^)

build/$(1)/hostdev-webhook: build/$(1)/server/main.o build/$(1)/library.a
	$$(call run,LINK $$@,$$(CC_$(1)) $$(LINK_$(1)) -pthread $$(LDFLAGS) -o $$@ $$^ $$(PACKAGE_LIBS))

build/$(1)/tests/test_%: build/$(1)/tests/test_%.o build/$(1)/support.a build/$(1)/library.a
	$$(call run,LINK $$@,$$(CC_$(1)) $$(LINK_$(1)) -pthread $$(LDFLAGS) $$(LINK_test_$$*) -o $$@ $$^ $$(PACKAGE_LIBS) -lcmocka)

build/$(1)/tests/conformance/test_%: build/$(1)/tests/conformance/test_%.o build/$(1)/support.a build/$(1)/library.a
	$$(call run,LINK $$@,$$(CC_$(1)) $$(LINK_$(1)) -pthread $$(LDFLAGS) -o $$@ $$^ $$(PACKAGE_LIBS) -lcmocka)

-include $(patsubst %.c,build/$(1)/%.d,$(LIBRARY_SOURCES) $(SUPPORT_SOURCES) server/main.c \
           $(TESTS:%=tests/%.c) $(FUZZERS:%=tests/fuzz/%.c) $(FUZZ_SHARED) tests/fuzz/replay.c tests/demo/demo.c \
           $(SOAK_SOURCES) $(wildcard tests/faults/*.c tests/rollout/*.c tests/environments/*.c tests/bench/*.c))
endef
$(foreach f,release asan tsan coverage fuzz,$(eval $(call flavour,$(f))))
.SECONDARY:

# What test_no_memory lets fail: everything that allocates in our own code.
LINK_test_no_memory := -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=reallocarray,--wrap=vasprintf
# What test_json_memory counts.
LINK_test_json_memory := -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=free

# What test_metrics lets fail: the block of a thread.
LINK_test_metrics := -Wl,--wrap=aligned_alloc

# A fuzz target is one function. Linked with replay.c it runs its corpus once (for `make test`);
# linked with libFuzzer it looks for new inputs (for `make fuzz`).

build/asan/tests/fuzz/fuzz_%: build/asan/tests/fuzz/fuzz_%.o build/asan/tests/fuzz/replay.o $(FUZZ_SHARED:%.c=build/asan/%.o) build/asan/support.a build/asan/library.a
	$(call run,LINK $@,$(CC_asan) $(LINK_asan) -pthread $(LDFLAGS) -o $@ $^ $(PACKAGE_LIBS))
build/fuzz/tests/fuzz/fuzz_%: build/fuzz/tests/fuzz/fuzz_%.o $(FUZZ_SHARED:%.c=build/fuzz/%.o) build/fuzz/support.a build/fuzz/library.a
	$(call run,LINK $@,$(CC_fuzz) $(LINK_fuzz) -fsanitize=fuzzer -pthread $(LDFLAGS) -o $@ $^ $(PACKAGE_LIBS))

# --- testing ------------------------------------------------------------------------------------

.PHONY: test
test: ## install what is missing, build, and pass every test that needs no cluster
	$(call install,$(DEBIAN_TEST))
	@$(MAKE) -s --no-print-directory -j$(JOBS) test-programs
	@tests/run-tests asan $(TESTS) $(FUZZERS:%=fuzz/%)

.PHONY: conformance
conformance: ## play hostile and odd requests to the running server, byte by byte, and a Go client's
	$(call install,$(DEBIAN_TEST))
	@$(MAKE) -s --no-print-directory -j$(JOBS) build/asan/hostdev-webhook $(CONFORMANCE:%=build/asan/tests/%)
	@tests/run-tests asan $(CONFORMANCE)
	@tests/conformance/go/run build/asan/hostdev-webhook

.PHONY: record
record: ## write what the program answers now to fixtures that differ, to be read before a commit
	$(call install,$(DEBIAN_TEST))
	@$(MAKE) -s --no-print-directory -j$(JOBS) build/asan/tests/test_fixtures build/asan/tests/test_check_folders
	@FIXTURES_RECORD=1 build/asan/tests/test_fixtures
	@FIXTURES_RECORD=1 build/asan/tests/test_check_folders

.PHONY: test-programs
test-programs: build/asan/hostdev-webhook $(TESTS:%=build/asan/tests/%) $(FUZZERS:%=build/asan/tests/fuzz/%)

.PHONY: demo
demo: packages ## install what is missing, build, and show the verdicts on documented and wrong manifests
	@$(MAKE) -s --no-print-directory -j$(JOBS) build/hostdev-webhook build/release/tests/demo/demo
	@HOSTDEV_WEBHOOK=build/hostdev-webhook build/release/tests/demo/demo tests/demo/*.yaml
	@tests/demo/chain build/hostdev-webhook

# Of tests/support only what needs no cmocka: the demo installs nothing that only tests need.
DEMO_SUPPORT := fixture json_patch server_process temp_dir tls_client
build/release/tests/demo/demo: build/release/tests/demo/demo.o $(DEMO_SUPPORT:%=build/release/tests/support/%.o) build/release/library.a
	$(call run,LINK $@,$(CC_release) $(LINK_release) -pthread $(LDFLAGS) -o $@ $^ $(PACKAGE_LIBS))

# The tests of what several threads share; the rest of the program is seen to by `make soak`.
THREAD_TESTS := test_backoff test_client_certificates test_cluster_source test_credential_files test_current_list \
                test_deadlines test_file_source test_fresh_list test_metrics test_permitted_feed test_refresher \
                test_serve_metrics test_ticker test_tls_credentials
.PHONY: thread-test
thread-test: ## the tests of what threads share, under ThreadSanitizer
	$(call install,$(DEBIAN_TEST))
	@$(MAKE) -s --no-print-directory -j$(JOBS) build/tsan/hostdev-webhook $(THREAD_TESTS:%=build/tsan/tests/%)
	@TSAN_OPTIONS=exitcode=66 tests/run-tests tsan $(THREAD_TESTS)

MINUTES ?= 30
.PHONY: soak
soak: ## mixed honest and hostile traffic under AddressSanitizer, then ThreadSanitizer, MINUTES=30 each
	$(call install,$(DEBIAN_BUILD))
	@$(MAKE) -s --no-print-directory -j$(JOBS) build/asan/hostdev-webhook build/tsan/hostdev-webhook build/release/tests/soak/soak
	@tests/soak/run $(MINUTES)

# Of tests/support only what needs no cmocka, here too.
SOAK_SUPPORT := certs_fixture client_certs fake_api fake_call fake_cluster fake_cluster_answer server_process temp_dir tls_client
build/release/tests/soak/soak: $(SOAK_SOURCES:%.c=build/release/%.o) $(SOAK_SUPPORT:%=build/release/tests/support/%.o) build/release/library.a
	$(call run,LINK $@,$(CC_release) $(LINK_release) -pthread $(LDFLAGS) -o $@ $^ $(PACKAGE_LIBS))

.PHONY: e2e
e2e: ## run the program against a real kube-apiserver, etcd and kubectl; E2E_CRDS=DIR for other CRDs
	$(call install,$(DEBIAN_E2E))
	@$(MAKE) -s --no-print-directory -j$(JOBS) build/hostdev-webhook
	@tests/e2e/run

.PHONY: reports-test
reports-test: ## the reports of `check`, read by others: SARIF's schema, a reader of JUnit; and its verdicts on all fixtures
	$(call install,$(DEBIAN_REPORTS))
	@$(MAKE) -s --no-print-directory -j$(JOBS) build/hostdev-webhook
	@tests/reports/run build/hostdev-webhook
	@tests/reports/pre-commit build/hostdev-webhook
	@build/hostdev-webhook check fixtures/hyperconverged.yaml tests/demo/01-documented-list.yaml tests/demo/05-documented-vm.yaml
	@rm -rf build/reports/fixtures
	@/usr/bin/python3 -B tests/reports/verdicts.py build/hostdev-webhook build/reports/fixtures

.PHONY: completion-test
completion-test: ## completion in bash, zsh and fish, the manual page, and what `make install` puts where
	$(call install,$(DEBIAN_COMPLETION))
	@$(MAKE) -s --no-print-directory -j$(JOBS) build/hostdev-webhook
	@tests/completion/run build/hostdev-webhook bash zsh fish
	@tests/completion/install

.PHONY: check-picture
check-picture: ## draw the picture of a terminal in README.md anew
	$(call install,$(DEBIAN_BUILD) fonts-dejavu-core python3 python3-pil)
	@$(MAKE) -s --no-print-directory -j$(JOBS) build/hostdev-webhook
	@/usr/bin/python3 -B tests/readme/picture.py build/hostdev-webhook tests/readme/check.png

.PHONY: monitoring-test
monitoring-test: ## the alerts' cases, and every query asked of a real Prometheus that scrapes the server
	$(call install,$(DEBIAN_MONITORING))
	@$(MAKE) -s --no-print-directory -j$(JOBS) build/hostdev-webhook
	@tests/monitoring/run

.PHONY: monitoring-picture
monitoring-picture: ## draw the graphs in deploy/OPERATIONS.md anew, from some minutes of traffic
	$(call install,$(DEBIAN_MONITORING) gnuplot-nox)
	@$(MAKE) -s --no-print-directory -j$(JOBS) build/hostdev-webhook
	@tests/monitoring/picture

.PHONY: lint
lint: ## check format, warnings of gcc and clang, clang-tidy, cppcheck, shellcheck, pyflakes; fails on a finding
	$(call install,$(DEBIAN_LINT))
	@$(MAKE) -s --no-print-directory -j$(JOBS) -k lint-format lint-gcc lint-clang lint-cppcheck lint-python lint-readme lint-shell lint-tidy

.PHONY: lint-python lint-readme lint-shell lint-format lint-gcc lint-clang lint-tidy lint-cppcheck format
# Versions of clang-format differ in how they set tables; the format is that of Debian 12's, 14.
lint-format:
	@case "$$(clang-format --version)" in *' version 14.'*) clang-format --dry-run -Werror $(C_FILES) || { echo "run: make format"; exit 1; } ;; \
	  *) echo "clang-format is not version 14: the format is not checked" ;; esac
format: ## put every C file into the project's format
	$(call install,clang-format)
	$(call run,clang-format -i,clang-format -i $(C_FILES))
lint-gcc:
	$(call run,gcc -Werror,gcc $(CPPFLAGS_ALL) -std=c17 -O2 $(WARNINGS) -Werror -fsyntax-only $(filter %.c,$(C_FILES)))
lint-clang:
	$(call run,clang -Werror,clang $(CPPFLAGS_ALL) -std=c17 $(WARNINGS) -Werror -fsyntax-only $(filter %.c,$(C_FILES)))
lint-cppcheck:
	$(call run,cppcheck,cppcheck --quiet --error-exitcode=1 --std=c11 --enable=warning$(comma)performance$(comma)portability \
	  --inline-suppr --suppress=missingIncludeSystem --suppress=ctuuninitvar -I. $(filter %.c,$(C_FILES)))
lint-shell:
	$(call run,shellcheck,shellcheck -x .ci/run deploy/image-rootfs tests/install-packages tests/run-tests tests/run-fuzzers \
	  tests/check-readme tests/soak/run tests/conformance/go/run tests/image/run tests/e2e/run tests/e2e/story tests/e2e/get-tools tests/e2e/lib/*.bash tests/bench/cluster.sh \
	  tests/demo/chain tests/completion/run tests/completion/install tests/completion/bash.bash tests/reports/run tests/reports/pre-commit tests/monitoring/run tests/monitoring/get-prometheus tests/monitoring/picture tests/monitoring/lib/*.bash)
lint-python:
	$(call run,pyflakes3,pyflakes3 tests/bench/*.py tests/bench/parsers/*.py tests/readme/*.py tests/reports/*.py)
lint-readme: build/hostdev-webhook
	tests/check-readme build/hostdev-webhook
lint-tidy: $(patsubst %.c,lint-tidy/%,$(filter %.c,$(C_FILES)))
lint-tidy/%:
	@echo "clang-tidy $*.c"
	@clang-tidy --quiet --warnings-as-errors='*' $*.c -- $(CPPFLAGS_ALL) -std=c17 2>/dev/null

FUZZ_SECONDS ?= 60
.PHONY: fuzz
fuzz: ## look for new crashing inputs, FUZZ_SECONDS=60 for each fuzzer
	$(call install,$(DEBIAN_FUZZ))
	$(call install,libclang-rt-$$(clang -dumpversion | cut -d. -f1)-dev)
	@$(MAKE) -s --no-print-directory -j$(JOBS) $(FUZZERS:%=build/fuzz/tests/fuzz/%)
	@tests/run-fuzzers $(FUZZ_SECONDS) $(FUZZERS)

.PHONY: coverage
coverage: ## print the tests' line coverage, file by file
	$(call install,$(DEBIAN_COVERAGE))
	@$(MAKE) -s --no-print-directory -j$(JOBS) build/coverage/hostdev-webhook $(TESTS:%=build/coverage/tests/%)
	@find build/coverage -name '*.gcda' -delete
	@HOSTDEV_WEBHOOK=build/coverage/hostdev-webhook tests/run-tests coverage $(TESTS)
	@gcovr --root . --filter base/ --filter validators/ --filter certs/ --filter server/ build/coverage

# --- using --------------------------------------------------------------------------------------

.PHONY: run
run: all ## issue certificates into build/run and serve on :8443 with the documented list
	@test -f build/run/tls.crt || build/hostdev-webhook certs issue --dir build/run --host localhost,127.0.0.1,::1
	build/hostdev-webhook serve --tls-cert-file build/run/tls.crt --tls-private-key-file build/run/tls.key \
	  --hyperconverged-file fixtures/hyperconverged.yaml

include deploy/image.mk
# The image is built without these (deploy/Containerfile).
-include tests/faults/faults.mk
-include tests/rollout/rollout.mk
-include tests/environments/environments.mk
-include tests/bench/bench.mk
-include tests/bench/parsers/parsers.mk

# Made by the program from its tables of commands and options.
build/hostdev-webhook.1: build/hostdev-webhook
	@build/hostdev-webhook man >$@.new && mv $@.new $@
build/completion/%: build/hostdev-webhook
	@mkdir -p $(@D)
	@build/hostdev-webhook completion $* >$@.new && mv $@.new $@

.PHONY: man
man: all ## make the manual page: build/hostdev-webhook.1
	@$(MAKE) -s --no-print-directory build/hostdev-webhook.1

SHARE          = $(DESTDIR)$(PREFIX)/share
INSTALLED_MAN  = $(SHARE)/man/man1/hostdev-webhook.1
INSTALLED_BASH = $(SHARE)/bash-completion/completions/hostdev-webhook
INSTALLED_ZSH  = $(SHARE)/zsh/site-functions/_hostdev-webhook
INSTALLED_FISH = $(SHARE)/fish/vendor_completions.d/hostdev-webhook.fish

.PHONY: install uninstall
install: man ## install program, manual page and shell completion below $(DESTDIR)$(PREFIX)
	@$(MAKE) -s --no-print-directory $(addprefix build/completion/,bash zsh fish)
	install -D -m 755 build/hostdev-webhook $(DESTDIR)$(PREFIX)/bin/hostdev-webhook
	install -D -m 644 build/hostdev-webhook.1 $(INSTALLED_MAN)
	install -D -m 644 build/completion/bash $(INSTALLED_BASH)
	install -D -m 644 build/completion/zsh $(INSTALLED_ZSH)
	install -D -m 644 build/completion/fish $(INSTALLED_FISH)
uninstall: ## remove them from there
	rm -f $(DESTDIR)$(PREFIX)/bin/hostdev-webhook $(INSTALLED_MAN) $(INSTALLED_BASH) $(INSTALLED_ZSH) $(INSTALLED_FISH)

.PHONY: clean
clean: ## remove build/
	rm -rf build

.PHONY: help
help: ## list what there is to make
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-18s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
