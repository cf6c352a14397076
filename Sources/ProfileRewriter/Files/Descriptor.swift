/// An open file or directory, closed when nothing holds it any more.
///
/// For what was only read or only names a directory: a close that must be checked is made by hand.
final class Descriptor: Sendable {
  let number: Int32
  private let calls: any SystemCalls

  init(_ number: Int32, _ calls: any SystemCalls) {
    self.number = number
    self.calls = calls
  }

  deinit { try? calls.close(number) }
}
