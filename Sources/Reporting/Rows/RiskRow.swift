import ProfileRewriter

extension JSONObject {
  /// What a switch means for an account's mail (docs/json.md).
  public mutating func add(_ name: String, _ risk: MailRisk?) {
    guard let risk else { return null(name) }
    add(name) { object in
      object.add("on_server", risk.settings.onServer.rawValue)
      object.add("days", risk.settings.days)
      object.add("deletes_along", risk.settings.deletesAlong)
      object.add("rules", risk.settings.rules)
      object.add("local", risk.local)
      object.add("only_here", risk.local.onlyHere)
      object.add("server", risk.server)
      object.add("quota", risk.server.room, risk.local.onlyHere.amount)
    }
  }

  private mutating func add(_ name: String, _ number: Int?) {
    if let number { add(name, number) } else { null(name) }
  }

  private mutating func add(_ name: String, _ rules: RuleRisk) {
    add(name) { object in
      object.add("incoming", rules.incoming)
      object.add("moving", rules.moving)
      object.add("deleting", rules.deleting)
      object.add("cover", rules.cover.rawValue)
    }
  }

  private mutating func add(_ name: String, _ local: LocalMailCount) {
    var counted: LocalMailCount.Counted?
    var refusal: Refusal?
    switch local {
    case .notRead: break
    case .counted(let found): counted = found
    case .unreadable(let problem): refusal = problem
    }
    add(name) { object in
      object.add("state", local.code)
      object.add(problem: refusal)
      object.add("path", counted?.path)
      if let counted { object.add("shared", counted.isShared) } else { object.null("shared") }
      object.add("messages", counted?.all.messages)
      object.add("bytes", counted?.all.bytes)
      object.add("damaged", counted?.damaged)
    }
  }

  private mutating func add(_ name: String, _ onlyHere: LocalMailCount.OnlyHere) {
    add(name) { object in
      object.add("state", onlyHere.code)
      object.add("ground", onlyHere.ground)
      object.add("messages", onlyHere.amount?.messages)
      object.add("bytes", onlyHere.amount?.bytes)
    }
  }

  private mutating func add(_ name: String, _ server: ServerCount) {
    add(name) { object in
      object.add("state", server.code)
      var refusal: Refusal?
      if case .unanswered(let problem) = server { refusal = problem }
      object.add(problem: refusal)
      if case .asked(let kind, let messages, _) = server {
        object.add("protocol", kind.rawValue)
        object.add("messages", messages)
      } else {
        for absent in ["protocol", "messages"] { object.null(absent) }
      }
    }
  }

  private mutating func add(problem refusal: Refusal?) {
    add("reason", refusal?.reason.rawValue)
    add("text", refusal.map { $0.text.readable })
  }

  private mutating func add(_ name: String, _ room: MailRoom, _ onlyHere: MailAmount?) {
    var limits: MailRoom.Limits?
    if case .limited(let found) = room { limits = found }
    add(name) { object in
      object.add("state", room.code)
      object.add("bytes", limits?.bytes)
      object.add("messages", limits?.messages)
      if let fits = onlyHere.flatMap(room.holds) {
        object.add("fits", fits)
      } else {
        object.null("fits")
      }
    }
  }

  private mutating func add(_ name: String, _ limit: MailRoom.Limit?) {
    guard let limit else { return null(name) }
    add(name) { object in
      object.add("limit", limit.limit)
      object.add("used", limit.used)
      object.add("left", limit.left)
    }
  }
}

/// The names of cases that carry values, listed in docs/codes.md with those of ``MailOnServer``,
/// ``RuleRisk/Cover`` and ``LocalMailCount/Ground``.
extension LocalMailCount {
  public var code: String {
    switch self {
    case .notRead: "not-read"
    case .counted: "counted"
    case .unreadable: "unreadable"
    }
  }
}

extension LocalMailCount.OnlyHere {
  public var code: String {
    switch self {
    case .unknown: "unknown"
    case .estimated: "estimated"
    case .exact: "exact"
    }
  }

  public var ground: String? {
    switch self {
    case .unknown: nil
    case .estimated(_, let ground): ground.rawValue
    case .exact: LocalMailCount.Ground.server.rawValue
    }
  }
}

extension ServerCount {
  public var code: String {
    switch self {
    case .notAsked: "not-asked"
    case .asked: "asked"
    case .unanswered: "unanswered"
    }
  }
}

extension MailRoom {
  public var code: String {
    switch self {
    case .unknown: "not-told"
    case .unlimited: "unlimited"
    case .limited: "limited"
    }
  }
}
