/// What a server says of a mailbox that was opened for writing (SELECT).
public struct IMAPSelected: Sendable, Hashable {
  public var mailbox: IMAPMailbox
  /// Flags that stay ("\\Seen", "$label1"); nil: all that the mailbox has do.
  public var permanentFlags: [[UInt8]]?
  public var isReadOnly: Bool

  /// Whether a keyword that no message has yet may be set.
  public var takesNewKeywords: Bool {
    permanentFlags?.contains([UInt8(ascii: "\\"), UInt8(ascii: "*")]) ?? false
  }
}

extension IMAPClient {
  /// Opens a mailbox for writing.
  /// - Parameter name: as the protocol has it (modified UTF-7).
  public func select(_ name: [UInt8]) throws(IMAPFailure) -> IMAPSelected {
    let answers = try run([.text("SELECT ")] + IMAPString.pieces(of: Secret(copying: name)))
    var selected = IMAPSelected(
      mailbox: IMAPMailbox(messages: 0), permanentFlags: nil, isReadOnly: false)
    for answer in answers {
      switch answer {
      case .number(let count, "EXISTS"): selected.mailbox.messages = count
      case .status(nil, let status): selected.note(status)
      default: break
      }
    }
    selected.isReadOnly = lastCode == "READ-ONLY"
    return selected
  }
}

extension IMAPSelected {
  fileprivate mutating func note(_ status: IMAPStatus) {
    let number = status.arguments.first?.number.flatMap(UInt32.init(exactly:))
    switch status.code {
    case "UIDVALIDITY": mailbox.validity = number
    case "UIDNEXT": mailbox.nextUID = number
    case "PERMANENTFLAGS":
      guard case .list(let flags)? = status.arguments.first else { return }
      permanentFlags = flags.compactMap { if case .atom(let flag) = $0 { flag } else { nil } }
    default: break
    }
  }
}
