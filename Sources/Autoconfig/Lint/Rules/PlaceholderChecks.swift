import ConfigFormats

/// Rules about user names, passwords, and placeholders wherever they may stand.
enum PlaceholderChecks: LintCheck {
  static func check(_ providers: [ProviderElement], _ document: inout LintedDocument) {
    for server in providers.flatMap(\.servers) {
      for index in server.all("hostname") + server.all("username") { check(index, &document) }
      for index in server.all("username") where server.kind != nil {
        let name = document.elements[index].trimmedText
        if !name.isEmpty, !name.contains("%") {
          document.report(
            .usernameLiteral, at: document.textPlace(index),
            "everybody's user name is \(name.printable)", fix: Placeholder.address)
        }
      }
      for index in server.all("password") {
        document.report(.password, at: document.tagPlace(index), "a password for \(server.name)")
      }
    }
  }

  private static func check(_ index: Int, _ document: inout LintedDocument) {
    let text = document.elements[index].trimmedText
    guard let problem = PlaceholderText(text).problem else {
      if Placeholder.stands(Placeholder.domain, in: text) {
        document.report(
          .placeholderDomain, at: document.textPlace(index, of: Placeholder.domain),
          "Evolution puts nothing in the place of \(Placeholder.domain)")
      }
      return
    }
    let place = document.textPlace(index, of: problem.part)
    let shown = problem.part.printable
    if problem.isClosed {
      let onlyDesktop = problem.part == "%REALNAME%" ? ": only Thunderbird on the desktop does" : ""
      document.report(
        .placeholderUnknown, at: place, "not every client fills in \(shown)\(onlyDesktop)",
        fix: problem.meant)
    } else {
      document.report(
        .placeholderUnclosed, at: place, "the placeholder \(shown) is not closed",
        fix: problem.meant)
    }
  }
}

/// A value in which placeholders may stand.
struct PlaceholderText {
  struct Problem: Equatable {
    /// As it is written.
    var part: String
    var isClosed: Bool
    /// The placeholder that was meant, as far as can be guessed.
    var meant: String?
  }

  /// The first placeholder that not every client would fill in.
  let problem: Problem?

  init(_ text: String) {
    var rest = text[...]
    while let start = rest.firstIndex(of: "%") {
      let behind = rest.index(after: start)
      guard let end = rest[behind...].firstIndex(of: "%") else {
        let name = rest[behind...].prefix { $0.isLetter || $0.isNumber || $0 == "_" }
        problem = Problem(part: "%" + name, isClosed: false, meant: Self.nearest(to: name))
        return
      }
      let part = String(rest[start...end])
      guard Self.known.contains(part) else {
        problem = Problem(part: part, isClosed: true, meant: Self.nearest(to: rest[behind..<end]))
        return
      }
      rest = rest[rest.index(after: end)...]
    }
    problem = nil
  }

  private static let known = [Placeholder.address, Placeholder.localPart, Placeholder.domain]

  private static func nearest(to name: Substring) -> String? {
    Spelling.nearest(to: String(name), of: known.map { String($0.dropFirst().dropLast()) })
      .map { "%\($0)%" }
  }
}
