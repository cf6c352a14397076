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
      let parent = try Self.parent(slash == 0 ? [UInt8(ascii: "/")] : Array(path[..<slash]))
      try parent.makeDirectory(name, like: nil, mode: Self.directoryMode)
      root = try OpenRoot(path: path, followingLink: true)
    }
  }

  private static func parent(_ path: [UInt8]) throws(Refusal) -> OpenRoot {
    do { return try OpenRoot(path: path, followingLink: true) } catch {
      guard error.reason == .notFound else { throw error }
      throw Refusal(
        .notFound,
        "there is no \(path.printable); make it first: only the last directory of a path is made")
    }
  }

  /// Writes all files, or none where one of them must not be written. Each is whole at every moment.
  /// - Parameter replacing: whether files with other bytes may be replaced.
  /// - Throws: `exists` for such a file, and whatever is asked for where the web root is another
  ///   domain's; `symlink`, `not-regular`, `metadata`, `io`. A failing disk
  ///   may leave some of the files written; the same call completes them.
  public func write(
    _ files: [GeneratedFile], replacing: Bool
  ) throws(Refusal) -> [Outcome] {
    try checkOwners(of: files)
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
      let isOne = differing.count == 1
      throw Refusal(
        .exists,
        root.absolute(first.1.path).printable
          + (isOne ? " exists" : " and \(differing.count - 1) more exist")
          + " already with another content; nothing was written. --force replaces "
          + (isOne ? "it" : "them"))
    }
    var outcomes: [Outcome] = []
    for (file, place) in zip(files, places) {
      outcomes.append(try write(file, to: place.path, before: place.before))
    }
    return outcomes
  }

  // MARK: Whose web root it is

  /// In one web root the files of one domain have the names of any other's: replaced, they would
  /// answer for a domain whose DNS records and web server still lead to them.
  private func checkOwners(of files: [GeneratedFile]) throws(Refusal) {
    var checked: Set<String> = []
    for file in files {
      guard let webRoot = file.webRoot, checked.insert(webRoot).inserted else { continue }
      guard let owner = owner(of: webRoot, for: file.domain) else { continue }
      throw Refusal(
        .exists,
        "\(owner.file.printable) is of \(owner.domain.printable), whose DNS records and web server "
          + "would lead to the settings of \(file.domain.display) then; nothing was written. Give each "
          + "a directory of its own: another --out, or --settings with both domains in it")
    }
  }

  /// The domain that what lies in a web root is for, and the file that tells; nil where that is
  /// `domain`, or not known.
  private func owner(of webRoot: String, for domain: DomainName) -> (file: [UInt8], domain: String)?
  {
    for path in WebFile.autoconfigPaths {
      // What cannot be read tells nothing; whether it can be replaced is looked at by itself.
      guard let place = RelativePath(webRoot + path), let bytes = try? root.read(place),
        let providers = try? ClientConfigFile.read(bytes, name: path)
      else { continue }
      let domains = providers.flatMap(\.domains)
      guard let first = domains.first else { continue }
      // A placeholder stands for any.
      let isOurs = domains.contains { $0 == domain.ascii || Placeholder.mayStand(in: $0) }
      return isOurs ? nil : (root.absolute(place), first)
    }
    guard let directory = RelativePath(webRoot + "mail"), let names = try? root.list(directory)
    else { return nil }
    let ending = Array(".mobileconfig".utf8)
    let profiles = names.filter {
      $0.count > ending.count && $0.suffix(ending.count) == ending[...]
    }
    let owners = profiles.map { String(decoding: $0.dropLast(ending.count), as: UTF8.self) }
    guard let first = owners.first, !owners.contains(domain.ascii),
      let place = RelativePath("\(webRoot)mail/\(first).mobileconfig")
    else { return nil }
    return (root.absolute(place), first)
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
