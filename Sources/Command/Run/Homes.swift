import Glibc
import ProfileRewriter

/// Homes of the people on this machine.
enum Homes {
  /// Accounts below this are the system's own (Debian's UID_MIN), root excepted.
  private static let firstPerson: uid_t = 1000

  /// The caller's own home: $HOME, else the user database's.
  static func own() throws(Fatal) -> [UInt8] {
    if let value = getenv("HOME") {
      let path = AbsolutePath.bytes(value)
      if path.first == UInt8(ascii: "/") { return AbsolutePath.normalised(path) }
    }
    guard let entry = getpwuid(getuid()), let directory = entry.pointee.pw_dir else {
      throw Fatal(code: "usage", "HOME is not set; name a home as PATH", status: .usage)
    }
    return AbsolutePath.normalised(AbsolutePath.bytes(directory))
  }

  struct Found {
    /// In the order of the user database, each once.
    var homes = ByteStrings()
    /// Whose they should be.
    var owners = HomeOwners()
    /// People whose home is not there.
    var missing = 0

    /// Says how many there are and where they come from. A directory service mostly answers for a
    /// name and lists nobody (SSSD's `enumerate` is off unless asked for).
    func say() {
      let sources = NameServices.ofUsers()
      let places = sources.isEmpty ? "" : " (\(sources.joined(separator: ", ")))"
      let absent = missing > 0 ? "; \(Talk.count(missing, "user")) without one" : ""
      Talk.say(
        "reading \(Talk.count(homes.count, "home")) of the user database\(places)\(absent)")
      let silent = sources.filter(NameServices.mayListNobody)
      guard !silent.isEmpty else { return }
      Talk.say(
        "\(silent.joined(separator: " and ")) may not list everybody: name homes that are missing by "
          + "--homes-from")
    }
  }

  /// The homes of root and of every person in the user database.
  static func all() -> Found {
    var homes = ByteStrings()
    var owners: [UInt32] = []
    setpwent()
    while let entry = getpwent() {
      guard entry.pointee.pw_uid == 0 || entry.pointee.pw_uid >= firstPerson,
        let directory = entry.pointee.pw_dir, directory.pointee == CChar(UInt8(ascii: "/"))
      else { continue }
      let home = AbsolutePath.normalised(AbsolutePath.bytes(directory))
      guard home.count > 1 else { continue }
      homes.append(home)
      owners.append(entry.pointee.pw_uid)
    }
    endpwent()
    var found = Found(owners: HomeOwners(homes, owners))
    for home in homes.withoutRepetitions() {
      if isThere(home) { found.homes.append(home) } else { found.missing += 1 }
    }
    return found
  }

  /// Also one that shows root nothing of itself: it is opened as its owner.
  private static func isThere(_ home: [UInt8]) -> Bool {
    let path = home.map { CChar(bitPattern: $0) } + [0]
    var status = stat()
    guard stat(path, &status) == 0 else { return errno == EACCES }
    return status.st_mode & S_IFMT == S_IFDIR
  }
}
