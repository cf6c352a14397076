// swift-tools-version: 6.1
import PackageDescription

let package = Package(
  name: "fuzz",
  dependencies: [
    .package(name: "profile-rewriter", path: "../.."),
    .package(url: "https://github.com/groue/GRDB.swift", exact: "7.10.0"),
  ],
  targets: [
    .target(
      name: "FuzzTargets",
      dependencies: [
        .product(name: "ConfigFormats", package: "profile-rewriter"),
        .product(name: "MailFormats", package: "profile-rewriter"),
        .product(name: "MailCheck", package: "profile-rewriter"),
        .product(name: "Adapters", package: "profile-rewriter"),
        .product(name: "ProfileRewriter", package: "profile-rewriter"),
        .product(name: "GRDB", package: "GRDB.swift"),
      ]),
    .executableTarget(
      name: "Fuzz", dependencies: ["FuzzTargets"],
      linkerSettings: [.unsafeFlags(["-sanitize=fuzzer"])]),
  ],
  swiftLanguageModes: [.v6]
)
