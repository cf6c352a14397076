import ArgumentParser
import Glibc

/// For commands that go through many homes.
struct JobsOption: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      """
      Read this many homes at once (default: one for each processor), and write several more at a \
      time; 1 does one thing after the other. The output is the same.
      """,
      valueName: "number"))
  var jobs: Int?

  static let most = 256

  func validate() throws {
    guard jobs.map({ (1...Self.most).contains($0) }) ?? true else {
      throw ValidationError("--jobs takes a number from 1 to \(Self.most)")
    }
  }

  var threads: Int {
    jobs ?? max(1, min(Self.most, sysconf(Int32(_SC_NPROCESSORS_ONLN))))
  }
}
