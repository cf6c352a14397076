/// Which program opens a profile, and on which system: a client has relatives, and a file server holds
/// profiles of other systems.
public struct ProfileOrigin: Sendable, Hashable {
  public enum System: String, Sendable, Hashable, CaseIterable {
    case linux
    case windows
    case macos

    /// For people.
    public var name: String {
      switch self {
      case .linux: "Linux"
      case .windows: "Windows"
      case .macos: "macOS"
      }
    }
  }

  /// In lower case, without blanks: `seamonkey`.
  public var program: String
  public var system: System

  public init(program: String, system: System) {
    self.program = program
    self.system = system
  }

  /// Whether the program runs on another machine, where the lock that it holds cannot be seen from here.
  public var isElsewhere: Bool { system != .linux }
}
