import Glibc

/// How many there are of what a server notes down: in a log, which it writes after it has answered, some lines only when
/// the connection has ended. Waits for the wanted number, at most ten seconds, and then for one more that should not come.
func awaited(_ wanted: Int, _ count: () throws -> Int) rethrows -> Int {
  let end = ContinuousClock.now + .seconds(10)
  while try count() < wanted, ContinuousClock.now < end { usleep(20_000) }
  usleep(200_000)
  return try count()
}
