/// A step of a test, in the order in which they come.
public enum TestStage: String, Sendable, Hashable, CaseIterable {
  case dns
  case tcp
  case tls
  case greeting
  case capability
  case login
  case namespace
  case folders
  case inbox
  case quota
  case create
  case secondConnection = "second-connection"
  case append
  case newMail = "new-mail"
  case readBack = "read-back"
  case delete
  /// POP3: messages and their unique ids.
  case messages
  /// SMTP: a message handed over.
  case send
  /// And seen in the inbox.
  case arrive

  /// Whether somebody at a client waits while it lasts: not for mail that is on its way.
  var isWaitedFor: Bool { self != .newMail && self != .arrive }
}

public enum TestStatus: String, Sendable, Hashable, CaseIterable {
  case ok
  /// It works; something should be known.
  case warning
  /// It does not, and what comes after it was not tried if it needs this.
  case failed
  /// It was not tried; the code says why.
  case skipped
}

/// What one stage came to.
public struct TestRow: Sendable, Hashable {
  public var stage: TestStage
  public var status: TestStatus
  /// nil where there is nothing to say but that it works.
  public var code: String?
  public var milliseconds: Int
  /// For people, printable: what was found; where it failed what it means, and what to do.
  public var text: String
  /// For programs, in this order.
  public var facts: [TestFact]
}

/// Something a stage found, by the name that it has in JSON.
public struct TestFact: Sendable, Hashable {
  public enum Value: Sendable, Hashable {
    case text(String?)
    case number(Int)
    case flag(Bool)
    case texts([String])
  }

  public var name: String
  public var value: Value

  public init(_ name: String, _ value: Value) {
    self.name = name
    self.value = value
  }
}

/// What a stage that was gone through has found.
struct Finding {
  var status = TestStatus.ok
  var code: String?
  var text: String
  var facts: [TestFact] = []

  init(_ text: String, _ facts: [TestFact] = []) {
    self.text = text
    self.facts = facts
  }

  init(_ status: TestStatus, _ code: TestCode, _ text: String, _ facts: [TestFact] = []) {
    self.status = status
    self.code = code.rawValue
    self.text = text
    self.facts = facts
  }
}
