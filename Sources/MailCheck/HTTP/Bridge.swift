internal import CNetBridge

/// What the calls to libcurl and c-ares have in common.
enum Bridge {
  private static let started: Int32 = cnet_start()

  /// The libraries' own start, once for the process.
  static func start() { _ = started }

  /// A text in a C array of fixed size.
  static func text<Characters>(_ characters: Characters) -> String {
    withUnsafeBytes(of: characters) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
  }
}
