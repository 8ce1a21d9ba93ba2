# SPDX-License-Identifier: Apache-2.0
# Environments that a server must bear, included by the Makefile.

ENVIRONMENTS_BUILD   := build/release/tests/environments
ENVIRONMENTS_OBJECTS := $(patsubst %.c,build/release/%.o,$(filter-out %_shim.c,$(wildcard tests/environments/*.c)))

$(ENVIRONMENTS_BUILD)/environments: $(ENVIRONMENTS_OBJECTS) build/release/tests/support/serving.o $(TROUBLE_OBJECTS)
	$(call run,LINK $@,$(CC_release) $(LINK_release) -pthread $(LDFLAGS) -o $@ $^ $(PACKAGE_LIBS))
$(ENVIRONMENTS_BUILD)/clock_shim.so: tests/environments/clock_shim.c
	@mkdir -p $(@D)
	$(call run,LINK $@,$(CC_release) $(CPPFLAGS_ALL) $(CFLAGS_ALL) -O1 -fPIC -shared -o $@ $<)

.PHONY: environments
environments: ## serve with few files, a full log, a wrong clock, 64 MiB, nothing writable
	$(call install,$(DEBIAN_BUILD))
	@$(MAKE) -s --no-print-directory -j$(JOBS) build/hostdev-webhook $(ENVIRONMENTS_BUILD)/environments $(ENVIRONMENTS_BUILD)/clock_shim.so
	@HOSTDEV_WEBHOOK=$(CURDIR)/build/hostdev-webhook $(ENVIRONMENTS_BUILD)/environments
