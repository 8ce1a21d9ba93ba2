# SPDX-License-Identifier: Apache-2.0
# Parsers side by side, included by the Makefile.

PARSERS_DIR     := build/release/tests/bench/parsers
PARSERS_SOURCES := $(wildcard tests/bench/parsers/*.c)
PARSERS_OBJECTS := $(PARSERS_SOURCES:%.c=build/release/%.o) $(PARSERS_DIR)/with_simdjson_dom.o $(PARSERS_DIR)/with_simdjson_ondemand.o

# Debian 12 has no yyjson. `make bench-parsers DEBIAN_PARSERS=` goes without what is missing.
DEBIAN_PARSERS   = $(DEBIAN_BUILD) g++ libcjson-dev libjson-c-dev libsimdjson-dev libyajl-dev python3 \
                   $(shell apt-cache show libyyjson-dev >/dev/null 2>&1 && echo libyyjson-dev)
PARSERS_PACKAGES = $(shell for p in libcjson json-c simdjson yajl yyjson; do pkg-config --exists $$p && echo $$p; done)
PARSERS_FLAGS    = $(if $(PARSERS_PACKAGES),$(shell pkg-config --cflags $(PARSERS_PACKAGES)))
PARSERS_LIBS     = $(if $(PARSERS_PACKAGES),$(shell pkg-config --libs $(PARSERS_PACKAGES)))
# Of the warnings, those that simdjson.h passes.
PARSERS_CXX      = $(CXX) -I. $(PARSERS_FLAGS) $(CPPFLAGS) -std=c++17 -g -Wall -Wextra $(if $(filter 1,$(WERROR)),-Werror) $(CXXFLAGS) -MMD -MP

build/release/tests/bench/parsers/%.o: CPPFLAGS_ALL += $(PARSERS_FLAGS)
$(PARSERS_DIR)/%.o: tests/bench/parsers/%.cpp Makefile
	@mkdir -p $(@D)
	$(call run,CXX  $@,$(PARSERS_CXX) $(FLAGS_release) -c -o $@ $<)

$(PARSERS_DIR)/parsers: $(PARSERS_OBJECTS) build/release/library.a
	$(call run,LINK $@,$(CXX) $(LINK_release) -pthread $(LDFLAGS) -o $@ $^ $(PACKAGE_LIBS) $(PARSERS_LIBS))
-include $(PARSERS_OBJECTS:%.o=%.d)

ROUNDS         ?= 101
PARSERS_RESULT  = tests/bench/results/$(shell date +%Y-%m-%d)-parsers.txt
.PHONY: bench-parsers
bench-parsers: ## our scan of a review beside jansson, simdjson, yajl and others: time, memory, odd texts
	$(call install,$(DEBIAN_PARSERS))
	@rm -f $(PARSERS_DIR)/parsers $(PARSERS_DIR)/with_*.o # of libraries that were missing before
	@$(MAKE) -s --no-print-directory -j$(JOBS) $(PARSERS_DIR)/parsers
	@python3 -B tests/bench/parsers/texts.py build/bench/parsers
	@mkdir -p $(dir $(PARSERS_RESULT))
	@$(PARSERS_DIR)/parsers build/bench/parsers $(ROUNDS) >build/bench/parsers.txt || { cat build/bench/parsers.txt; exit 1; }
	@tee $(PARSERS_RESULT) <build/bench/parsers.txt
