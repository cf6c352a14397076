// swift-tools-version: 6.1
import PackageDescription

// An adapter for a client of somebody else's, in a package of its own, as CONTRIBUTING.md promises that
// it can be: it depends on the library, and no source of the library knows of it. The client, Pigeon, is invented.
let package = Package(
  name: "pigeon",
  dependencies: [.package(name: "profile-rewriter", path: "../..")],
  targets: [
    .target(
      name: "PigeonAdapter",
      dependencies: [
        .product(name: "Adapters", package: "profile-rewriter"),
        .product(name: "ConfigFormats", package: "profile-rewriter"),
        .product(name: "ProfileRewriter", package: "profile-rewriter"),
      ]),
    .executableTarget(
      name: "pigeon-rewriter",
      dependencies: ["PigeonAdapter", .product(name: "Command", package: "profile-rewriter")]),
    .testTarget(name: "PigeonAdapterTests", dependencies: ["PigeonAdapter"]),
  ],
  swiftLanguageModes: [.v6]
)
