import ConfigFormats

/// Looks at profiles again after they were written, where the client has no lock that would have
/// kept it away: whether it was started meanwhile, and whether a watcher of its settings has written
/// what it knew before over the change.
struct AfterCheck {
  var engine: Engine

  /// One profile that was written, and which side its change is meant to be on.
  struct Item {
    var target: ProfileTarget
    var change: Change
    /// Accounts whose keys tell; nil: all.
    var accounts: [String]?
    var wanted: Change.Side
  }

  enum Verdict {
    /// What the user should know.
    case stands([Warning])
    /// Other values are there: what a watcher knew before.
    case overwritten
    /// The client has been started.
    case clientCame(Refusal)
  }

  /// In the order of `items`. Waits, once for all, where a watcher runs.
  func verdicts(on items: [Item]) -> [Verdict] {
    var verdicts = items.map { _ in Verdict.stands([]) }
    var watched: [Int] = []
    var settling = 0.0
    for (index, item) in items.enumerated() {
      guard let presence = ClientPresence(item.target) else { continue }
      let running = self.running(presence)
      if let program = presence.program(among: running) {
        verdicts[index] = .clientCame(presence.refusal(program))
      } else if presence.watcher(among: running) != nil {
        watched.append(index)
        settling = max(settling, presence.lock.settling)
      }
    }
    guard !watched.isEmpty else { return verdicts }
    engine.configuration.wait(settling)
    for index in watched { verdicts[index] = verdictAfterWaiting(items[index]) }
    return verdicts
  }

  /// Why a client without a lock, started since it was looked for, is in the way; nil where none was.
  func clientCame(to target: ProfileTarget) -> Refusal? {
    guard let presence = ClientPresence(target),
      let program = presence.program(among: running(presence))
    else { return nil }
    return presence.refusal(program)
  }

  private func verdictAfterWaiting(_ item: Item) -> Verdict {
    guard let presence = ClientPresence(item.target) else { return .stands([]) }
    if let refusal = clientCame(to: item.target) { return .clientCame(refusal) }
    do throws(Refusal) {
      // Where nothing that decides is left, nothing was written over it either.
      let side = try item.change.side(in: item.target, accounts: item.accounts)
      guard side == nil || side == item.wanted else { return .overwritten }
    } catch {
      return .overwritten
    }
    let name = presence.watcher(among: running(presence))?.program ?? "the client's own service"
    return .stands([
      Warning(
        .settingsService,
        "\(name) runs and has had time to take the change over; what it knew before was not "
          + "written back")
    ])
  }

  /// What cannot be looked at does not count as running: it was looked at before.
  private func running(_ presence: ClientPresence) -> [RunningProcess] {
    let processes = try? engine.configuration.processes.running(presence.names)
    return (try? presence.onProfile(processes ?? [])) ?? []
  }
}

extension Change {
  /// Which side a profile is on.
  enum Side: Sendable {
    case old, new
    /// Between them: somebody else has written.
    case neither
  }

  /// The side that the deciding keys of all files show; bytes first, then keys.
  /// - Parameter accounts: only the keys these need; nil: all.
  /// - Returns: nil where no file that decides is there any more.
  func side(in target: ProfileTarget, accounts: [String]? = nil) throws(Refusal) -> Side? {
    var sides: Set<Side> = []
    for file in files where file.action == .edit {
      let deciding = file.deciding(accounts)
      guard !deciding.isEmpty else { continue }
      // Of several that decide, one that is gone is nobody's side.
      guard let now = try target.root.view(at: nil).read(file.path) else { continue }
      sides.insert(try side(of: file, now, deciding, target))
    }
    guard let side = sides.first else { return nil }
    return sides.count == 1 ? side : .neither
  }

  private func side(
    of file: FilePatch, _ now: [UInt8], _ deciding: [KeyedEdit], _ target: ProfileTarget
  ) throws(Refusal) -> Side {
    let hash = SHA256.hash(now)
    if hash == file.after?.sha256 { return .new }
    if hash == file.before?.sha256 { return .old }
    return try file.side(byKeys: deciding, now, target)
  }
}

extension FilePatch {
  /// The edits that decide where accounts connect or store.
  func deciding(_ accounts: [String]?) -> [KeyedEdit] {
    edits.filter { edit in
      edit.deciding && edit.before != edit.after
        && (accounts.map { Set($0).isSuperset(of: edit.users) } ?? true)
    }
  }

  /// Which side these keys are on in what the file is now.
  func side(
    byKeys deciding: [KeyedEdit], _ now: [UInt8], _ target: ProfileTarget
  ) throws(Refusal) -> Change.Side {
    let document: any KeyedDocument
    do {
      document = try target.adapter.document(at: target.pathForAdapter(path), SourceText(now))
    } catch {
      throw Refusal(syntax: error, in: path, root: target.rootPath)
    }
    let values = deciding.map { document.value(forKey: $0.key) }
    if zip(deciding, values).allSatisfy({ $0.after == $1 }) { return .new }
    if zip(deciding, values).allSatisfy({ $0.before == $1 }) { return .old }
    return .neither
  }
}
