import ArgumentParser
import Foundation
import ProfileRewriter

/// The whole program. What is put together elsewhere is two lines long: it names its clients.
public enum CommandMain {
  /// Reads the arguments of this process, does what they say, and ends it. To be called first of all, in
  /// the main thread.
  /// - Parameter clients: the adapters of the mail clients that the program knows, in the order in which
  ///   they are asked. Each has a name of its own.
  public static func run(clients: [any ClientAdapter]) -> Never {
    // First of all: threads inherit what this one may do.
    guard (try? Privileges.dropUnused()) != nil else {
      Talk.error("the system does not let this process give up the rights it does not need")
      exit(ExitStatus.failed.rawValue)
    }
    HeapSharing.limitHeaps()
    HeapSharing.returnLargeBlocks()
    widenNarrowTerminal()
    KnownClients.set(clients)
    DedicatedThread.adoptCurrent()
    Interruption.watch()
    do {
      try MisspeltCommand.refuse(CommandLine.arguments.dropFirst().first)
      var command = try ProfileRewriterCommand.parseAsRoot()
      try command.run()
      leave(.done)
    } catch let status as ExitStatus {
      leave(status)
    } catch {
      if ProfileRewriterCommand.exitCode(for: error) == .validationFailure,
        CommandLine.arguments.contains("--json")
      {
        let text = ProfileRewriterCommand.message(for: error)
        StandardOutput.shared.writeLine(JSON.fatal(code: "usage", text: text))
      }
      StandardOutput.shared.flush()
      ProfileRewriterCommand.exit(withError: error)
    }
  }

  /// The help's columns take half of a line each: the parser ends the process where less is left than none.
  private static func widenNarrowTerminal() {
    var columns = getenv("COLUMNS").flatMap { Int(String(cString: $0)) }
    if columns == nil {
      var size = winsize()
      if ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 {
        columns = Int(size.ws_col)
      }
    }
    if let columns, columns < narrowest { setenv("COLUMNS", String(narrowest), 1) }
  }

  private static let narrowest = 40

  private static func leave(_ status: ExitStatus) -> Never {
    if let reason = StandardOutput.shared.finish() {
      Talk.error("cannot write standard output: \(reason)")
      exit(
        status == .done || status == .changesFound ? ExitStatus.failed.rawValue : status.rawValue)
    }
    exit(status.rawValue)
  }
}
