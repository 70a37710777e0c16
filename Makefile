# iowalk: `make help` lists the targets. All output of the build goes to build/.
CC ?= cc
CXX ?= c++
PREFIX ?= /usr/local
BUILD ?= build
# As many jobs as processors, where -j is not given.
JOBS = $(if $(findstring -j,$(MAKEFLAGS)),,-j$(shell nproc))
V ?= 0
Q := $(if $(filter 1,$(V)),,@)

# A newer compiler warns of more: that fails in CI only.
WERROR ?= $(if $(CI),-Werror)
WARNINGS := -Wall -Wextra -Wshadow -Wconversion $(WERROR)
OPTIMIZE ?= -O2 -DNDEBUG
SANITIZE ?=
SANITIZE_LINK ?=
DEPENDENCIES := benchmark jansson inih zlib liburing libxxhash sqlite3 lmdb libdw
CPPFLAGS += -D_GNU_SOURCE
CFLAGS += -std=gnu17 -g $(OPTIMIZE) $(SANITIZE) $(WARNINGS)
CXXFLAGS += -std=c++17 -g $(OPTIMIZE) $(SANITIZE) -Wall -Wextra -Wshadow $(WERROR)
LDFLAGS += $(SANITIZE) $(SANITIZE_LINK)
LDLIBS := $(LDLIBS) $(shell pkg-config --libs $(DEPENDENCIES) 2>/dev/null) -lm -lpthread

# Google Benchmark's own default of --benchmark_min_time; since 1.8 it has a unit.
GBENCH_MIN_TIME := 0.5$(shell pkg-config --atleast-version=1.8 benchmark 2>/dev/null && echo s)

# Each .c file of these folders is one entry of a table; shared code is in support/.
KINDS := engine layout reference graph workload check section export command
engine_FILES := $(wildcard engines/*.c)
layout_FILES := $(wildcard layouts/*.c)
reference_FILES := $(wildcard references/*.c)
graph_FILES := $(wildcard workloads/graphs/*.c)
workload_FILES := $(wildcard workloads/*.c)
command_FILES := $(wildcard harness/cli/commands/*.c)
check_FILES := $(wildcard harness/machine/checks/*.c)
section_FILES := $(wildcard harness/report/sections/*.c)
export_FILES := $(wildcard harness/export/*.c)
engine_HEADER := engines/engine.h
layout_HEADER := layouts/layout.h
reference_HEADER := references/reference.h
reference_STRUCT := iowalk_store
graph_HEADER := workloads/graph.h
workload_HEADER := workloads/workload.h
command_HEADER := harness/cli/command.h
command_STRUCT := command
check_HEADER := harness/machine/check.h
check_STRUCT := doctor_check
section_HEADER := harness/report/section.h
section_STRUCT := report_section
export_HEADER := harness/export/format.h
export_STRUCT := export_format

BELOW := $(foreach kind,engine layout reference graph workload,$($(kind)_FILES)) $(filter-out tests/%,$(wildcard */support/*.c))
# The wings of harness/; a wing includes only headers of earlier wings (docs/ARCHITECTURE.md).
WINGS := base count plugin plan prepare machine record roofline profile measure judge tune gate conform plot report export cli
MAIN := harness/cli/main.c
HARNESS := $(filter-out $(MAIN),$(foreach wing,$(WINGS),$(wildcard harness/$(wing)/*.c harness/$(wing)/*/*.c harness/$(wing)/*.cc)))
TABLES := $(KINDS:%=$(BUILD)/gen/%_table.c)
TEXTS := $(BUILD)/gen/page_style.c $(BUILD)/gen/page_script.c
object = $(addprefix $(BUILD)/,$(addsuffix .o,$(basename $(1))))
LIBRARY_OBJECTS := $(call object,$(BELOW) $(HARNESS)) $(TABLES:.c=.o) $(TEXTS:.c=.o)
SOURCES := $(foreach folder,include engines layouts references workloads harness tests,\
	$(wildcard $(folder)/*.[ch] $(folder)/*/*.[ch] $(folder)/*/*/*.[ch] $(folder)/*/*.cc))
TEST_SUPPORT := $(call object,$(wildcard tests/support/*.c))
FUZZERS := $(patsubst %.c,$(BUILD)/%,$(wildcard tests/fuzz/*.c))
TESTS := $(patsubst tests/%.c,$(BUILD)/tests/%,$(wildcard tests/test_*.c))

.PHONY: all generated help deps bench conform-long conform-coverage engines-page report test asan fuzz fuzz-targets tidy format clean install install-files deb dist claims FORCE gate calibrate mutants
.SECONDARY:
.DELETE_ON_ERROR:

all: deps ## build build/iowalk
	$(Q)$(MAKE) --no-print-directory $(JOBS) $(BUILD)/iowalk

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  \1\t\2/p' $(MAKEFILE_LIST) | expand -t 12

deps: ## install missing Debian packages
	$(Q)scripts/install-deps.sh

bench: all ## run the quick suite: table, records and plots under results/runs/ (two minutes)
	$(Q)$(BUILD)/iowalk run --suite workloads/suites/quick.ini

report: all ## write report.md and report.html of the latest run (PHASES=A,B: of phases)
	$(Q)$(BUILD)/iowalk report $(if $(PHASES),--phases $(PHASES))

ENGINES_SECONDS ?= 5400
engines-page: all ## search the best settings of each engine and rewrite the tables of docs/ENGINES.md (100 minutes, quiet machine)
	$(Q)rm -rf $(BUILD)/engines
	$(Q)$(BUILD)/iowalk tune --suite workloads/suites/engines.ini --budget $(ENGINES_SECONDS) --out $(BUILD)/engines/tuned.ini > $(BUILD)/engines.txt || \
		[ -s $(BUILD)/engines/tuned.json ] # some settings cannot be, as direct I/O whose cache does not keep the file, warm
	$(Q)scripts/engines-page.py $(BUILD)/engines/tuned.json docs/ENGINES.md

test: deps ## run all tests
	@scripts/install-deps.sh --tests --check || \
		echo "  without them some tests are skipped: \`scripts/install-deps.sh --tests\` installs them"
	$(Q)$(MAKE) --no-print-directory $(JOBS) $(BUILD)/iowalk $(TESTS)
	$(Q)tests/run.sh $(BUILD)

# A fixed address spares 150,000 relocations in each process, and gcc's static runtimes the search of each symbol in them.
asan: deps ## run all tests under AddressSanitizer and UndefinedBehaviorSanitizer
	$(Q)$(MAKE) --no-print-directory BUILD=build/asan OPTIMIZE='-O1 -g1' \
		SANITIZE_LINK='-no-pie $(if $(findstring clang,$(CC)),,-static-libasan -static-libubsan)' \
		SANITIZE='-fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer' test

FUZZ_SECONDS ?= 10
# Only the objects that the targets reach, if `make test` has linked its tests; all, if that is not enough.
fuzz: deps ## run the fuzz targets, FUZZ_SECONDS each (needs clang with libFuzzer)
	$(Q)make_fuzz() { $(MAKE) --no-print-directory $(JOBS) BUILD=build/fuzz CC=clang CXX=clang++ OPTIMIZE='-O1 -g1' \
		SANITIZE='-fsanitize=address,undefined,fuzzer-no-link -fno-sanitize-recover=all -fno-omit-frame-pointer' "$$@"; }; \
		make_fuzz $(FUZZERS:$(BUILD)/%=build/fuzz/%.o) && \
		make_fuzz REACHED="$$(tests/fuzz/objects.sh $(BUILD)/tests/library.a $(FUZZERS:$(BUILD)/%=build/fuzz/%.o))" fuzz-targets || \
		make_fuzz fuzz-targets
	$(Q)tests/fuzz/run.sh build/fuzz $(FUZZ_SECONDS)

fuzz-targets: $(FUZZERS)

# shallow: half a minute; deep follows calls between functions: some minutes, and a finding now and then that is none.
TIDY_MODE ?= shallow
tidy: deps ## run clang-tidy and check the formatting (TIDY_MODE=deep: thoroughly)
	$(Q)$(MAKE) --no-print-directory $(JOBS) $(TABLES) $(BUILD)/gen/version.h
	$(Q)printf '%s\n' $(BELOW) $(MAIN) $(filter %.c,$(HARNESS)) | \
		xargs -P $(shell nproc) -n 8 sh -c 'clang-tidy --quiet --extra-arg=-Xclang --extra-arg=-analyzer-config --extra-arg=-Xclang --extra-arg=mode=$(TIDY_MODE) "$$@" -- $(CPPFLAGS) -std=gnu17 $(filter-out -Werror,$(WARNINGS)) -I$(BUILD)/gen 2>/dev/null' sh
	$(Q)clang-format --dry-run --Werror $(SOURCES)

generated: all ## rewrite man page and shell completions from the table of options
	$(Q)scripts/generated.sh $(BUILD)/iowalk

format: ## run clang-format on all sources
	$(Q)clang-format -i $(SOURCES)

CONFORM_SECONDS ?= 5400
COVERAGE_SECONDS ?= 240
conform-long: all ## test conformance for long and rewrite the figures in docs/CONFORMANCE.md (two hours; POWER_ONLY=1: only power loss)
	$(Q)scripts/conform-long.sh $(BUILD)/iowalk $(CONFORM_SECONDS)

conform-coverage: deps ## what conformance alone executes of engines/ and layouts/, into docs/CONFORMANCE.md (needs gcov; half an hour)
	$(Q)$(MAKE) --no-print-directory $(JOBS) BUILD=build/coverage OPTIMIZE='-O0 -g' SANITIZE='--coverage' build/coverage/iowalk
	$(Q)scripts/conform-coverage.sh build/coverage $(COVERAGE_SECONDS)

claims: all ## measure published claims about known systems, write docs/CLAIMS.md (ten minutes, quiet machine)
	$(Q)rm -rf $(BUILD)/claims
	$(Q)$(BUILD)/iowalk run --suite workloads/suites/claims.ini --no-plots --no-roofline --out $(BUILD)/claims
	$(Q)$(BUILD)/iowalk export $(BUILD)/claims --format claims > $(BUILD)/CLAIMS.md
	$(Q)mv $(BUILD)/CLAIMS.md docs/CLAIMS.md

gate: all ## compare the working tree with its merge base with main (GATE_FLAGS: options of iowalk gate)
	$(Q)scripts/gate-revision.sh $(GATE_FLAGS) || { status=$$?; \
		echo "gate: exit status $$status; that of make is always 2: scripts/gate-revision.sh gives the gate's own" >&2; exit $$status; }

calibrate: all ## measure the error rates of the gate (an hour; CALIBRATE_FLAGS: options of iowalk calibrate)
	$(Q)scripts/calibrate.sh $(CALIBRATE_FLAGS)

mutants: all ## does the gate find a slowdown in every function on a measured path? (hours; MUTANTS_FLAGS: --sample N, …)
	$(Q)scripts/mutants.py $(MUTANTS_FLAGS)

install: all ## install under PREFIX (default /usr/local)
	$(Q)$(MAKE) --no-print-directory install-files

# Debian's zsh reads share/zsh/vendor-completions instead.
ZSH_COMPLETIONS ?= $(PREFIX)/share/zsh/site-functions
install-files: # of what is built
	install -D -m 755 $(BUILD)/iowalk $(DESTDIR)$(PREFIX)/bin/iowalk
	install -d $(DESTDIR)$(PREFIX)/share/iowalk/plots $(DESTDIR)$(PREFIX)/share/iowalk/suites
	install -m 644 plots/*.gp $(DESTDIR)$(PREFIX)/share/iowalk/plots
	install -m 644 workloads/suites/*.ini $(DESTDIR)$(PREFIX)/share/iowalk/suites
	install -m 644 workloads/profiles.ini $(DESTDIR)$(PREFIX)/share/iowalk
	install -d $(DESTDIR)$(PREFIX)/include/iowalk
	install -m 644 include/iowalk/*.h $(DESTDIR)$(PREFIX)/include/iowalk
	install -D -m 644 docs/iowalk.1 $(DESTDIR)$(PREFIX)/share/man/man1/iowalk.1
	set -e; for command in $(notdir $(basename $(command_FILES))); do \
		$(BUILD)/iowalk generate man $$command >$(DESTDIR)$(PREFIX)/share/man/man1/iowalk-$$command.1; \
		chmod 644 $(DESTDIR)$(PREFIX)/share/man/man1/iowalk-$$command.1; done
	install -D -m 644 scripts/completion/iowalk.bash $(DESTDIR)$(PREFIX)/share/bash-completion/completions/iowalk
	install -D -m 644 scripts/completion/_iowalk $(DESTDIR)$(ZSH_COMPLETIONS)/_iowalk

deb: all ## Debian packages of what is built: build/iowalk_VERSION_ARCH.deb, libiowalk-dev_VERSION_all.deb
	@scripts/deb.sh $(BUILD)

dist: ## build/iowalk-VERSION.tar.gz, the sources of this commit
	@scripts/dist.sh $(BUILD)

clean: ## remove build/
	rm -rf $(BUILD)

# REVERSE_OBJECTS=1 links the same objects in reverse order, for `make calibrate`.
$(BUILD)/iowalk: $(call object,$(MAIN)) $(LIBRARY_OBJECTS)
	@echo "  LINK  $@"
	$(Q)$(CXX) $(LDFLAGS) -o $@ $(if $(REVERSE_OBJECTS),$(shell echo $^ | tr ' ' '\n' | tac),$^) $(LDLIBS)

# Tests are linked with the objects that they use only: all of them take four times as long and as much space.
$(BUILD)/tests/library.a: $(or $(REACHED:%=$(BUILD)/%),$(TEST_SUPPORT) $(LIBRARY_OBJECTS))
	$(Q)rm -f $@
	$(Q)$(AR) rcsT $@ $^

$(BUILD)/tests/test_%: $(BUILD)/tests/test_%.o $(BUILD)/tests/library.a
	@echo "  LINK  $@"
	$(Q)$(CXX) $(LDFLAGS) -o $@ $^ $(LDLIBS) -lcmocka

$(BUILD)/tests/fuzz/%: $(BUILD)/tests/fuzz/%.o $(BUILD)/tests/library.a
	@echo "  LINK  $@"
	$(Q)$(CXX) $(LDFLAGS) -fsanitize=fuzzer -o $@ $^ $(LDLIBS) -lcmocka

# A hook that ends in a call stays on the stack: a profile finds its span there. Not in layouts: their shortest walks are up
# to 12 % slower by it.
$(call object,$(engine_FILES) $(wildcard engines/support/*.c)): CFLAGS += -fno-optimize-sibling-calls

$(BUILD)/%.o: %.c
	@echo "  CC    $<"
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/%.o: %.cc
	@echo "  CXX   $<"
	@mkdir -p $(@D)
	$(Q)$(CXX) $(CPPFLAGS) -DGBENCH_MIN_TIME='"$(GBENCH_MIN_TIME)"' $(CXXFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/gen/%.o: $(BUILD)/gen/%.c
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -I. -MMD -MP -c -o $@ $<

# Rewritten only if the list changes, so that the program is relinked only if a file is added or removed.
$(BUILD)/gen/%_table.c: FORCE
	@scripts/gen-table.sh $@ $* $(or $($*_STRUCT),$*_ops) $($*_HEADER) $(sort $(notdir $(basename $($*_FILES))))

$(BUILD)/gen/page_style.c: harness/base/page.css scripts/gen-text.sh
	@mkdir -p $(@D)
	@scripts/gen-text.sh page_style $< > $@

$(BUILD)/gen/page_script.c: harness/base/page.js scripts/gen-text.sh
	@mkdir -p $(@D)
	@scripts/gen-text.sh page_script $< > $@

# Commit, compiler and flags of the build, for the record of every run.
$(BUILD)/gen/version.h: FORCE
	@mkdir -p $(@D)
	@scripts/gen-version.sh "$(CC)" "$(CFLAGS)" > $@.tmp
	@cmp -s $@.tmp $@ && rm $@.tmp || mv $@.tmp $@

$(call object,harness/machine/environment.c): $(BUILD)/gen/version.h
$(call object,harness/machine/environment.c): CPPFLAGS += -I$(BUILD)/gen

-include $(LIBRARY_OBJECTS:.o=.d) $(TESTS:=.d) $(FUZZERS:=.d) $(TEST_SUPPORT:.o=.d) $(BUILD)/$(basename $(MAIN)).d
