extension IMAPClient {
  /// - Parameter name: as the protocol has it (modified UTF-7).
  public func create(mailbox name: String) throws(IMAPFailure) {
    try run([.text("CREATE ")] + IMAPString.pieces(of: Secret(copying: name.utf8)))
  }

  /// Has clients show a mailbox.
  /// - Parameter name: as the protocol has it (modified UTF-7).
  public func subscribe(mailbox name: String) throws(IMAPFailure) {
    try run([.text("SUBSCRIBE ")] + IMAPString.pieces(of: Secret(copying: name.utf8)))
  }

  /// Leaves the mailbox that is open, where that can be done without removing anything from it
  /// (RFC 3691).
  public func unselect() throws(IMAPFailure) {
    if offers("UNSELECT") { try run("UNSELECT") }
  }

  /// The code of the last command's answer (RFC 5530), in upper case.
  public var lastResponseCode: String? { lastCode }
}
