import ProfileRewriter

/// What people still have to do after `apply`: each thing once, with the accounts it is for, in the
/// order in which it is to be done.
struct LeftToDo {
  /// When it is to be done, and as what it is known where its texts differ from account to account.
  private static let steps: [(code: WarningCode, heading: String)] = [
    (.providerAction, "at the provider, before the mail client is opened"),
    (.certificateException, "be ready for a question about a certificate"),
    (.noSavedPassword, "be ready to type a password"),
    (.usernameDiffers, "know the new user name"),
    (.oauth2, "be ready to sign in at the provider"),
    (.popBeforeSMTP, "choose another authentication for sending"),
    (.smtpNoAuthentication, "try whether sending still works"),
    (.smtpDiffers, "look at the outgoing server (or take the change back and give --fix-smtp)"),
    (.smtpNotChanged, "set the outgoing server yourself"),
  ]

  /// Clients that are programs with a name of their own.
  private static let programs = [
    "thunderbird": "Thunderbird", "evolution": "Evolution", "claws-mail": "Claws Mail",
    "sylpheed": "Sylpheed",
  ]

  private var groups: [WarningCode: WarningGroups] = [:]
  /// Programs whose accounts were switched.
  private var clients: [String] = []
  private var paused: [String] = []

  static func takes(_ code: WarningCode) -> Bool {
    code == .filtersPaused || steps.contains { $0.code == code }
  }

  /// - Parameter place: what to call the account.
  mutating func add(_ row: ResultRow, at place: String) {
    guard row.status == .applied else { return }
    if let program = Self.programs[row.name.client], !clients.contains(program) {
      clients.append(program)
    }
    for warning in row.warnings where Self.takes(warning.code) {
      if warning.code == .filtersPaused {
        paused.append(place)
      } else {
        groups[warning.code, default: WarningGroups()].add(warning, at: place)
      }
    }
  }

  /// - Parameter finish: the command that completes what must wait.
  func lines(finish: String) -> [String] {
    var lines: [String] = []
    for step in Self.steps.prefix(1) { lines += item(step) }
    if !clients.isEmpty { lines.append("  - open \(clients.joined(separator: " and ")) again") }
    for step in Self.steps.dropFirst() { lines += item(step) }
    if !paused.isEmpty {
      lines.append(
        "  - when the client has got all mail and is closed again: \(finish), for its filter rules")
      lines += WarningGroups.listed(paused)
    }
    return lines.isEmpty ? [] : ["left to do:"] + lines
  }

  private func item(_ step: (code: WarningCode, heading: String)) -> [String] {
    guard let group = groups[step.code] else { return [] }
    return ["  - \(step.heading):"] + group.lines
  }
}

/// Warnings of one kind, each text once with the accounts it is for.
struct WarningGroups {
  /// Of a fleet, no more than these are named; JSON has them all.
  private static let mostListed = 10

  private var texts: [(text: String, places: [String])] = []
  private var index: [String: Int] = [:]

  mutating func add(_ warning: Warning, at place: String) {
    if let known = index[warning.text] {
      texts[known].places.append(place)
    } else {
      index[warning.text] = texts.count
      texts.append((warning.text, [place]))
    }
  }

  /// A text that holds for several accounts, and below it these; one that is an account's own with
  /// that account before it.
  var lines: [String] {
    var own: [String] = []
    var lines: [String] = []
    for (text, places) in texts {
      if places.count == 1 {
        own.append("\(places[0]): \(text)")
      } else {
        lines.append("    \(Talk.readable(text))")
        lines += Self.listed(places)
      }
    }
    return lines + Self.listed(own, indent: "    ")
  }

  static func listed(_ places: [String], indent: String = "      ") -> [String] {
    let shown = places.prefix(mostListed).map { indent + $0 }
    let rest = places.count - mostListed
    return rest > 0 ? shown + ["\(indent)and \(rest) more"] : Array(shown)
  }
}
