internal import CPlatform
import Glibc

/// Threads that run one thing and nothing else: the only ones that ever act as another user.
public enum DedicatedThread {
  /// Says that the calling thread is one. For a program's main thread, before anything else.
  public static func adoptCurrent() { cplatform_dedicate_thread() }

  static var isCurrent: Bool { cplatform_thread_is_dedicated() != 0 }

  /// Runs `body` on such a thread, this one if it is one, and waits for it.
  public static func run<Value, Failure: Error>(
    _ body: () throws(Failure) -> Value
  ) throws(Failure) -> Value {
    if isCurrent { return try body() }
    let result = runAlone { Result { () throws(Failure) in try body() } }
    return try result.get()
  }

  /// Runs `body` on a new thread that ends with it.
  static func runAlone<Value>(_ body: () -> Value) -> Value {
    var value: Value?
    withoutActuallyEscaping({ value = body() }) { body in
      let work = Unmanaged.passRetained(Work(body))
      var thread = pthread_t()
      let error = pthread_create(
        &thread, nil,
        { context in
          cplatform_dedicate_thread()
          // It was made as whoever its maker acted as.
          ThreadIdentity.becomeOwn()
          guard let context else { return nil }
          Unmanaged<Work>.fromOpaque(context).takeRetainedValue().body()
          return nil
        }, work.toOpaque())
      // Whatever was begun is settled by the next run; going on as somebody else never is.
      guard error == 0 else { fatalError("no thread can be made: \(Errno(rawValue: error).text)") }
      pthread_join(thread, nil)
    }
    guard let value else { fatalError("a thread ended before its work") }
    return value
  }

  private final class Work {
    let body: () -> Void
    init(_ body: @escaping () -> Void) { self.body = body }
  }
}
