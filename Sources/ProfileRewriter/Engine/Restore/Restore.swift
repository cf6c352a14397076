import ConfigFormats

/// Folders that are to be put into one profile, as new local ones.
public struct RestoreRequest: Sendable {
  public struct Folder: Sendable {
    /// Of the source.
    public var folder: MailFolder
    public var messages: Int
    /// Of its messages together.
    public var bytes: Int

    public init(folder: MailFolder, messages: Int, bytes: Int) {
      self.folder = folder
      self.messages = messages
      self.bytes = bytes
    }
  }

  public var source: any MailSource
  public var folders: [Folder]
  /// What the folder above them is to be called; nil: "Restored", and the day.
  public var name: String?
  public var isDryRun: Bool
  /// The run that an earlier restore has begun and this one belongs to.
  public var run: String?

  public init(
    source: any MailSource, folders: [Folder], name: String? = nil, isDryRun: Bool = false,
    run: String? = nil
  ) {
    self.run = run
    self.source = source
    self.folders = folders
    self.name = name
    self.isDryRun = isDryRun
  }
}

/// What became of the folders of a ``RestoreRequest``.
public struct RestoreOutcome: Sendable {
  public struct Folder: Sendable {
    /// In the source.
    public var names: [String]
    /// In the client, what holds all of them included.
    public var target: [String]
    public var messages: Int
    public var bytes: Int
    /// Messages whose tags the client keeps elsewhere, and that have lost them.
    public var withoutKeywords: Int
  }

  /// nil where nothing was done.
  public var change: String?
  public var run: String?
  public var folders: [Folder]
  public var warnings: [Warning] = []
}

/// A profile that folders may be put into.
public struct RestoreTarget: Sendable {
  public var name: ProfileName { target.name }
  let target: ProfileTarget
}

public enum RestoreTargetRow: Sendable {
  case target(RestoreTarget)
  case refused(ProfileName, Refusal)
  /// No profile was found below this path.
  case nothing([UInt8])
}

/// Told after every message: bytes and messages so far.
public typealias RestoreProgress = (_ bytes: Int, _ messages: Int) -> Void

extension Engine {
  /// The selected profiles of clients that folders can be put into.
  public func restoreTargets(_ selection: Selection, _ emit: (RestoreTargetRow) -> Void) {
    forEachProfile(in: selection) { found in
      switch found {
      case .nothing(let path): emit(.nothing(path))
      case .problem(let name, let refusal): emit(.refused(name, refusal))
      case .target(let target):
        if target.adapter.takesRestoredFolders { emit(.target(RestoreTarget(target: target))) }
      }
    }
  }

  /// Makes the folders, as one change that ``rollback(_:_:)`` takes back.
  /// - Throws: ``Refusal``; the profile is as it was then. `interrupted` where the run is to stop.
  public func restore(
    _ request: RestoreRequest, into place: RestoreTarget,
    progress: @escaping RestoreProgress = { _, _ in }
  ) throws(Refusal) -> RestoreOutcome {
    let target = place.target
    if let obstacle = obstacle(to: target) { throw obstacle }
    let plan = try restorePlan(request, target)
    guard !request.isDryRun else { return plan.outcome }
    let journal = try Journal.create(
      stateDirectory: configuration.stateDirectory, calls: configuration.calls)
    let session = try ProfileSession.open(target, journal: journal, configuration: configuration)
    defer { withExtendedLifetime(session) {} }
    try Recovery(engine: self, journal: journal).settle(session)
    return try RestoreRun(engine: self, journal: journal, session: session, progress: progress)
      .run(restorePlan(request, target), request)
  }

  private func restorePlan(
    _ request: RestoreRequest, _ target: ProfileTarget
  ) throws(Refusal) -> RestorePlan {
    let today = configuration.clock().today
    let name = request.name ?? "Restored \(today.text)"
    let place = try target.root.asOwner { () throws(Refusal) in
      try target.adapter.restorePlace(
        named: name, for: request.folders.map(\.folder.names), in: context(of: target))
    }
    return RestorePlan(place: place, target: target, request: request)
  }
}

extension CalendarDay {
  /// "2026-11-27".
  var text: String {
    func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
    return "\(year)-\(two(month))-\(two(day))"
  }
}

/// What is to be made, with paths of the opened root.
struct RestorePlan {
  var place: RestorePlace
  var outcome: RestoreOutcome

  init(place: RestorePlace, target: ProfileTarget, request: RestoreRequest) {
    self.place = place
    self.place.workshop = target.path(place.workshop)
    for index in place.entries.indices {
      self.place.entries[index].path = target.path(place.entries[index].path)
    }
    var names: [Int: [String]] = [:]
    for entry in place.entries {
      if case .folder(let source?) = entry.kind { names[source] = entry.names }
    }
    outcome = RestoreOutcome(
      change: nil, run: nil,
      folders: request.folders.enumerated().map { index, folder in
        RestoreOutcome.Folder(
          names: folder.folder.names, target: [place.title] + (names[index] ?? []),
          messages: folder.messages, bytes: folder.bytes, withoutKeywords: 0)
      })
  }
}
