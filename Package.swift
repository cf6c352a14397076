// swift-tools-version: 6.1
import Foundation
import PackageDescription

// CI sets WARNINGS_AS_ERRORS: a developer's half-written line may warn, a landed one may not.
let strict = ProcessInfo.processInfo.environment["WARNINGS_AS_ERRORS"] != nil
// Tests/Fuzz sets FUZZING: code that is fuzzed must say which ways through it an input took.
let fuzzing = ProcessInfo.processInfo.environment["FUZZING"] != nil
let swiftSettings: [SwiftSetting] =
  (strict ? [.unsafeFlags(["-warnings-as-errors"])] : [])
  + (fuzzing ? [.unsafeFlags(["-sanitize=fuzzer", "-enable-testing"])] : [])

// The commit that is built, for --version. SwiftPM's own Context.gitInformation is of the last change of
// this file. "-dirty" behind it says that more than the commit is built.
let commit = ProcessInfo.processInfo.environment["PROFILE_REWRITER_COMMIT"].flatMap {
  $0.wholeMatch(of: /[0-9a-f]{7,40}(-dirty)?/) == nil ? nil : $0
}

let package = Package(
  name: "profile-rewriter",
  products: [
    .executable(name: "profile-rewriter", targets: ["profile-rewriter"]),
    .library(name: "ConfigFormats", targets: ["ConfigFormats"]),
    .library(name: "MailFormats", targets: ["MailFormats"]),
    .library(name: "ProfileRewriter", targets: ["ProfileRewriter"]),
    .library(name: "Adapters", targets: ["Adapters"]),
    .library(name: "Autoconfig", targets: ["Autoconfig"]),
    .library(name: "MailCheck", targets: ["MailCheck"]),
    .library(name: "MailBackup", targets: ["MailBackup"]),
    .library(name: "MailUpload", targets: ["MailUpload"]),
    .library(name: "Reporting", targets: ["Reporting"]),
    .library(name: "Command", targets: ["Command"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
    .package(url: "https://github.com/groue/GRDB.swift", exact: "7.10.0"),
  ],
  targets: [
    // Floor 0: what Swift cannot call by itself.
    .target(name: "CPlatform"),
    .systemLibrary(name: "CCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),

    .systemLibrary(name: "CTLS", pkgConfig: "libssl", providers: [.apt(["libssl-dev"])]),
    .systemLibrary(
      name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
    .systemLibrary(name: "CCares", pkgConfig: "libcares", providers: [.apt(["libc-ares-dev"])]),
    .systemLibrary(name: "CIDN2", pkgConfig: "libidn2", providers: [.apt(["libidn2-dev"])]),
    .systemLibrary(name: "CLibXML2", pkgConfig: "libxml-2.0", providers: [.apt(["libxml2-dev"])]),
    .target(name: "CXMLBridge", dependencies: ["CLibXML2"]),
    .target(name: "CNetwork"),
    .target(
      name: "CBuildInformation",
      cSettings: commit.map { [.define("BUILD_COMMIT", to: "\"\($0)\"")] } ?? []),
    .target(name: "CTLSBridge", dependencies: ["CTLS", "CCrypto"]),
    .target(name: "CNetBridge", dependencies: ["CCurl", "CCares"]),

    // Floor 1: lossless documents. No mail, no I/O.
    .target(name: "ConfigFormats", dependencies: ["CXMLBridge"], swiftSettings: swiftSettings),

    // Floor 1: messages and folders on disk. No I/O.
    .target(name: "MailFormats", dependencies: ["CPlatform"], swiftSettings: swiftSettings),

    // Floor 2: what a switch is.
    .target(
      name: "ProfileRewriter",
      dependencies: [
        "ConfigFormats", "MailFormats", "CPlatform", "CCrypto",
        .product(name: "GRDB", package: "GRDB.swift"),
        .product(name: "GRDBSQLite", package: "GRDB.swift"),
      ],
      swiftSettings: swiftSettings),

    // Floor 3: one folder per client.
    .target(
      name: "Adapters", dependencies: ["ConfigFormats", "MailFormats", "ProfileRewriter"],
      swiftSettings: swiftSettings),

    // Floor 3: what is known about providers' servers. Adapters do not need it.
    .target(
      name: "Autoconfig", dependencies: ["ConfigFormats", "ProfileRewriter", "CCrypto", "CIDN2"],
      exclude: [
        "Providers/providers.tsv", "Providers/corrections.tsv", "Providers/actions.tsv",
        "Lint/Schema/clientConfig.rng",
      ],
      swiftSettings: swiftSettings),

    // Floor 3: talking to servers.
    .target(
      name: "MailCheck",
      dependencies: [
        "ConfigFormats", "MailFormats", "ProfileRewriter", "Autoconfig", "CNetwork", "CTLSBridge",
        "CNetBridge",
      ],
      swiftSettings: swiftSettings),

    // Floor 3: local mail, kept and brought up.
    .target(
      name: "MailBackup", dependencies: ["ConfigFormats", "MailFormats", "ProfileRewriter"],
      swiftSettings: swiftSettings),
    .target(
      name: "MailUpload",
      dependencies: [
        "ConfigFormats", "MailFormats", "ProfileRewriter", "MailCheck", "CCrypto",
        .product(name: "GRDB", package: "GRDB.swift"),
      ],
      swiftSettings: swiftSettings),

    // Floor 3: what scripts and people are told of many changes.
    .target(
      name: "Reporting", dependencies: ["ConfigFormats", "ProfileRewriter", "Autoconfig"],
      swiftSettings: swiftSettings),

    // Floor 4: arguments in, tables and JSON out. Which clients there are it is told.
    .target(
      name: "Command",
      dependencies: [
        "ConfigFormats", "MailFormats", "ProfileRewriter", "Autoconfig", "MailCheck",
        "MailBackup", "MailUpload", "Reporting", "CBuildInformation",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: swiftSettings),

    // Floor 5: the command with the clients of this package.
    .executableTarget(
      name: "profile-rewriter", dependencies: ["Command", "Adapters"],
      swiftSettings: swiftSettings),

    .testTarget(
      name: "ConfigFormatsTests", dependencies: ["ConfigFormats"],
      resources: [.copy("Resources")], swiftSettings: swiftSettings),
    .testTarget(
      name: "MailFormatsTests", dependencies: ["MailFormats"], swiftSettings: swiftSettings),
    .testTarget(
      name: "ProfileRewriterTests",
      dependencies: ["TestSupport", "MailFormats", "ProfileRewriter"],
      swiftSettings: swiftSettings),
    .testTarget(
      name: "AdaptersTests", dependencies: ["Adapters", "ProfileRewriter", "ConfigFormats"],
      swiftSettings: swiftSettings),
    .testTarget(
      name: "AutoconfigTests",
      dependencies: ["TestSupport", "Autoconfig", "ProfileRewriter", "ConfigFormats"],
      exclude: ["Readers", "Golden"],
      swiftSettings: swiftSettings),
    .testTarget(
      name: "MailCheckTests",
      dependencies: [
        "MailCheck", "Autoconfig", "ProfileRewriter", "ConfigFormats", "profile-rewriter",
      ],
      swiftSettings: swiftSettings),
    .testTarget(
      name: "MailUploadTests",
      dependencies: ["TestSupport", "MailUpload", "MailCheck", "MailFormats", "ProfileRewriter"],
      swiftSettings: swiftSettings),
    // Uploads a Maildir: to be killed by the tests, and timed by the benchmarks.
    .executableTarget(
      name: "upload-maildir",
      dependencies: ["MailUpload", "MailFormats", "MailCheck", "ProfileRewriter"],
      path: "Tests/UploadTests/upload-maildir", swiftSettings: swiftSettings),
    // What several of them need.
    .target(name: "TestSupport", path: "Tests/TestSupport", swiftSettings: swiftSettings),
    // What the sanitizers must find, in the bundle of the tests that they watch.
    .testTarget(name: "PlantedFaultTests", swiftSettings: swiftSettings),
    // The laws, over every adapter and every fixture.
    .testTarget(
      name: "LawTests",
      dependencies: [
        "Adapters", "MailFormats", "MailBackup", "ProfileRewriter", "ConfigFormats",
        .product(name: "GRDB", package: "GRDB.swift"),
      ],
      swiftSettings: swiftSettings),
    .testTarget(
      name: "CommandTests",
      dependencies: [
        "profile-rewriter", "Command", "ProfileRewriter", "Adapters", "Autoconfig", "MailCheck",
        "MailUpload", "Reporting",
      ],
      exclude: ["Snapshots", "Support/under-journal"], swiftSettings: swiftSettings),
  ],
  swiftLanguageModes: [.v6]
)

// Some of the test targets and what they need, where a build of everything takes too long
// (scripts/sanitize --sample).
if let only = ProcessInfo.processInfo.environment["ONLY_TESTS"] {
  var kept = Set(only.split(separator: ",").map(String.init))
  var count = 0
  while count != kept.count {
    count = kept.count
    for target in package.targets where kept.contains(target.name) {
      for case .byNameItem(let name, _) in target.dependencies { kept.insert(name) }
    }
  }
  package.targets.removeAll { !kept.contains($0.name) }
  package.products = []
}
