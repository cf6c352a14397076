public struct UndoIntent: Sendable {
  public struct File: Sendable { public var path: RelativePath; public var before: [UInt8]?; public var after: [UInt8]? }
  public var change: String
  public var accounts: [String]
  public var extraValues: [KeyValue]
  public var files: [File]
}
public final class Journal {
  static func open(stateDirectory: [UInt8], create: Bool, calls: any SystemCalls) throws(Refusal) -> Journal? { fatalError() }
  static func create(stateDirectory: [UInt8], calls: any SystemCalls) throws(Refusal) -> Journal { fatalError() }
  func guardProfile(root: [UInt8], client: String, profile: RelativePath?, timeout: Double) throws(Refusal) -> FileLock { fatalError() }
  func unsettled(root: [UInt8], client: String, profile: RelativePath?) throws(Refusal) -> [Change] { fatalError() }
  func beginRun(command: String) throws(Refusal) -> String { fatalError() }
  func newChangeID() -> String { fatalError() }
  func prepare(_ c: [Change]) throws(Refusal) { fatalError() }
  func markApplied(_ c: [String]) throws(Refusal) { fatalError() }
  func markUndone(_ c: String, accounts: [String]) throws(Refusal) { fatalError() }
  func markConflict(_ c: String) throws(Refusal) { fatalError() }
  func abandon(_ c: String) throws(Refusal) { fatalError() }
  func recordUndoIntent(_ c: UndoIntent) throws(Refusal) { fatalError() }
  func undoIntent(of c: String) throws(Refusal) -> UndoIntent? { fatalError() }
  func change(_ c: String) throws(Refusal) -> Change { fatalError() }
  func changesOfLastRun() throws(Refusal) -> [Change] { fatalError() }
  func changes(run: String) throws(Refusal) -> [Change] { fatalError() }
  func changes(states: [Change.State]) throws(Refusal) -> [Change] { fatalError() }
  func changes(root: [UInt8], client: String, profile: RelativePath?, states: [Change.State]) throws(Refusal) -> [Change] { fatalError() }
  func recordIsNeeded(root: [UInt8], file: RelativePath, key: String, besides: String) throws(Refusal) -> Bool { fatalError() }
  func isLater(_ a: Change, than: Change) -> Bool { fatalError() }
}
