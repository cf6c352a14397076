import ConfigFormats
import Synchronization

/// The system's own files, as far as a client's installation is concerned: read-only, and only
/// below the paths that the client's adapter names.
///
/// Links are followed here. The files are the administrator's, and distributions link them about.
public struct InstallationView: DirectoryView {
  private let root: Descriptor
  private let calls: any SystemCalls
  private let allowed: [RelativePath]
  private let reading: RegularFileReading
  public let absolutePath: [UInt8]
  /// What is not there for one user is there for nobody.
  private let absent: AbsentPaths?

  /// - Parameters:
  ///   - allowed: absolute paths; each stands for itself and everything below.
  ///   - root: the directory that stands for "/".
  /// - Throws: `not-found` or `io` when the root cannot be opened.
  public init(
    allowed: [String], root: [UInt8] = [UInt8(ascii: "/")],
    fileSizeLimit: Int = OpenRoot.defaultFileSizeLimit,
    calls: any SystemCalls = LinuxSystemCalls.shared
  ) throws(Refusal) {
    try self.init(
      allowed: allowed, root: root, fileSizeLimit: fileSizeLimit, calls: calls, absent: nil)
  }

  fileprivate init(
    allowed: [String], root: [UInt8], fileSizeLimit: Int = OpenRoot.defaultFileSizeLimit,
    calls: any SystemCalls, absent: AbsentPaths?
  ) throws(Refusal) {
    self.absent = absent
    let opened = try OpenRoot(path: root, followingLink: true, calls: calls)
    self.root = opened.directory
    self.calls = calls
    self.allowed = allowed.compactMap { RelativePath(String($0.drop { $0 == "/" })) }
    reading = RegularFileReading(calls: calls, limit: fileSizeLimit)
    absolutePath = opened.path
  }

  public func read(_ path: RelativePath) throws(Refusal) -> [UInt8]? {
    guard let file = try open(path, .noWait) else { return nil }
    let status = try reading.checkedStatus(file.number, shown(path))
    return try reading.bytes(file.number, shown(path), expecting: status.size)
  }

  /// What a link leads to; nil for one that leads nowhere.
  public func kind(_ path: RelativePath) throws(Refusal) -> EntryKind? {
    try status(path)?.kind
  }

  public func list(_ path: RelativePath?) throws(Refusal) -> [[UInt8]]? {
    guard let path else {
      throw Refusal(.outsideHome, "only the client's own directories are read of the installation")
    }
    guard let directory = try open(path, .directory) else { return nil }
    do {
      return try calls.entries(directory.number).map(\.name).sorted { $0.precedes($1) }
    } catch {
      throw .cannotRead(shown(path), error)
    }
  }

  public func size(_ path: RelativePath) throws(Refusal) -> Int? {
    guard let status = try status(path) else { return nil }
    guard status.kind == .file else { throw .notRegular(shown(path), status) }
    return status.size
  }

  public func rows(_ query: String, of database: RelativePath) throws(Refusal)
    -> [[DatabaseCell]]?
  {
    throw Refusal(.unsupported, "no database of an installation is read")
  }

  private func status(_ path: RelativePath) throws(Refusal) -> FileStatus? {
    guard let entry = try open(path, .handle) else { return nil }
    do { return try calls.status(entry.number) } catch { throw .cannotRead(shown(path), error) }
  }

  private func open(_ path: RelativePath, _ flags: OpenFlags) throws(Refusal) -> Descriptor? {
    guard allowed.contains(where: { $0 == path || path.relative(to: $0) != nil }) else {
      throw Refusal(
        .outsideHome, "\(shown(path).printable) is not part of the client's installation")
    }
    if absent?.contains(path) ?? false { return nil }
    do {
      return Descriptor(try openFollowing(path.bytes, flags), calls)
    } catch {
      switch error {
      case .noEntry, .notDirectory:
        absent?.insert(path)
        return nil
      default: throw .cannotRead(shown(path), error)
      }
    }
  }

  private func openFollowing(_ path: [UInt8], _ flags: OpenFlags) throws(Errno) -> Int32 {
    // EAGAIN: something was renamed, anywhere on the machine, while the kernel looked whether ".." in
    // a link leads out. A busy machine renames often.
    for _ in 0..<64 {
      do {
        return try calls.openInRoot(root.number, path, flags: flags)
      } catch {
        switch error {
        case .tryAgain: continue
        // A kernel or container without openat2. From "/" the answer is the same.
        case .noSystemCall, .notPermitted:
          return try calls.open(root.number, path, flags: flags, mode: 0)
        default: throw error
        }
      }
    }
    throw .tryAgain
  }

  private func shown(_ path: RelativePath) -> [UInt8] {
    (absolutePath == [UInt8(ascii: "/")] ? [] : absolutePath) + [UInt8(ascii: "/")] + path.bytes
  }
}

/// Paths of an installation at which there was nothing, as long as a run takes.
private final class AbsentPaths: Sendable {
  private let paths = Mutex<Set<RelativePath>>([])

  func contains(_ path: RelativePath) -> Bool { paths.withLock { $0.contains(path) } }
  func insert(_ path: RelativePath) { paths.withLock { _ = $0.insert(path) } }
}

/// The clients' installations as one run sees them: each is opened once, and what is not there is
/// looked for once.
final class InstallationViews: Sendable {
  typealias Installation = (view: InstallationView, facts: InstallationFacts)

  private let known = Mutex<[String: Installation]>([:])

  func installation(
    of adapter: any ClientAdapter, root: [UInt8], calls: any SystemCalls
  ) throws(Refusal) -> Installation {
    if let found = known.withLock({ $0[adapter.client] }) { return found }
    let view = try InstallationView(
      allowed: adapter.installationPaths, root: root, calls: calls, absent: AbsentPaths())
    let installation = (view: view, facts: InstallationFacts())
    known.withLock { $0[adapter.client] = installation }
    return installation
  }
}
