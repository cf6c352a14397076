import ArgumentParser
import ProfileRewriter

/// Many homes at once.
struct FleetOptions: ParsableArguments {
  @Flag(help: "Every home of the user database: root's and those of user ids from 1000.")
  var allUsers = false

  @Option(
    help: ArgumentHelp(
      """
      Read homes (or other PATHs) from this file, one in a line, or from standard input (-); with a \
      zero byte in it, it is taken as `find -print0` writes.
      """,
      valueName: "file"))
  var homesFrom: BytePath?

  @Option(
    help: ArgumentHelp(
      """
      Leave out homes whose path or last name matches; * stands for anything. May be given more than \
      once.
      """,
      valueName: "pattern"))
  var exclude: [BytePath] = []

  /// Whether homes are named in another way than by PATHs.
  var namesHomes: Bool { allUsers || homesFrom != nil }

  var isGiven: Bool { namesHomes || !exclude.isEmpty }

  func validate() throws {
    if allUsers, homesFrom != nil {
      throw ValidationError("give only one of: PATH, --all-users, --homes-from")
    }
  }

  /// What is left of `paths`; a pattern that leaves out nothing is most likely mistyped.
  func excluded(from paths: ByteStrings) -> ByteStrings {
    guard !exclude.isEmpty else { return paths }
    let patterns = exclude.map { PathPattern($0.bytes) }
    var used = Set<Int>()
    var kept = ByteStrings()
    for path in paths {
      let hits = patterns.indices.filter { patterns[$0].matches(path) }
      used.formUnion(hits)
      if hits.isEmpty { kept.append(path) }
    }
    for index in patterns.indices where !used.contains(index) {
      Talk.say("--exclude \(exclude[index].shown) leaves out nothing")
    }
    if kept.count < paths.count {
      Talk.say("\(Talk.count(paths.count - kept.count, "home")) left out by --exclude")
    }
    return kept
  }
}
