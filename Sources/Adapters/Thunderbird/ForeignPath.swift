import ConfigFormats
import ProfileRewriter

/// Absolute paths as another system spells them.
enum ForeignPath {
  private static let slash = UInt8(ascii: "/")
  private static let backslash = UInt8(ascii: "\\")

  /// `C:\…` or `\\server\share\…`.
  static func isOfWindows(_ path: [UInt8]) -> Bool {
    if path.starts(with: [backslash, backslash]) { return true }
    guard path.count >= 3, path[1] == UInt8(ascii: ":") else { return false }
    return (0x61...0x7A).contains(path[0] | 0x20) && [slash, backslash].contains(path[2])
  }

  /// With `/` between the parts, whatever the system; as many bytes as before.
  static func withSlashes(_ path: [UInt8]) -> [UInt8] {
    guard isOfWindows(path) else { return path }
    return path.map { $0 == backslash ? slash : $0 }
  }

  /// What stands before `tail`; nil for a path that does not end so. Windows knows no case.
  static func base(of path: [UInt8], before tail: RelativePath) -> [UInt8]? {
    let end = [slash] + tail.bytes
    guard path.count > end.count else { return nil }
    let isSame = isSame(
      Array(withSlashes(path).suffix(end.count)), end, ofWindows: isOfWindows(path))
    return isSame ? Array(path.dropLast(end.count)) : nil
  }

  /// `path` below `base`, spelled with `/`; nil for one that does not lie there.
  static func part(of path: [UInt8], below base: [UInt8]) -> RelativePath? {
    let spelled = withSlashes(path)
    guard spelled.count > base.count + 1, spelled[base.count] == slash,
      isSame(
        Array(spelled.prefix(base.count)), withSlashes(base), ofWindows: isOfWindows(path))
    else { return nil }
    return RelativePath(spelled[(base.count + 1)...])
  }

  static func joined(_ base: [UInt8], _ path: RelativePath) -> [UInt8] {
    let isOfWindows = isOfWindows(base)
    let rest = ([slash] + path.bytes).map { $0 == slash && isOfWindows ? backslash : $0 }
    return base + rest
  }

  private static func isSame(_ left: [UInt8], _ right: [UInt8], ofWindows: Bool) -> Bool {
    left == right || (ofWindows && ByteText.lowercased(left) == ByteText.lowercased(right))
  }

  /// Where the profile lies by its own account: what stands before the relative form in each absolute
  /// one beside it, each once; the first ones of very many.
  static func profileRoots(in prefs: PrefsDocument) -> [[UInt8]] {
    let lead = Array("[ProfD]".utf8)
    var roots: [[UInt8]] = []
    var seen = Set<[UInt8]>()
    for key in prefs.keys(withPrefix: "mail.") where key.hasSuffix("-rel") {
      guard let relative = prefs[key]?.stringBytes, relative.starts(with: lead),
        let tail = RelativePath(relative[lead.count...]),
        let absolute = prefs[String(key.dropLast("-rel".count))]?.stringBytes,
        let base = base(of: absolute, before: tail), seen.insert(base).inserted
      else { continue }
      roots.append(base)
      if roots.count == ProfileLimits.mostRoots { break }
    }
    return roots
  }
}

/// Finds what a system without case wrote on one that has it. It remembers what it lists: not for longer than one
/// look at a home or profile.
final class CaseBlind {
  private let view: any DirectoryView
  /// Of a directory, by their lower case, the names that are the only ones of it; nil for several.
  private var listings: [RelativePath?: [[UInt8]: [UInt8]?]] = [:]

  init(_ view: any DirectoryView) { self.view = view }

  /// `path` as it is spelled here: itself where that is there, else the only spelling of it that is. nil where there is
  /// none, or several.
  func spelling(of path: RelativePath) -> RelativePath? {
    if exists(path) { return path }
    var found: RelativePath?
    for part in path.bytes.split(separator: UInt8(ascii: "/")) {
      guard let leaf = RelativePath(part) else { return nil }
      let exact = found?.appending(leaf) ?? leaf
      if exists(exact) {
        found = exact
        continue
      }
      guard let only = names(in: found)[ByteText.lowercased(Array(part))] ?? nil,
        let name = RelativePath(only)
      else { return nil }
      found = found?.appending(name) ?? name
    }
    return found
  }

  private func exists(_ path: RelativePath) -> Bool { ((try? view.kind(path)) ?? nil) != nil }

  private func names(in directory: RelativePath?) -> [[UInt8]: [UInt8]?] {
    if let known = listings[directory] { return known }
    var names: [[UInt8]: [UInt8]?] = [:]
    for name in ((try? view.list(directory)) ?? nil) ?? [] {
      let folded = ByteText.lowercased(name)
      names.updateValue(names[folded] == nil ? name : nil, forKey: folded)
    }
    listings[directory] = names
    return names
  }
}
