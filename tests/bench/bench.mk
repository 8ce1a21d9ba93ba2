# SPDX-License-Identifier: Apache-2.0
# How fast it is, included by the Makefile.

BENCH_BUILD   := build/bench
DEBIAN_BENCH  := $(DEBIAN_BUILD) gnuplot-nox python3 wrk

# The floor has handlers of its own in place of the server's, and all else of the library: what it
# defines itself the linker does not take from there.
$(BENCH_BUILD)/floor: build/release/tests/bench/floor.o build/release/tests/support/temp_dir.o build/release/library.a
	@mkdir -p $(@D)
	$(call run,LINK $@,$(CC_release) $(LINK_release) -pthread $(LDFLAGS) -o $@ $^ $(PACKAGE_LIBS))
$(BENCH_BUILD)/cold: build/release/tests/bench/cold.o build/release/tests/support/temp_dir.o
	@mkdir -p $(@D)
	$(call run,LINK $@,$(CC_release) $(LINK_release) -pthread $(LDFLAGS) -o $@ $^ $(PACKAGE_LIBS))

BENCH ?= full
.PHONY: bench
bench: ## the server against a static reply, two Go webhooks and OPA (half an hour); BENCH=short: a minute
	$(call install,$(DEBIAN_BENCH))
	@$(MAKE) -s --no-print-directory -j$(JOBS) build/hostdev-webhook $(BENCH_BUILD)/floor $(BENCH_BUILD)/cold
	@python3 -B tests/bench/bench.py $(BENCH)

BODY ?= allow
.PHONY: profile
profile: ## where the time of a review goes, by function: perf and a flame graph, or callgrind; BODY=deny for another
	$(call install,$(DEBIAN_BUILD) linux-perf python3 valgrind wrk)
	@$(MAKE) -s --no-print-directory -j$(JOBS) build/hostdev-webhook
	@python3 -B tests/bench/profiling.py $(BODY)

.PHONY: bench-growth
bench-growth: ## what it costs as lists, VMs, bodies, connections, processors and processes grow
	$(call install,$(DEBIAN_BENCH))
	@$(MAKE) -s --no-print-directory -j$(JOBS) build/hostdev-webhook
	@python3 -B tests/bench/growth.py

.PHONY: bench-cluster
bench-cluster: ## creating VMs through a real kube-apiserver: no webhook, this one, one in Go, an in-tree policy (8 minutes)
	$(call install,$(DEBIAN_E2E) python3 wrk)
	@$(MAKE) -s --no-print-directory -j$(JOBS) build/hostdev-webhook
	@python3 -B tests/bench/cluster.py $(BENCH)

.PHONY: bench-check
bench-check: ## what `check` and --fix take for 300 files of 100 MB, in time and memory
	$(call install,$(DEBIAN_BUILD) python3)
	@$(MAKE) -s --no-print-directory -j$(JOBS) build/hostdev-webhook
	@python3 -B tests/bench/check.py build/hostdev-webhook
