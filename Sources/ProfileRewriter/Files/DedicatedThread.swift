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
    withoutActuallyEscaping({ value = body() }) { body in create(body).join() }
    guard let value else { fatalError("a thread ended before its work") }
    return value
  }

  /// Starts such a thread, which ends with `body` and is to be waited for.
  static func start(_ body: @escaping @Sendable () -> Void) -> Running { create(body) }

  /// One that has been started.
  struct Running {
    fileprivate let thread: pthread_t

    func join() { pthread_join(thread, nil) }
  }

  private static func create(_ body: @escaping () -> Void) -> Running {
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
    return Running(thread: thread)
  }

  private final class Work {
    let body: () -> Void
    init(_ body: @escaping () -> Void) { self.body = body }
  }
}
