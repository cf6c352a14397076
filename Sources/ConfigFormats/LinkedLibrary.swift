import CXMLBridge

/// A library that this process runs with, as it names itself at run time: the one of the system, not the
/// one of the build.
public struct LinkedLibrary: Sendable, Hashable {
  public let name: String
  public let version: String

  public init(name: String, version: String) {
    self.name = name
    self.version = version
  }

  /// What decides whether XML is well-formed.
  public static var xml: LinkedLibrary {
    let number = xml_bridge_version()
    return LinkedLibrary(
      name: "libxml2", version: "\(number / 10_000).\(number / 100 % 100).\(number % 100)")
  }
}
