import ProfileRewriter

/// Finds the profiles below a home.
///
/// A fresh start of Thunderbird makes two: the one with `Default=1` is empty, the used one is the
/// default of the installation (seen with 153). So every profile with a prefs.js counts, whatever
/// profiles.ini calls it.
struct ProfileLocations {
  private let home: any DirectoryView
  private let spellings: CaseBlind
  private var found: [ProfileListing] = []
  private var seen = Set<[UInt8]>()
  /// False while what the user named is the location itself, and no home is known.
  private var isBelowHome = true

  /// The last is for a location that the user named itself.
  static let homePlaces = KnownLocation.all.map(\.path) + [list]

  init(_ home: any DirectoryView) {
    self.home = home
    spellings = CaseBlind(home)
  }

  func listings() -> [ProfileListing] {
    var search = self
    // The user may have named such a location itself.
    if search.exists(Self.list) {
      search.isBelowHome = false
      search.addProfiles(in: nil, (try? home.list(nil)) ?? nil)
      search.isBelowHome = true
    }
    let names = (try? home.list(nil))??.map(ByteText.lowercased)
    for location in KnownLocation.all {
      if location.system == .linux {
        search.add(location.path)
      } else if names?.contains(location.top) ?? true, let path = search.foreign(location.path) {
        // In most homes there is none of another system, which the names in the home show.
        search.add(path)
      }
    }
    return search.found
  }

  /// A directory of another system as it is spelled here.
  private func foreign(_ location: RelativePath) -> RelativePath? {
    // What is there and cannot be looked into is said; what is not there is not.
    if exists(location) { return location }
    return spellings.spelling(of: location)
  }

  private mutating func add(_ location: RelativePath) {
    do throws(Refusal) {
      // A link or what cannot be listed is looked at more closely; what is no directory is nothing.
      if let names = try? home.list(location) { return addProfiles(in: location, names) }
      switch try home.kind(location) {
      case .directory: addProfiles(in: location, nil)
      case .link: addLink(location)
      case .file, .other, nil: return
      }
    } catch {
      // A link on the way there (~/snap) or a directory that cannot be read.
      addProblem(location.bytes, location, error)
    }
  }

  /// Debian's wrapper makes ~/.thunderbird a link to ~/.icedove, or the other way round: the target
  /// is listed under its own name. Any other link is not followed.
  private mutating func addLink(_ location: RelativePath) {
    let pair = [RelativePath(known: ".thunderbird"), RelativePath(known: ".icedove")]
    if pair.contains(location),
      pair.contains(where: { $0 != location && (try? home.kind($0)) == .directory })
    {
      return
    }
    addProblem(
      location.bytes, location,
      Refusal(
        .symlink, "\(location.text) is a symbolic link; name the directory it leads to as PATH, or give --allow-links"))
  }

  // MARK: One location

  private static let list = RelativePath(known: "profiles.ini")
  private static let lists = [list, RelativePath(known: "installs.ini")]

  /// - Parameter names: what the location holds; nil where it shows no list.
  private mutating func addProfiles(in location: RelativePath?, _ names: [[UInt8]]?) {
    for leaf in Self.lists where names?.contains(leaf.bytes) ?? true {
      do throws(Refusal) {
        let path = Self.join(location, leaf)
        guard let bytes = try home.read(path) else { continue }
        let places = ProfilesINI(parsing: bytes).places
        guard places.count <= ProfileLimits.mostProfiles else {
          throw Refusal(
            .tooLarge,
            "\(path.text) names \(places.count) profiles; one that names more than \(ProfileLimits.mostProfiles) is "
              + "passed over: take out those that are not there")
        }
        for place in places { add(place, from: location) }
      } catch {
        addProblem(Self.join(location, leaf).bytes, location, error)
      }
    }
    addUnlisted(names ?? [], in: location)
  }

  /// Profiles that profiles.ini has lost: beside it, and on Windows and macOS in `Profiles`.
  private mutating func addUnlisted(_ names: [[UInt8]], in location: RelativePath?) {
    for name in names {
      guard let leaf = RelativePath(name), !Self.lists.contains(leaf) else { continue }
      let path = Self.join(location, leaf)
      if name.count == Self.inner.count, ByteText.lowercased(name) == Self.inner, !isProfile(path) {
        for inner in ((try? home.list(path)) ?? nil) ?? [] {
          if let inner = RelativePath(inner) { addUnlisted(path.appending(inner)) }
        }
      } else {
        addUnlisted(path)
      }
    }
  }

  private static let inner = Array("profiles".utf8)

  private mutating func addUnlisted(_ path: RelativePath) {
    guard !seen.contains(path.bytes), isProfile(path) else { return }
    addProfile(path)
  }

  private func isProfile(_ path: RelativePath) -> Bool {
    do throws(Refusal) {
      switch try home.kind(path.appending(.prefsJS)) {
      // Links are not followed: where there is such a file, it lies in a directory.
      case .file: return true
      case nil: return false
      case .directory, .link, .other: break
      }
    } catch {
      // It is there and cannot be reached, or what is on the way to it cannot.
    }
    return (try? home.kind(path)) == .directory
  }

  private mutating func add(_ place: ProfilesINI.Place, from location: RelativePath?) {
    var bytes = place.path
    if place.isAbsolute {
      guard let below = Self.below(home.absolutePath, bytes) else {
        if let path = foreignProfile(bytes, in: location) { return addNamed(path, place) }
        addOutside(bytes)
        return
      }
      bytes = below
    } else if let location {
      bytes = location.bytes + [UInt8(ascii: "/")] + bytes
    }
    guard let path = Self.normalised(bytes) else {
      addOutside(place.path)
      return
    }
    addNamed(onDisk(path), place)
  }

  /// Another system wrote `Profiles/x` and found `profiles/x`.
  private func onDisk(_ path: RelativePath) -> RelativePath {
    guard !exists(path),
      KnownLocation.around(home.absolutePath + [UInt8(ascii: "/")] + path.bytes)?.system
        ?? .linux != .linux
    else { return path }
    return spellings.spelling(of: path) ?? path
  }

  /// The profile that another machine knows by this absolute path, where that leads through the
  /// location itself: `C:\Users\alice\AppData\Roaming\Thunderbird\Profiles\x` is `Profiles/x` in it.
  private func foreignProfile(_ path: [UInt8], in location: RelativePath?) -> RelativePath? {
    let here = home.absolutePath + (location.map { [UInt8(ascii: "/")] + $0.bytes } ?? [])
    guard let known = KnownLocation.around(here), known.system != .linux else { return nil }
    let spelled = ForeignPath.withSlashes(path)
    let folded = ByteText.lowercased(spelled)
    let middle = ByteText.lowercased(Array("/\(known.path.text)/".utf8))
    guard folded.count == spelled.count,
      let range = ByteText.firstRange(of: middle, in: folded[...]),
      let rest = Self.normalised(Array(spelled[range.upperBound...]))
    else { return nil }
    let found = spellings.spelling(of: Self.join(location, rest))
    return found.flatMap { isProfile($0) ? $0 : nil }
  }

  private mutating func addNamed(_ path: RelativePath, _ place: ProfilesINI.Place) {
    // One profile is named in several places.
    if seen.contains(path.bytes) { return }
    if isProfile(path) { return addProfile(path) }
    do throws(Refusal) {
      switch try home.kind(path) {
      // The empty one of a fresh start: it has no preferences.
      case .directory: return
      case .link:
        addProblem(
          path.bytes, path, Refusal(.symlink, "the profile \(path.text) is a symbolic link"))
      case .file, .other:
        addProblem(
          path.bytes, path, Refusal(.notRegular, "the profile \(path.text) is no directory"))
      case nil:
        guard place.isListed else { return }
        addProblem(
          path.bytes, path,
          Refusal(.notFound, "profiles.ini names \(path.text), which is not there"))
      }
    } catch {
      addProblem(path.bytes, path, error)
    }
  }

  // MARK: Listing

  private mutating func addProfile(_ path: RelativePath) {
    guard seen.insert(path.bytes).inserted else { return }
    found.append(ProfileListing(path: path, shownPath: path.text, isBelowHome: isBelowHome))
  }

  private mutating func addOutside(_ place: [UInt8]) {
    addProblem(
      place, nil,
      Refusal(
        .outsideHome, "the profile \(place.shown) lies outside the home; name it as PATH"))
  }

  private mutating func addProblem(
    _ place: [UInt8], _ path: RelativePath?, _ problem: Refusal
  ) {
    guard seen.insert(place).inserted else { return }
    found.append(
      ProfileListing(
        path: path, shownPath: place.shown, problem: problem, isBelowHome: isBelowHome))
  }

  private func exists(_ path: RelativePath) -> Bool {
    do { return try home.kind(path) != nil } catch { return true }
  }

  // MARK: Paths

  private static func join(_ location: RelativePath?, _ leaf: RelativePath) -> RelativePath {
    location?.appending(leaf) ?? leaf
  }

  /// `path` below `directory`, both absolute.
  private static func below(_ directory: [UInt8], _ path: [UInt8]) -> [UInt8]? {
    let slash = UInt8(ascii: "/")
    let prefix = directory.last == slash ? directory : directory + [slash]
    guard path.starts(with: prefix) else { return nil }
    return Array(path.dropFirst(prefix.count))
  }

  /// Without `.` and `..`, by name alone: a link is never followed on the way. nil outside.
  private static func normalised(_ path: [UInt8]) -> RelativePath? {
    if let path = RelativePath(path) { return path }
    var parts: [ArraySlice<UInt8>] = []
    for part in path.split(separator: UInt8(ascii: "/")) {
      if part.elementsEqual(".".utf8) { continue }
      if part.elementsEqual("..".utf8) {
        guard parts.popLast() != nil else { return nil }
      } else {
        parts.append(part)
      }
    }
    return RelativePath(Array(parts.joined(separator: [UInt8(ascii: "/")])))
  }
}
