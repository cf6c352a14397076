/// Where a server keeps a user's own folders (NAMESPACE, RFC 2342).
public struct IMAPNamespace: Sendable, Hashable {
  /// What the names of all these folders begin with, such as "INBOX."; often empty. As the protocol
  /// has it (modified UTF-7).
  public var prefix: String
  /// What stands between a folder and one in it; nil where there are none in others.
  public var delimiter: String?
}

extension IMAPClient {
  /// The user's own namespaces, the first one first; empty where the server has no such command.
  public func personalNamespaces() throws(IMAPFailure) -> [IMAPNamespace] {
    guard offers("NAMESPACE") || offers("IMAP4REV2") else { return [] }
    for case .other("NAMESPACE", let values) in try run("NAMESPACE") {
      guard case .list(let personal)? = values.first else { return [] }
      return personal.compactMap { entry in
        guard case .list(let parts) = entry, case .string(let prefix)? = parts.first else {
          return nil
        }
        return IMAPNamespace(
          prefix: String(decoding: prefix, as: UTF8.self),
          delimiter: parts.dropFirst().first?.text)
      }
    }
    throw .connection(.protocolViolation("an answer to NAMESPACE"))
  }
}

extension IMAPValue {
  /// What a string or an atom says; nil for NIL and lists.
  var text: String? {
    switch self {
    case .string(let bytes): return String(decoding: bytes, as: UTF8.self)
    case .atom(let bytes):
      let text = String(decoding: bytes, as: UTF8.self)
      return text.uppercased() == "NIL" ? nil : text
    case .list: return nil
    }
  }
}
