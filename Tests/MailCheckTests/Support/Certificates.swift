import Foundation
import Testing

/// Certificates of the laboratory's authority, made as a test needs them.
struct Certificates {
  static let authority = tls.appending(path: "ca.crt").path

  private static let tls = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "RealClientTests/lab/tls")

  var certificate: String
  var key: String

  /// - Parameters:
  ///   - names: as openssl spells subjectAltName
  ///   - days: until it expires; below 0 it has
  ///   - isSelfSigned: by no authority
  ///   - begins: when, as openssl spells it, in place of now
  ///   - purpose: what its key may be used for
  init(
    in directory: Scratch, names: String = "DNS:localhost,IP:127.0.0.1", days: Int = 30,
    isSelfSigned: Bool = false, begins: String? = nil, purpose: String = "serverAuth"
  ) throws {
    certificate = directory.path("server.crt")
    key = directory.path("server.key")
    let request = directory.path("server.csr")
    let extensions = directory.path("extensions")
    try "subjectAltName=\(names)\nbasicConstraints=CA:FALSE\nextendedKeyUsage=\(purpose)\n"
      .write(toFile: extensions, atomically: false, encoding: .utf8)
    try Self.openssl(
      "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj",
      "/CN=server of the tests", "-keyout", key, "-out", request)
    if let begins {
      try sign(request, extensions, begins: begins, in: directory)
      return
    }
    let signer =
      isSelfSigned
      ? ["-signkey", key]
      : [
        "-CA", Self.authority, "-CAkey", Self.tls.appending(path: "ca.key").path, "-set_serial",
        "\(UInt32.random(in: 1...UInt32.max))",
      ]
    try Self.openssl(
      arguments: [
        "x509", "-req", "-in", request, "-days", "\(days)", "-extfile", extensions, "-out",
        certificate,
      ] + signer)
  }

  /// `openssl x509` knows no beginning but now.
  private func sign(
    _ request: String, _ extensions: String, begins: String, in directory: Scratch
  ) throws {
    try """
    [ca]
    default_ca = lab
    [lab]
    database = \(directory.path("index"))
    new_certs_dir = \(directory.root)
    rand_serial = yes
    default_md = sha256
    policy = any
    [any]
    commonName = supplied

    """.write(toFile: directory.path("ca.conf"), atomically: false, encoding: .utf8)
    try Data().write(to: URL(fileURLWithPath: directory.path("index")))
    try Self.openssl(
      "ca", "-batch", "-notext", "-config", directory.path("ca.conf"), "-startdate", begins,
      "-enddate", "20991231235959Z", "-extfile", extensions, "-cert", Self.authority, "-keyfile",
      Self.tls.appending(path: "ca.key").path, "-in", request, "-out", certificate)
  }

  private static func openssl(_ arguments: String...) throws { try openssl(arguments: arguments) }

  private static func openssl(arguments: [String]) throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/openssl")
    process.arguments = arguments
    process.standardError = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    try #require(process.terminationStatus == 0, "openssl \(arguments)")
  }
}
