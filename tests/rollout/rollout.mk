# SPDX-License-Identifier: Apache-2.0
# Servers replaced and killed under load, included by the Makefile.

ROLLOUT_BUILD := build/release/tests/rollout

$(ROLLOUT_BUILD)/rollout: $(ROLLOUT_BUILD)/rollout.o $(ROLLOUT_BUILD)/balancer.o $(ROLLOUT_BUILD)/clients.o build/release/tests/support/serving.o $(TROUBLE_OBJECTS)
	$(call run,LINK $@,$(CC_release) $(LINK_release) -pthread $(LDFLAGS) -o $@ $^ $(PACKAGE_LIBS))

.PHONY: rollout
rollout: ## replace the server 20 times, and kill it, under load: no review fails, no verdict is wrong
	$(call install,$(DEBIAN_BUILD))
	@$(MAKE) -s --no-print-directory -j$(JOBS) build/hostdev-webhook $(ROLLOUT_BUILD)/rollout
	@HOSTDEV_WEBHOOK=build/hostdev-webhook $(ROLLOUT_BUILD)/rollout
