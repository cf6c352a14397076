import ArgumentParser
import Glibc
import ProfileRewriter

/// Where a home's base directories lie, for clients that keep them apart (Evolution).
struct XDGOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      """
      The home's configuration directory (default: in your own home $XDG_CONFIG_HOME, else \
      .config).
      """, valueName: "directory"))
  var xdgConfig: BytePath?

  @Option(
    help: ArgumentHelp(
      """
      The home's data directory (default: in your own home $XDG_DATA_HOME, else .local/share).
      """, valueName: "directory"))
  var xdgData: BytePath?

  @Option(
    help: ArgumentHelp(
      "The home's cache directory (default: in your own home $XDG_CACHE_HOME, else .cache).",
      valueName: "directory"))
  var xdgCache: BytePath?

  var isGiven: Bool { xdgConfig != nil || xdgData != nil || xdgCache != nil }

  func requireOneHome(_ areSeveral: Bool) throws {
    guard isGiven, areSeveral else { return }
    throw ValidationError("--xdg-config, --xdg-data and --xdg-cache hold for one home")
  }

  /// By home. What the environment says holds for the caller's own home alone.
  func directories(of homes: ByteStrings) throws(Fatal) -> [[UInt8]: XDGDirectories] {
    var result: [[UInt8]: XDGDirectories] = [:]
    if let own = try? Homes.own(), homes.contains(own) {
      result[own] = XDGDirectories(
        config: Self.variable("XDG_CONFIG_HOME"), data: Self.variable("XDG_DATA_HOME"),
        cache: Self.variable("XDG_CACHE_HOME"))
    }
    guard isGiven, let home = homes.first else { return result }
    var named = result[home] ?? XDGDirectories()
    if let xdgConfig { named.config = try AbsolutePath.from(xdgConfig.bytes) }
    if let xdgData { named.data = try AbsolutePath.from(xdgData.bytes) }
    if let xdgCache { named.cache = try AbsolutePath.from(xdgCache.bytes) }
    result[home] = named
    return result
  }

  /// A relative path counts as unset (XDG Base Directory Specification).
  private static func variable(_ name: String) -> [UInt8]? {
    guard let value = getenv(name), value.pointee == CChar(UInt8(ascii: "/")) else { return nil }
    return AbsolutePath.normalised(AbsolutePath.bytes(value))
  }
}
