import ProfileRewriter

/// `authMethod` in prefs.js and back (nsMsgAuthMethod in MailNewsTypes2.idl).
enum AuthPref {
  /// What an absent key means.
  static let standard: Int32 = 3

  static func method(_ number: Int32) -> AuthMethod {
    switch number {
    case 1: .none
    // 4 is a challenge; 8 "any secure method" is a challenge or a ticket.
    case 4, 8: .passwordEncrypted
    case 5: .gssapi
    case 6: .ntlm
    case 7: .tlsClientCertificate
    case 10: .oauth2
    // 2 is the old plain login, 3 the password in the clear, 9 "any method", which may be that.
    default: .passwordCleartext
    }
  }

  static func number(_ method: AuthMethod) -> Int32 {
    switch method {
    case .none: 1
    case .passwordCleartext: 3
    case .passwordEncrypted: 4
    case .gssapi: 5
    case .ntlm: 6
    case .tlsClientCertificate: 7
    case .oauth2: 10
    }
  }
}

/// `socketType` in prefs.js.
enum SocketTypePref {
  static func number(_ security: TransportSecurity) -> Int32 {
    switch security {
    case .none: 0
    case .starttls: 2
    case .tls: 3
    }
  }
}
