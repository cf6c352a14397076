import Foundation
import ProfileRewriter

extension FleetRow: Decodable {
  private enum Key: String, CodingKey {
    case machine, home, client, profile, account, state, reason, text, provider, from, to, seen,
      change
    case run, time, warnings, risk, replacement
    case homeBytes = "home_b64"
    case profileBytes = "profile_b64"
  }

  private enum ServerKey: String, CodingKey {
    case kind = "protocol"
  }

  public init(from decoder: any Decoder) throws {
    let line = try decoder.container(keyedBy: Key.self)
    func text(_ key: Key) throws -> String? { try line.decodeIfPresent(String.self, forKey: key) }
    func bytes(_ key: Key, exact: Key) throws -> [UInt8]? {
      if let exact = try line.decodeIfPresent(Data.self, forKey: exact) { return Array(exact) }
      return try text(key).map { Array($0.utf8) }
    }
    let profile = try bytes(.profile, exact: .profileBytes)
    let name = ProfileName(
      home: try bytes(.home, exact: .homeBytes), client: try text(.client) ?? "",
      profile: profile ?? [])
    self.init(
      name: name, account: try text(.account), state: try line.decode(State.self, forKey: .state))
    machine = try text(.machine)
    reason = try line.decodeIfPresent(ReasonCode.self, forKey: .reason)
    self.text = try text(.text)
    provider = try text(.provider)
    from = try line.decodeIfPresent(ServerSettings.self, forKey: .from)
    to = try line.decodeIfPresent(ServerSettings.self, forKey: .to)
    for port in [from?.port, to?.port] {
      guard (0...65_535).contains(port ?? 0) else {
        throw GatheredFault(text: "\(port ?? 0) is no port")
      }
    }
    if from != nil {
      let server = try line.nestedContainer(keyedBy: ServerKey.self, forKey: .from)
      kind = try server.decode(IncomingProtocol.self, forKey: .kind)
    }
    isSeen = try line.decode(Bool.self, forKey: .seen)
    change = try text(.change)
    run = try text(.run)
    changedAt = try line.decodeIfPresent(Timestamp.Read.self, forKey: .time)?.seconds
    warnings = try line.decode([WarningCode].self, forKey: .warnings)
    risk = try line.decodeIfPresent(GatheredRisk.self, forKey: .risk)?.risk
    toll = try line.decodeIfPresent(ReplacementToll.self, forKey: .replacement)
  }
}

extension ReplacementToll: Decodable {
  private enum CodingKeys: String, CodingKey {
    case keys, directories, logins
    case otherKeys = "other_keys"
    case otherFiles = "other_files"
    case wrongHosts = "wrong_hosts"
  }

  public init(from decoder: any Decoder) throws {
    let line = try decoder.container(keyedBy: CodingKeys.self)
    self.init()
    keys = try line.count(.keys)
    otherKeys = try line.count(.otherKeys)
    otherFiles = try line.count(.otherFiles)
    directories = try line.count(.directories)
    logins = try line.count(.logins)
    wrongHosts = try line.count(.wrongHosts)
  }
}

extension KeyedDecodingContainer {
  /// How many there are of something.
  func count(_ key: Key) throws -> Int {
    try decode(Int.self, forKey: key).asCount(key.stringValue)
  }
}

extension Int {
  func asCount(_ name: String) throws -> Int {
    guard self >= 0 else {
      throw GatheredFault(text: "\(name) is \(self), and a count is not negative")
    }
    return self
  }
}

/// `risk` of a row. `report` asks no server, so nothing of one is read.
private struct GatheredRisk: Decodable {
  var risk: MailRisk

  private struct Rules: Decodable {
    var incoming: Int
    var moving: [String]
    var deleting: [String]
    var cover: RuleRisk.Cover
  }

  private struct Local: Decodable {
    var state: String
    var reason: ReasonCode?
    var text: String?
    var path: String?
    var exactPath: Data?
    var shared: Bool?
    var messages: Int?
    var bytes: Int?
    var damaged: Int?

    enum CodingKeys: String, CodingKey {
      case state, reason, text, path, shared, messages, bytes, damaged
      case exactPath = "path_b64"
    }
  }

  private struct OnlyHere: Decodable {
    var state: String
    var ground: LocalMailCount.Ground?
    var messages: Int?
    var bytes: Int?
  }

  private enum Key: String, CodingKey {
    case days, rules, local
    case onServer = "on_server"
    case deletesAlong = "deletes_along"
    case onlyHere = "only_here"
  }

  init(from decoder: any Decoder) throws {
    let line = try decoder.container(keyedBy: Key.self)
    let rules = try line.decode(Rules.self, forKey: .rules)
    risk = MailRisk(
      settings: MailSettings(
        onServer: try line.decode(MailOnServer.self, forKey: .onServer),
        days: try line.decodeIfPresent(Int.self, forKey: .days)?.asCount("risk.days"),
        deletesAlong: try line.decode(Bool.self, forKey: .deletesAlong),
        rules: RuleRisk(
          incoming: try rules.incoming.asCount("risk.rules.incoming"), moving: rules.moving,
          deleting: rules.deleting,
          cover: rules.cover)))
    risk.local = try Self.local(
      line.decode(Local.self, forKey: .local), line.decode(OnlyHere.self, forKey: .onlyHere))
  }

  private static func local(_ local: Local, _ onlyHere: OnlyHere) throws -> LocalMailCount {
    switch local.state {
    case LocalMailCount.notRead.code: return .notRead
    case "unreadable":
      return .unreadable(Refusal(local.reason ?? .io, local.text ?? ""))
    case "counted":
      guard let path = local.exactPath.map({ Array($0) }) ?? local.path.map({ Array($0.utf8) }),
        let messages = local.messages, let bytes = local.bytes
      else { throw GatheredFault(text: "risk.local is counted, and does not say what") }
      return .counted(
        LocalMailCount.Counted(
          path: path, isShared: local.shared ?? false,
          all: try amount(messages, bytes),
          damaged: try (local.damaged ?? 0).asCount("risk.local.damaged"),
          onlyHere: try found(onlyHere)))
    default: throw GatheredFault(text: "risk.local.state is \"\(local.state.printable)\"")
    }
  }

  private static func amount(_ messages: Int, _ bytes: Int) throws -> MailAmount {
    MailAmount(messages: try messages.asCount("messages"), bytes: try bytes.asCount("bytes"))
  }

  private static func found(_ onlyHere: OnlyHere) throws -> LocalMailCount.OnlyHere {
    if onlyHere.state == LocalMailCount.OnlyHere.unknown.code { return .unknown }
    guard let messages = onlyHere.messages, let bytes = onlyHere.bytes else {
      throw GatheredFault(text: "risk.only_here does not say how much")
    }
    let amount = try amount(messages, bytes)
    switch (onlyHere.state, onlyHere.ground) {
    case ("exact", _): return .exact(amount)
    case ("estimated", let ground?): return .estimated(amount, ground)
    default: throw GatheredFault(text: "risk.only_here.state is \"\(onlyHere.state.printable)\"")
    }
  }
}
