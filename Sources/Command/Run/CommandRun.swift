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
      let outcome = try perform()
      status = Interruption.wasAsked ? reportInterruption() : outcome
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

  /// The engine has stopped between two profiles and said what it did.
  private func reportInterruption() -> ExitStatus {
    Talk.say(Interruption.message)
    if common.json {
      StandardOutput.shared.writeLine(
        JSON.fatal(code: "interrupted", text: "stopped by a signal"))
    }
    return .interrupted
  }
}

extension CommonOptions {
  func engine(
    clientIsClosed: Bool = false, lockTimeout: Double = 0, stopClients: Bool = false,
    allowLinks: Bool = false
  ) throws(Fatal) -> Engine {
    let configuration = EngineConfiguration(
      adapters: KnownClients.adapters, stateDirectory: try stateDirectory(),
      lockTimeout: lockTimeout,
      clientIsClosed: clientIsClosed, allowLinks: allowLinks, stopClients: stopClients,
      shouldStop: { Interruption.wasAsked })
    return Engine(configuration)
  }

  func engine(_ locking: LockOptions) throws(Fatal) -> Engine {
    try engine(
      clientIsClosed: locking.closed.clientIsClosed, lockTimeout: locking.lockTimeout,
      stopClients: locking.stopClients, allowLinks: locking.links.allowLinks)
  }
}

extension Engine {
  /// Goes through homes on several threads, and shows how far it has come.
  mutating func work(_ jobs: JobsOption, showing progress: HomesProgress) {
    configuration.jobs = jobs.threads
    configuration.progress = { done, total in progress.update(done, of: total) }
  }
}
