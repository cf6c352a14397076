import ConfigFormats
import ProfileRewriter

/// Finds autoconfig files below a directory that the user named: a web root, a provider database, a
/// Thunderbird installation, or one of the directories in them. Nothing else is walked through.
struct AutoconfigLocations {
  let directory: any DirectoryView

  /// Directories with a file for each domain; nil is the named one itself.
  private static let trees: [RelativePath?] = [
    nil, RelativePath(known: "isp"), RelativePath(known: "ispdb"), RelativePath(known: "v1.1"),
    RelativePath(known: "autoconfig/v1.1"),
  ]

  /// Where web servers have the file of their own domain, below the web root or `.well-known`.
  private static let single: [RelativePath] = [
    RelativePath(known: "mail/config-v1.1.xml"),
    RelativePath(known: ".well-known/autoconfig/mail/config-v1.1.xml"),
    RelativePath(known: "autoconfig/mail/config-v1.1.xml"),
  ]

  /// What only homes have. A file that somebody downloaded to the top of theirs is not meant.
  private static let signsOfAHome = Set(
    [
      ".profile", ".bashrc", ".bash_history", ".zshrc", ".config", ".cache", ".local", ".mozilla",
      ".thunderbird", ".ssh", ".gnupg", ".var",
    ].map { Array($0.utf8) })

  /// Larger than any file of a provider database by far.
  private static let largestFile = 1 << 20

  var listings: [ProfileListing] {
    guard let names = try? directory.list(nil), signsOfAHome.isDisjoint(with: names) else {
      return []
    }
    let top = Set(names)
    let places =
      Self.trees.filter { isReachable($0, top) }.flatMap(files)
      + Self.single.filter { isReachable($0, top) }.compactMap(listing)
    return places
  }

  private var signsOfAHome: Set<[UInt8]> { Self.signsOfAHome }

  /// Whether the first directory on the way is there at all.
  private func isReachable(_ path: RelativePath?, _ top: Set<[UInt8]>) -> Bool {
    guard let path else { return true }
    return top.contains(Array(path.bytes.prefix { $0 != UInt8(ascii: "/") }))
  }

  // MARK: Directories of files

  /// Every `*.xml` of a directory in which one is an autoconfig file, and whatever else is one.
  private func files(in tree: RelativePath?) -> [ProfileListing] {
    guard let names = try? directory.list(tree) else { return [] }
    let paths = names.compactMap { name -> RelativePath? in
      guard name.first != UInt8(ascii: "."), let leaf = RelativePath(name) else { return nil }
      return tree?.appending(leaf) ?? leaf
    }
    let named = paths.filter(Self.isNamedXML)
    // Deployed databases name files by the domain alone.
    let others = paths.filter { path in
      !Self.isNamedXML(path) && path.name.contains(UInt8(ascii: ".")) && isAutoconfig(path)
    }
    guard !others.isEmpty || named.contains(where: isAutoconfig) else { return [] }
    return (named + others).sorted().compactMap(listing)
  }

  private static func isNamedXML(_ path: RelativePath) -> Bool {
    ByteText.hasSuffix(ByteText.lowercased(path.name), Array(".xml".utf8))
  }

  /// nil where there is nothing, or a directory.
  private func listing(_ path: RelativePath) -> ProfileListing? {
    var problem: Refusal?
    do throws(Refusal) {
      switch try directory.kind(path) {
      case .file: break
      case .link: problem = Refusal(.symlink, "\(path.shown) is a symbolic link; name its target")
      case .other: problem = Refusal(.notRegular, "\(path.shown) is no regular file")
      case .directory, nil: return nil
      }
    } catch {
      problem = error
    }
    return ProfileListing(
      path: path, shownPath: path.text, problem: problem, isBelowHome: false)
  }

  // MARK: Content

  /// Whether a file seems to be one: cheap, and never wrong about one that is.
  func isAutoconfig(_ path: RelativePath) -> Bool {
    guard let size = try? directory.size(path), size <= Self.largestFile,
      let bytes = try? directory.read(path)
    else { return false }
    // UTF-16 has zeros in between.
    let text =
      bytes.prefix(4).contains(0) || bytes.first ?? 0 >= 0xFE ? bytes.filter { $0 != 0 } : bytes
    return ByteText.contains(text, Array("clientConfig".utf8))
  }
}
