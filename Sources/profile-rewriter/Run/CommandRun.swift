import Adapters
import ArgumentParser
import ProfileRewriter

/// A command whose errors, exit status and output all go the same way.
protocol RewriterCommand: ParsableCommand {
  var common: CommonOptions { get }
  /// Says everything on standard output; the returned status is the exit status.
  func perform() throws -> ExitStatus
}

extension RewriterCommand {
  func run() throws {
    if common.json { StandardOutput.shared.speakJSON() }
    let status: ExitStatus
    do {
      status = try perform()
    } catch let fatal as Fatal {
      status = report(fatal)
    } catch let refusal as Refusal {
      status = report(Fatal(refusal))
    } catch let error as RequestError {
      status = report(Fatal(error))
    }
    throw status
  }

  private func report(_ fatal: Fatal) -> ExitStatus {
    Talk.error(fatal.text)
    if common.json {
      StandardOutput.shared.writeLine(JSON.fatal(code: fatal.code, text: fatal.text))
    }
    return fatal.status
  }
}

extension CommonOptions {
  func engine(clientIsClosed: Bool = false) throws(Fatal) -> Engine {
    Engine(
      EngineConfiguration(
        adapters: builtInAdapters, stateDirectory: try stateDirectory(),
        clientIsClosed: clientIsClosed))
  }

  func engine(_ locking: LockOptions) throws(Fatal) -> Engine {
    Engine(
      EngineConfiguration(
        adapters: builtInAdapters, stateDirectory: try stateDirectory(),
        lockTimeout: locking.lockTimeout, clientIsClosed: locking.closed.clientIsClosed))
  }
}
