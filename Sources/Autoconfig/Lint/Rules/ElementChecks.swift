import ConfigFormats

/// Rules about elements that clients do not read.
enum ElementChecks: LintCheck {
  private static let text: Set = ["displayName", "displayShortName", "descr", "instruction"]
  private static let unread: Set = ["restriction", "addThisServer", "inputField", "checkInterval"]

  static func check(_ providers: [ProviderElement], _ document: inout LintedDocument) {
    var index = 1
    while index < document.elements.count {
      let element = document.elements[index]
      if ClientConfigElements.known.contains(element.name) {
        checkKnown(index, element, &document)
        index += 1
      } else {
        checkUnknown(index, element, &document)
        index = document.subtree(index).upperBound
      }
    }
  }

  private static func checkKnown(
    _ index: Int, _ element: XMLElement, _ document: inout LintedDocument
  ) {
    let place = document.tagPlace(index)
    if text.contains(element.name), element.trimmedText.isEmpty, element.elements.isEmpty {
      document.report(.elementEmpty, at: place, "\(element.name) is empty")
    }
    if unread.contains(element.name) {
      document.report(.elementUnread, at: place, "none of the clients reads \(element.name)")
    }
  }

  private static func checkUnknown(
    _ index: Int, _ element: XMLElement, _ document: inout LintedDocument
  ) {
    let place = document.tagPlace(index)
    let shown = element.name.printable
    let parent = document.xml.places[index].parent.map { document.elements[$0].name } ?? ""
    let candidates = ClientConfigElements.within[parent] ?? []
    if let meant = ClientConfigElements.misspellings[element.name]
      ?? Spelling.nearest(to: element.name, of: candidates)
    {
      document.report(
        .elementMisspelt, at: place, "no client reads \(shown), nearly \(meant)", fix: meant)
    } else {
      document.report(.elementUnknown, at: place, "\(shown) is not of the format")
    }
  }
}

/// The names that the format knows. ``ClientConfigGrammar`` says where each may stand.
enum ClientConfigElements {
  static let within: [String: [String]] = [
    "clientConfig": [
      "emailProvider", "oAuth2", "enable", "webMail", "clientConfigUpdate", "addressbook",
      "calendar", "fileShare", "chatServer", "videoConference", "setupServer",
    ],
    "emailProvider": [
      "domain", "displayName", "displayShortName", "incomingServer", "outgoingServer",
      "documentation", "enable", "instruction", "inputField", "oAuth2",
    ],
    "incomingServer": connection + [
      "pop3", "owaURL", "ewsURL", "easURL", "useGlobalPreferredServer",
    ],
    "outgoingServer": connection + ["restriction", "addThisServer", "useGlobalPreferredServer"],
    "pop3": [
      "leaveMessagesOnServer", "daysToLeaveMessagesOnServer", "downloadOnBiff", "checkInterval",
    ],
    "documentation": ["descr"],
    "instruction": ["descr"],
    "enable": ["instruction"],
    "oAuth2": ["issuer", "scope", "authURL", "tokenURL", "clientID", "clientSecret"],
    "webMail": ["loginPage", "loginPageInfo"],
    "loginPageInfo": ["username", "usernameField", "passwordField", "loginButton"],
  ]

  private static let connection = ServerElement.valueNames + ["password", "url"]

  static let known = Set(within.values.joined()).union(["clientConfig"])

  /// Those that stand further from what is meant than a slip of the finger.
  static let misspellings = [
    "displayNameShort": "displayShortName", "addressBook": "addressbook", "serverURL": "url",
    "user": "username", "host": "hostname", "auth": "authentication", "security": "socketType",
  ]
}

/// Guesses what was meant.
enum Spelling {
  /// The word that differs from `text` in case only, or in one or two letters; nil without one.
  static func nearest(to text: String, of words: [String]) -> String? {
    let lower = Array(text.lowercased().utf8)
    let allowed = lower.count < 5 ? 1 : 2
    guard lower.count <= 64 else { return nil }
    let distances = words.map { (word: $0, distance: distance(lower, Array($0.lowercased().utf8))) }
    return distances.filter { $0.distance <= allowed }.min { $0.distance < $1.distance }?.word
  }

  /// How many letters to put in, take out or change (Levenshtein).
  private static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
    var row = Array(0...right.count)
    for (number, letter) in left.enumerated() {
      var diagonal = row[0]
      row[0] = number + 1
      for column in right.indices {
        let change = diagonal + (letter == right[column] ? 0 : 1)
        diagonal = row[column + 1]
        row[column + 1] = min(change, row[column] + 1, row[column + 1] + 1)
      }
    }
    return row[right.count]
  }
}
