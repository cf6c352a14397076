import ConfigFormats
import ProfileRewriter

/// Where generated files go: a directory below which nothing is followed out of it, and in which a
/// file that is there already is replaced only on request.
public struct OutputDirectory {
  public enum Outcome: String, Sendable, Hashable, CaseIterable {
    case created
    case replaced
    /// The file had these bytes already.
    case unchanged
  }

  private let root: OpenRoot
  private static let fileMode: UInt32 = 0o644
  private static let directoryMode: UInt32 = 0o755

  /// - Parameter path: absolute. It is made if only its last component is missing. A link is
  ///   followed: the user named it.
  /// - Throws: `not-found` where its parent is missing, `not-regular`, `io`.
  public init(path: [UInt8]) throws(Refusal) {
    do {
      root = try OpenRoot(path: path, followingLink: true)
    } catch {
      guard error.reason == .notFound, let slash = path.lastIndex(of: UInt8(ascii: "/")),
        let name = RelativePath(path[(slash + 1)...])
      else { throw error }
      let parent = try OpenRoot(
        path: slash == 0 ? [UInt8(ascii: "/")] : Array(path[..<slash]), followingLink: true)
      try parent.makeDirectory(name, like: nil, mode: Self.directoryMode)
      root = try OpenRoot(path: path, followingLink: true)
    }
  }

  /// Writes all files, or none where one of them must not be written. Each is whole at every moment.
  /// - Parameter replacing: whether files with other bytes may be replaced.
  /// - Throws: `exists` for such a file; `symlink`, `not-regular`, `metadata`, `io`. A failing disk
  ///   may leave some of the files written; the same call completes them.
  public func write(
    _ files: [GeneratedFile], replacing: Bool
  ) throws(Refusal) -> [Outcome] {
    var places: [(path: RelativePath, before: FileState?)] = []
    for file in files {
      guard let path = RelativePath(file.path) else {
        throw Refusal(.outsideHome, "\(file.path.printable) is no path below a directory")
      }
      places.append((path, try root.state(path)))
    }
    let differing = zip(files, places).filter { file, place in
      place.before.map { $0.sha256 != SHA256.hash(file.bytes) } ?? false
    }
    if !replacing, let first = differing.first {
      let others = differing.count > 1 ? " and \(differing.count - 1) more" : ""
      throw Refusal(
        .exists,
        "\(root.absolute(first.1.path).printable)\(others) exists already with another content; "
          + "nothing was written. --force replaces it")
    }
    var outcomes: [Outcome] = []
    for (file, place) in zip(files, places) {
      outcomes.append(try write(file, to: place.path, before: place.before))
    }
    return outcomes
  }

  /// Those of `paths` that are there.
  public func present(_ paths: [String]) throws(Refusal) -> [String] {
    var found: [String] = []
    for path in paths {
      if let place = RelativePath(path), try root.status(place) != nil { found.append(path) }
    }
    return found
  }

  private func write(
    _ file: GeneratedFile, to path: RelativePath, before: FileState?
  ) throws(Refusal) -> Outcome {
    guard let before else {
      try makeDirectories(for: path)
      try root.commit(
        root.stageCreation(of: path, with: file.bytes, like: nil, mode: Self.fileMode))
      return .created
    }
    guard before.sha256 != SHA256.hash(file.bytes) else { return .unchanged }
    try root.commit(
      root.stageReplacement(of: path, with: file.bytes, expecting: before.sha256))
    return .replaced
  }

  private func makeDirectories(for path: RelativePath) throws(Refusal) {
    guard let parent = path.parent else { return }
    if try root.status(parent) != nil { return }
    try makeDirectories(for: parent)
    try root.makeDirectory(parent, like: nil, mode: Self.directoryMode)
  }
}
