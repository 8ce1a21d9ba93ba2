# SPDX-License-Identifier: Apache-2.0
# The server in trouble, included by the Makefile. These try the release build: a sanitizer has
# allocations and system calls of its own.

# Of tests/support only what needs no cmocka.
TROUBLE_SUPPORT := server_process temp_dir tls_client
TROUBLE_OBJECTS := $(TROUBLE_SUPPORT:%=build/release/tests/support/%.o)
FAULTS_BUILD    := build/release/tests/faults
FAULTS_PARTS    := ending faults generations questions story victim
FAULTS_SUPPORT  := certs_fixture client_certs fake_api fake_call fake_cluster fake_cluster_answer
FAULTS_OBJECTS  := $(FAULTS_PARTS:%=$(FAULTS_BUILD)/%.o) $(FAULTS_SUPPORT:%=build/release/tests/support/%.o)

$(FAULTS_BUILD)/faults: $(FAULTS_OBJECTS) $(TROUBLE_OBJECTS) build/release/library.a
	$(call run,LINK $@,$(CC_release) $(LINK_release) -pthread $(LDFLAGS) -o $@ $^ $(PACKAGE_LIBS))
$(FAULTS_BUILD)/inject: $(FAULTS_BUILD)/inject.o
	$(call run,LINK $@,$(CC_release) $(LINK_release) $(LDFLAGS) -o $@ $^)
# Without optimization of its own kind: a compiler that knows malloc() would leave calls out.
$(FAULTS_BUILD)/shim.so: tests/faults/shim.c tests/faults/control.h
	@mkdir -p $(@D)
	$(call run,LINK $@,$(CC_release) $(CPPFLAGS_ALL) $(CFLAGS_ALL) -O1 -fno-builtin -fPIC -shared -Wl$(comma)-z$(comma)initfirst -o $@ $<)

FAULTS ?= full
.PHONY: faults
faults: ## let each allocation and system call of start, reload and requests fail; FAULTS=quick: each seventh, each: of loops too
	$(call install,$(DEBIAN_BUILD))
	@$(MAKE) -s --no-print-directory -j$(JOBS) build/hostdev-webhook $(FAULTS_BUILD)/faults $(FAULTS_BUILD)/inject $(FAULTS_BUILD)/shim.so
	@HOSTDEV_WEBHOOK=build/hostdev-webhook $(FAULTS_BUILD)/faults $(FAULTS)
