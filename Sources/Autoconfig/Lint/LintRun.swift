import ConfigFormats
import ProfileRewriter

/// Lints files and whole directories.
public struct LintRun {
  /// One file or directory to be checked.
  public struct Target: Sendable {
    /// As it was written, for output.
    public var shown: [UInt8]
    /// Absolute, without "." and "..".
    public var path: [UInt8]

    public init(shown: [UInt8], path: [UInt8]) {
      self.shown = shown
      self.path = path
    }
  }

  public struct Summary: Sendable, Hashable {
    public var files = 0
    public var errors = 0
    public var warnings = 0
    public var notes = 0

    mutating func count(_ file: LintedFile) {
      files += 1
      for finding in file.findings {
        switch finding.severity {
        case .error: errors += 1
        case .warning: warnings += 1
        case .note: notes += 1
        }
      }
    }
  }

  private let shouldStop: () -> Bool
  private var files: [LintedFile] = []

  /// - Parameter shouldStop: asked before each file.
  public init(shouldStop: @escaping () -> Bool = { false }) { self.shouldStop = shouldStop }

  /// Every file is handed over in the order of the targets, those of a directory by name, each with
  /// what the others in its directory have to do with it.
  public mutating func run(_ targets: [Target], _ body: (LintedFile) -> Void) -> Summary {
    for target in targets where !shouldStop() { lint(target) }
    DirectoryChecks.check(&files)
    OutputComparison.check(&files)
    var summary = Summary()
    for var file in files {
      file.sortFindings()
      summary.count(file)
      body(file)
    }
    return summary
  }

  private mutating func lint(_ target: Target) {
    do throws(Refusal) {
      var walk = LintWalk(shouldStop: shouldStop)
      let before = files.count
      try walk.visit(target) { files.append($0) }
      if files.count == before, !shouldStop() {
        throw Refusal(.notFound, "\(target.path.printable) holds no autoconfig file")
      }
    } catch {
      files.append(Linter.unreadable(target.shown, error))
    }
  }
}

/// Goes through a directory. Files may be links; directories that are links are left out, so that
/// none comes twice.
private struct LintWalk {
  let shouldStop: () -> Bool
  private static let deepest = 16

  init(shouldStop: @escaping () -> Bool) { self.shouldStop = shouldStop }

  mutating func visit(
    _ target: LintRun.Target, _ body: (LintedFile) -> Void
  ) throws(Refusal) {
    guard let place = Self.relative(target.path) else {
      try visit(target.shown, root: target.path, body)
      return
    }
    let view = try Self.view(target.path)
    switch try view.kind(place) {
    case .directory: try visit(target.shown, root: target.path, body)
    case .file: body(Self.lint(try view.read(place) ?? [], target.shown))
    case nil: throw Refusal(.notFound, "there is no \(target.path.printable)")
    default:
      throw Refusal(.notRegular, "\(target.path.printable) is neither a file nor a directory")
    }
  }

  private static func relative(_ path: [UInt8]) -> RelativePath? {
    RelativePath(Array(path.drop { $0 == UInt8(ascii: "/") }))
  }

  /// Of one place that the user named; links on the way are followed.
  private static func view(_ path: [UInt8]) throws(Refusal) -> InstallationView {
    guard let text = String(validating: path, as: UTF8.self) else {
      throw Refusal(
        .unsupported, "\(path.printable) is not UTF-8; name the directory that it is in")
    }
    return try InstallationView(allowed: [text], fileSizeLimit: Linter.limits.bytes)
  }

  private func visit(
    _ shown: [UInt8], root path: [UInt8], _ body: (LintedFile) -> Void
  ) throws(Refusal) {
    let root = try OpenRoot(path: path, followingLink: true, fileSizeLimit: Linter.limits.bytes)
    let isClosed = shown.last == UInt8(ascii: "/")
    try visit(nil, isClosed ? shown.dropLast() : shown, root, 0, body)
  }

  private func visit(
    _ directory: RelativePath?, _ shown: [UInt8], _ root: OpenRoot, _ depth: Int,
    _ body: (LintedFile) -> Void
  ) throws(Refusal) {
    for name in try root.list(directory) ?? [] where !shouldStop() {
      guard let member = RelativePath(name) else { continue }
      let place = directory.map { $0.appending(member) } ?? member
      let shownMember = shown + [UInt8(ascii: "/")] + name
      do throws(Refusal) {
        let kind = try root.kind(place)
        if kind == .directory {
          guard depth < Self.deepest, Self.isEntered(name) else { continue }
          try visit(place, shownMember, root, depth + 1, body)
        } else if let file = try read(place, kind, name, shownMember, root) {
          body(file)
        }
      } catch {
        body(Linter.unreadable(shownMember, error))
      }
    }
  }

  /// Hidden directories are others' business, but for the one that web servers know.
  private static func isEntered(_ name: [UInt8]) -> Bool {
    name.first != UInt8(ascii: ".") || name.elementsEqual(".well-known".utf8)
  }

  /// nil for what is none of ours.
  private func read(
    _ place: RelativePath, _ kind: EntryKind?, _ name: [UInt8], _ shown: [UInt8], _ root: OpenRoot
  ) throws(Refusal) -> LintedFile? {
    let text = String(decoding: name, as: UTF8.self).lowercased()
    let isNamed =
      [".xml", ".mobileconfig"].contains(where: text.hasSuffix)
      || name.elementsEqual("user-agent-configuration.json".utf8)
    guard name.first != UInt8(ascii: "."), isNamed || kind == .file else { return nil }
    var bytes: [UInt8] = []
    if kind == .link {
      bytes = try readLink(root.absolute(place))
    } else {
      // What has another name is looked into only where it can be one.
      if !isNamed, let size = try root.size(place), size > Linter.limits.bytes { return nil }
      bytes = try root.read(place) ?? []
    }
    guard isNamed || Self.isAutoconfig(bytes) else { return nil }
    return Self.lint(bytes, shown)
  }

  private func readLink(_ path: [UInt8]) throws(Refusal) -> [UInt8] {
    guard let place = Self.relative(path), let bytes = try Self.view(path).read(place) else {
      throw Refusal(.notFound, "\(path.printable) leads nowhere")
    }
    return bytes
  }

  /// Whether a file without a telling name is one all the same.
  private static func isAutoconfig(_ bytes: [UInt8]) -> Bool {
    let head = String(decoding: bytes.prefix(2048).filter { $0 != 0 }, as: UTF8.self)
    return head.contains("<clientConfig")
  }

  private static func lint(_ bytes: [UInt8], _ path: [UInt8]) -> LintedFile {
    let file = String(decoding: path, as: UTF8.self)
    let name = file.lowercased()
    var result =
      if name.hasSuffix(".mobileconfig") {
        OtherOutputs.mobileConfig(bytes, file: file)
      } else if name.hasSuffix("user-agent-configuration.json") {
        OtherOutputs.pacc(bytes, file: file)
      } else {
        Linter.lint(bytes, file: file)
      }
    result.path = path
    return result
  }
}
