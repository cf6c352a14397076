/// A folder as the server lists it (LIST, RFC 9051).
public struct IMAPFolder: Sendable, Hashable {
  /// As the protocol has it (modified UTF-7): hostile text.
  public var name: String
  public var delimiter: String?
  /// In lower case, with their backslash: "\noselect".
  public var attributes: Set<String>

  /// What it is for (RFC 6154), such as "\sent"; nil where the server says nothing.
  public var specialUse: String? { Self.specialUses.first(where: attributes.contains) }

  /// In the order in which they are shown.
  public static let specialUses = [
    "\\sent", "\\drafts", "\\trash", "\\junk", "\\archive", "\\all", "\\flagged", "\\important",
  ]
}

extension IMAPClient {
  /// Folders by a pattern ("*": all), with their special uses where the server tells them.
  public func folders(_ pattern: String = "*") throws(IMAPFailure) -> [IMAPFolder] {
    let asksForUse = offers("SPECIAL-USE") && offers("LIST-EXTENDED")
    let answers = try run(
      [.text("LIST \"\" ")] + IMAPString.pieces(of: Secret(copying: pattern.utf8))
        + [.text(asksForUse ? " RETURN (SPECIAL-USE)" : "")])
    return answers.compactMap { answer in
      guard case .other("LIST", let values) = answer, values.count >= 3,
        case .list(let attributes) = values[0], let name = values[2].text
      else { return nil }
      return IMAPFolder(
        name: name, delimiter: values[1].text,
        attributes: Set(attributes.compactMap { $0.text?.lowercased() }))
    }
  }
}
