import ConfigFormats

/// Directories of a home into which nobody may look. Every place below one where a client might keep a profile
/// cannot be read; that is one thing to say, and no profile is known to be there.
struct UnsearchableDirectories {
  typealias Found = (profile: FoundProfile, path: RelativePath?)

  let root: OpenRoot

  /// What was found, with one problem for each such directory.
  /// - Throws: `io` where the home itself is one.
  func gathered(_ found: [Found]) throws(Refusal) -> [FoundProfile] {
    // Mostly there is none.
    guard found.contains(where: { if case .problem = $0.profile { true } else { false } }) else {
      return found.map(\.profile)
    }
    var result: [FoundProfile] = []
    var known: [RelativePath: (index: Int, name: ProfileName, refusal: Refusal)] = [:]
    for (profile, path) in found {
      guard case .problem(let name, let problem) = profile, problem.reason == .io, let path,
        let (directory, refusal) = try first(onTheWayTo: path)
      else {
        result.append(profile)
        continue
      }
      if var place = known[directory] {
        // Whose place it is cannot be said any more.
        if place.name.client != name.client { place.name.client = "" }
        known[directory] = place
        result[place.index] = .problem(place.name, place.refusal)
        continue
      }
      var place = name
      place.profile = name.home == nil ? root.absolute(directory) : directory.bytes
      known[directory] = (result.count, place, refusal)
      result.append(.problem(place, refusal))
    }
    return result
  }

  /// - Throws: `io` where nobody may look into the home.
  func requireSearchableRoot() throws(Refusal) {
    if let refusal = refusal(below: nil) { throw refusal }
  }

  private func first(
    onTheWayTo path: RelativePath
  ) throws(Refusal) -> (directory: RelativePath, Refusal)? {
    try requireSearchableRoot()
    var directories = [path]
    while let parent = directories[0].parent { directories.insert(parent, at: 0) }
    for directory in directories {
      if let refusal = refusal(below: directory) { return (directory, refusal) }
    }
    return nil
  }

  /// What is not there can be asked for wherever one may look.
  private static let absent = ".profile-rewriter-asks"

  private func refusal(below directory: RelativePath?) -> Refusal? {
    guard let name = RelativePath(Array(Self.absent.utf8)) else { return nil }
    do throws(Refusal) {
      _ = try root.kind(directory?.appending(name) ?? name)
      return nil
    } catch {
      guard error.reason == .io else { return nil }
      return Refusal(.io, error.text.replacing("/" + Self.absent, with: ""))
    }
  }
}
