import ConfigFormats
import ProfileRewriter

/// Copies of the POP logins for the IMAP servers, and of logins for sending that moves.
///
/// Thunderbird looks a password up by scheme and host (no port), so even with the same host name an
/// `imap://` entry is needed. Entries of two users on one host cannot be told apart without the
/// key, so all are copied; the ciphertext is not bound to the host (seen with Thunderbird 153). The
/// POP entries stay for undo and for accounts that stay POP.
struct SavedLogins {
  private let document: LoginsDocument?
  /// Pairs of hosts and the accounts that move from the one to the other.
  private var moves: [Move] = []

  private struct Move {
    var origin: String
    var destination: String
    var users: [String]
  }

  /// - Throws: `password-store` where logins.json is not the store that the client reads; `syntax`
  ///   for a broken one.
  init(_ profile: LoadedProfile) throws(Refusal) {
    try PasswordStore.check(profile)
    guard let bytes = try profile.directory.read(.loginsJSON) else {
      document = nil
      return
    }
    do {
      document = try LoginsDocument(parsing: bytes)
    } catch {
      throw Refusal(
        syntax: error, in: .loginsJSON, root: profile.directory.absolutePath, sensitive: true)
    }
  }

  /// Notes that an account needs the logins of its old host for its new one.
  mutating func add(_ job: SwitchJob) -> [Warning] {
    let origin = "mailbox://\(job.old.host.lowercased())"
    let destination = "imap://\(job.target.host)"
    move(origin, to: destination, users: [job.user])
    let logins = document?.logins ?? []
    guard job.target.auth.asksForPassword,
      !logins.contains(where: { $0.isFor(origin) || $0.isFor(destination) })
    else { return [] }
    return [
      Warning(
        .noSavedPassword,
        "no password for \(job.old.host) is saved; Thunderbird asks for it at its next start")
    ]
  }

  /// Notes that accounts need the logins of one host for another; both with their scheme, in lower
  /// case.
  mutating func move(_ origin: String, to destination: String, users: [String]) {
    if let place = moves.firstIndex(where: {
      $0.origin == origin && $0.destination == destination
    }) {
      moves[place].users += users.filter { !moves[place].users.contains($0) }
    } else {
      moves.append(Move(origin: origin, destination: destination, users: users))
    }
  }

  func contains(where isWanted: (SavedLogin) -> Bool) -> Bool {
    document?.logins.contains(where: isWanted) ?? false
  }

  /// The edits of logins.json, or nil where there is nothing to copy.
  func file(choices: inout PlanChoices) throws(Refusal) -> PlannedFile? {
    guard let document else { return nil }
    var edits: [PlannedEdit] = []
    var copies = 0
    for move in moves {
      for login in document.logins where login.isFor(move.origin) {
        if let present = copy(of: login, at: move.destination, in: document) {
          edits.append(present.edit(users: move.users))
        } else {
          edits.append(try added(login, move, number: copies, document, &choices))
          copies += 1
        }
      }
    }
    guard !edits.isEmpty else { return nil }
    if copies > 0 { edits.insert(try counter(document, copies: copies), at: 0) }
    return PlannedFile(
      path: .loginsJSON, work: .edit(source: document.source, edits: edits, branches: []),
      sensitive: true, users: users(of: edits))
  }

  private func users(of edits: [PlannedEdit]) -> [String] {
    var seen = Set<String>()
    return edits.flatMap(\.users).filter { seen.insert($0).inserted }
  }

  /// An earlier copy of the same entry: nobody else's has the same ciphertext.
  private func copy(
    of login: SavedLogin, at destination: String, in document: LoginsDocument
  ) -> PresentLogin? {
    guard let username = login.encryptedUsername else { return nil }
    return document.logins.lazy.filter {
      $0.isFor(destination) && $0.encryptedUsername == username
    }.compactMap { PresentLogin($0) }.first
  }

  private func added(
    _ login: SavedLogin, _ move: Move, number: Int, _ document: LoginsDocument,
    _ choices: inout PlanChoices
  ) throws(Refusal) -> PlannedEdit {
    var guid = "{\(choices.newGUID())}"
    while document.value(forKey: LoginsDocument.key(ofLogin: guid)) != nil {
      guid = "{\(choices.newGUID())}"
    }
    let host = JSONSpelling.string(move.destination)
    do {
      let json = try login.node.rawBytes(replacingMembers: [
        ("id", Array(String(try nextID(document) + number).utf8)), ("hostname", host),
        ("httpRealm", host), ("guid", JSONSpelling.string(guid)),
      ])
      return PlannedEdit(
        key: LoginsDocument.key(ofLogin: guid), before: nil, after: login.fingerprintedBytes,
        secret: true, recipe: "copy of login \(login.guid ?? "?") as \(move.destination)",
        edits: try document.json.edits(appending: json, toArrayAt: "/logins"), rule: .record,
        users: move.users)
    } catch let error as KeyedDocumentError {
      throw Self.unusual("\(error)")
    } catch {
      throw Self.unusual("an entry lacks a field")
    }
  }

  private func counter(
    _ document: LoginsDocument, copies: Int
  ) throws(Refusal) -> PlannedEdit {
    let next = try nextID(document)
    do {
      let value = Array(String(next + copies).utf8)
      return PlannedEdit(
        key: LoginsDocument.nextIDKey, before: document.value(forKey: LoginsDocument.nextIDKey),
        after: value, edits: try document.json.edits(replacing: "/nextId", with: value),
        rule: .counter, users: moves.flatMap(\.users))
    } catch {
      throw Self.unusual("\(error)")
    }
  }

  private func nextID(_ document: LoginsDocument) throws(Refusal) -> Int {
    guard let next = document.json.root["nextId"]?.intValue, (1..<Int(Int32.max)).contains(next)
    else { throw Self.unusual("nextId is missing or no number") }
    return next
  }

  private static func unusual(_ what: String) -> Refusal {
    Refusal(.passwordStore, "logins.json is not as Thunderbird writes it: \(what)")
  }
}

/// A login that needs no copy.
private struct PresentLogin {
  var key: String
  var value: [UInt8]

  init?(_ login: SavedLogin) {
    guard let guid = login.guid else { return nil }
    key = LoginsDocument.key(ofLogin: guid)
    value = login.fingerprintedBytes
  }

  /// Changes nothing, and has the patch know who needs the login.
  func edit(users: [String]) -> PlannedEdit {
    PlannedEdit(
      key: key, before: value, after: value, secret: true, recipe: "used as it is", edits: [],
      rule: .record, users: users)
  }
}

extension AuthMethod {
  /// Whether the client looks a saved password up for it.
  var asksForPassword: Bool {
    switch self {
    case .passwordCleartext, .passwordEncrypted, .ntlm: true
    case .gssapi, .tlsClientCertificate, .oauth2, .none: false
    }
  }
}
