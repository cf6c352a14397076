import Autoconfig
import Foundation
import ProfileRewriter
import Synchronization

/// Sees to it that a login which failed is not tried again in this run, on any server of the account:
/// servers lock accounts out. One login at a time, so that none begins before the outcome of another.
final class LoginTicket: @unchecked Sendable {
  /// Guards `isSpent`.
  private let lock = NSLock()
  private var isSpent = false

  /// - Throws: `alreadyTried` after a failure, without trying.
  func use<Value>(_ login: () throws(IMAPFailure) -> Value) throws(IMAPFailure) -> Value {
    lock.lock()
    defer { lock.unlock() }
    guard !isSpent else { throw .alreadyTried }
    do throws(IMAPFailure) {
      return try login()
    } catch {
      if error.mayHaveSentPassword { isSpent = true }
      throw error
    }
  }
}

extension IMAPFailure {
  /// A server that closes the connection instead of answering has seen the attempt, too.
  fileprivate var mayHaveSentPassword: Bool {
    switch self {
    case .loginDisabled, .passwordNeedsTLS, .unusableCredential, .alreadyTried: false
    case .connection, .loginRefused, .commandRefused: true
    }
  }
}

/// The tickets of a run: one for a user at a provider, in however many profiles the account stands.
final class LoginTickets: Sendable {
  private let tickets = Mutex<[String: LoginTicket]>([:])

  func ticket(for item: TestItem) -> LoginTicket {
    guard let settings = item.services.first?.settings else { return LoginTicket() }
    let key = settings.username.lowercased() + "\n" + settings.provider
    return tickets.withLock { tickets in
      if let ticket = tickets[key] { return ticket }
      let ticket = LoginTicket()
      tickets[key] = ticket
      return ticket
    }
  }
}

extension ServerSettings {
  /// Whose the server is, as far as its name tells: the domain that somebody has registered, or the host.
  var provider: String {
    let host = host.lowercased()
    return (try? DomainName(host))?.organization?.ascii ?? host
  }
}
