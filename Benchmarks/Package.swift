// swift-tools-version: 6.1
import PackageDescription

// Apart from the product's package, so that nobody who builds the product builds this.
let package = Package(
  name: "benchmarks",
  dependencies: [.package(name: "profile-rewriter", path: "..")],
  targets: [
    .executableTarget(
      name: "lexing", dependencies: [.product(name: "ConfigFormats", package: "profile-rewriter")])
  ],
  swiftLanguageModes: [.v6]
)
