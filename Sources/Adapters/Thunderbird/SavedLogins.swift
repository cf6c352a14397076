import ConfigFormats
import ProfileRewriter

/// Copies of the POP logins for the IMAP servers, and of logins for sending that moves.
///
/// Thunderbird looks a password up by scheme and host (no port), so even with the same host name an
/// `imap://` entry is needed. Entries of two users on one host cannot be told apart without the
/// key, so all are copied; the ciphertext is not bound to the host (seen with Thunderbird 153). The
/// POP entries stay for undo and for accounts that stay POP.
struct SavedLogins {
  private let store: LoginStore?
  /// Pairs of hosts and the accounts that move from the one to the other.
  private var moves: [Move] = []
  /// In `moves`, by both hosts.
  private var places: [String: Int] = [:]

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
      store = nil
      return
    }
    do {
      store = LoginStore(try LoginsDocument(parsing: bytes))
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
    guard job.target.auth.asksForPassword, !hasLogin(for: origin), !hasLogin(for: destination)
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
    let route = "\(origin) \(destination)"
    if let place = places[route] {
      let known = Set(moves[place].users)
      moves[place].users += users.filter { !known.contains($0) }
    } else {
      places[route] = moves.count
      moves.append(Move(origin: origin, destination: destination, users: users))
    }
  }

  /// Whether there is a login for a mail server ("mailbox://pop.lab.test").
  func hasLogin(for server: String) -> Bool { store?.byServer[server] != nil }

  /// Whether a provider's permission is saved.
  func hasGrant(of provider: OAuth2Provider) -> Bool { store?.hasGrant(of: provider) ?? false }

  /// The edits of logins.json, or nil where there is nothing to copy.
  /// - Throws: `too-large` for very many logins.
  func file(choices: inout PlanChoices) throws(Refusal) -> PlannedFile? {
    guard let store else { return nil }
    let document = store.document
    try checkCount(store)
    var edits: [PlannedEdit] = []
    // Places in `edits`, and what is added by them.
    var copies: [(place: Int, json: [UInt8])] = []
    for move in moves {
      for login in store.logins(for: move.origin) {
        if let present = store.copy(of: login, at: move.destination) {
          edits.append(present.edit(users: move.users))
        } else {
          let (edit, json) = try added(login, move, number: copies.count, document, &choices)
          copies.append((edits.count, json))
          edits.append(edit)
        }
      }
    }
    guard !edits.isEmpty else { return nil }
    if !copies.isEmpty {
      do {
        let appended = try document.json.edits(
          appendingEach: copies.map(\.json), toArrayAt: "/logins")
        for (copy, places) in zip(copies, appended) { edits[copy.place].edits = places }
      } catch {
        throw Self.unusual("\(error)")
      }
      edits.insert(try counter(document, copies: copies.count), at: 0)
    }
    return PlannedFile(
      path: .loginsJSON, work: .edit(source: document.source, edits: edits, branches: []),
      sensitive: true, users: users(of: edits))
  }

  private func checkCount(_ store: LoginStore) throws(Refusal) {
    let count = moves.reduce(0) { $0 + (store.byServer[$1.origin]?.count ?? 0) }
    guard count > ProfileLimits.mostLogins else { return }
    throw Refusal(
      .tooLarge,
      "logins.json has \(count) passwords for the servers to be switched; no more than "
        + "\(ProfileLimits.mostLogins) are copied: remove some in the client first")
  }

  private func users(of edits: [PlannedEdit]) -> [String] {
    var seen = Set<String>()
    return edits.flatMap(\.users).filter { seen.insert($0).inserted }
  }

  /// - Returns: the edit without its places, and the login that is added.
  private func added(
    _ login: SavedLogin, _ move: Move, number: Int, _ document: LoginsDocument,
    _ choices: inout PlanChoices
  ) throws(Refusal) -> (edit: PlannedEdit, json: [UInt8]) {
    var guid = "{\(choices.newGUID())}"
    while document.value(forKey: LoginsDocument.key(ofLogin: guid)) != nil {
      guid = "{\(choices.newGUID())}"
    }
    let destination = move.destination
    let host = JSONSpelling.string(destination)
    let json: [UInt8]
    do {
      json = try login.node.rawBytes(replacingMembers: [
        ("id", Array(String(try nextID(document) + number).utf8)), ("hostname", host),
        ("httpRealm", host), ("guid", JSONSpelling.string(guid)),
      ])
    } catch let error as KeyedDocumentError {
      throw Self.unusual("\(error)")
    } catch {
      throw Self.unusual("an entry lacks a field")
    }
    let edit = PlannedEdit(
      key: LoginsDocument.key(ofLogin: guid), before: nil, after: login.fingerprintedBytes,
      secret: true, recipe: "copy of login \(login.guid ?? "?") as \(destination)", edits: [],
      rule: .record, users: move.users)
    return (edit, json)
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

/// logins.json by what is asked of it, for every account anew.
private final class LoginStore {
  let document: LoginsDocument
  /// Places in the document's logins.
  let byServer: [String: [Int]]
  /// By destination, and there by the encrypted user name.
  private var copies: [String: [[UInt8]: PresentLogin]] = [:]
  private var grants: [OAuth2Provider: Bool] = [:]

  init(_ document: LoginsDocument) {
    self.document = document
    var byServer: [String: [Int]] = [:]
    for (place, login) in document.logins.enumerated() {
      if let server = login.server { byServer[server, default: []].append(place) }
    }
    self.byServer = byServer
  }

  func logins(for server: String) -> [SavedLogin] {
    (byServer[server] ?? []).map { document.logins[$0] }
  }

  /// An earlier copy of the same entry: nobody else's has the same ciphertext.
  func copy(of login: SavedLogin, at destination: String) -> PresentLogin? {
    guard let username = login.encryptedUsername else { return nil }
    if copies[destination] == nil {
      copies[destination] = Dictionary(
        logins(for: destination).compactMap { login in
          guard let username = login.encryptedUsername, let present = PresentLogin(login) else {
            return nil
          }
          return (username, present)
        }, uniquingKeysWith: { first, _ in first })
    }
    return copies[destination]?[username]
  }

  func hasGrant(of provider: OAuth2Provider) -> Bool {
    if let known = grants[provider] { return known }
    let answer = document.logins.contains(where: provider.isGranted)
    grants[provider] = answer
    return answer
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
