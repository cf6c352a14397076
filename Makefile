# make demo    switch a copy of a real Thunderbird profile to IMAP and back, saying what it does
# make test    everything that must hold, and every fixture through the real Thunderbird or Evolution
# make clients the fixtures, and every longer scenario, through two versions of Thunderbird and through Evolution
# make torture every call of the program that can change a file killed and failed, and the power cut at every instant; an
#              hour or more (docs/torture.md); and as root the attacks of docs/security.md, a million of them, and the
#              same on other editors. `make test` takes a seeded sample, about two minutes on two idle cores
# make coverage the share of lines of the code that changes files that tests run; fails below 95 %
# make sanitize the tests under AddressSanitizer and ThreadSanitizer, and that both find what is planted;
#              `make test` takes a sample, about three minutes
# make third-party-test  a package of somebody else's with a client of its own, built apart; builds everything once more
# make fuzz    every parser under libFuzzer, SECONDS (600) each (docs/fuzzing.md). `make test` takes five seconds each
# make ansible-test the Ansible collection on nine hosts, each a network namespace with a real sshd; needs root, takes
#              minutes; ansible-core comes from PyPI. `make test` takes one host by local connection
# make man completions: manual pages and shell completions, into .build/
# make docs    the libraries' documentation as DocC archives, into .build/docs; fails where a link leads nowhere
# make deb     the Debian package, into out/
# make package-test  the package built twice, and used in a clean Debian; `make test` looks through one of a debug build
# make install into PREFIX (/usr/local), with both
# make bench   how fast, beside other tools
#
# Needed: a Swift 6 toolchain, git, make and, for what Debian brings, root or sudo.

# For --version. Not known where there is no repository, as in an archive: then whoever builds may say it.
PROFILE_REWRITER_COMMIT ?= $(shell scripts/commit)
export PROFILE_REWRITER_COMMIT

.PHONY: build demo test unit clients torture fuzz coverage sanitize third-party-test ansible-test man completions docs install deb package-test bench format clean

build:
	scripts/install-dependencies build
	swift build

demo:
	scripts/install-dependencies build
	swift build --product profile-rewriter
	scripts/demo

test:
	scripts/install-dependencies test
	WARNINGS_AS_ERRORS=1 swift build
	rm -rf .build/collected-json
	WARNINGS_AS_ERRORS=1 COLLECT_JSON=$(CURDIR)/.build/collected-json swift test
	Tests/Instructions/run
	Tests/Fuzz/run --quick
	scripts/sanitize --sample
	Tests/Torture/run --sample --seed 1
	Tests/UploadTests/run --sample
	Tests/ReportTests/run
	Tests/ManualTests/run
	Tests/SchemaTests/run --collected .build/collected-json
	Tests/PackageTests/run --smoke
	Tests/AnsibleTests/run --smoke
	# They wait more than they compute.
	Tests/RealClientTests/run --jobs 3

# Without the real mail clients.
unit:
	scripts/install-dependencies unit
	swift test

clients:
	scripts/install-dependencies test
	swift build --product profile-rewriter
	Tests/RealClientTests/run --all
	Tests/RealClientTests/run --all --client thunderbird --appdir "$$(scripts/second-thunderbird .build/second-thunderbird)"

torture:
	scripts/install-dependencies torture
	swift build
	Tests/Torture/run
	Tests/Torture/naive-peers
	Tests/UploadTests/run
	Tests/Torture/kill-backup .build/debug/profile-rewriter
	RACER_OPERATIONS=$(or $(OPERATIONS),1000000) SWIFT_BACKTRACE=enable=no swift test --filter RacerLaws

# Builds of their own: counters and checks are compiled in.
coverage:
	scripts/install-dependencies unit
	scripts/coverage

sanitize:
	scripts/install-dependencies unit
	scripts/sanitize

third-party-test:
	scripts/install-dependencies build
	Tests/ThirdParty/run

fuzz:
	scripts/install-dependencies build
	Tests/Fuzz/run --seconds $(or $(SECONDS),600)

ansible-test:
	scripts/install-dependencies test
	swift build --product profile-rewriter
	Tests/AnsibleTests/run

man:
	scripts/install-dependencies build
	swift build --product profile-rewriter
	scripts/make-manual .build/debug/profile-rewriter .build/man/man1

completions:
	scripts/install-dependencies build
	swift build --product profile-rewriter
	scripts/make-completions .build/debug/profile-rewriter .build/completions

# Symbols are those of the debug build.
docs:
	scripts/install-dependencies build
	swift build
	scripts/make-docs .build/debug .build/docs

# PREFIX=/usr/local by default; needs no Swift runtime where it is installed.
install:
	scripts/install-dependencies build
	swift build -c release --static-swift-stdlib --scratch-path .build-install --product profile-rewriter
	scripts/install-files .build-install/release/profile-rewriter "$(DESTDIR)$(or $(PREFIX),/usr/local)"

deb:
	scripts/install-dependencies package
	packaging/deb/build

package-test:
	scripts/install-dependencies package
	Tests/PackageTests/run

bench:
	scripts/install-dependencies bench
	Benchmarks/run

format:
	swift format --in-place --recursive Sources Tests Package.swift

clean:
	swift package clean
