import ConfigFormats
import ProfileRewriter

/// How many accounts have stood switched, by the days on which that changed.
public struct Timeline: Sendable {
  public struct Day: Sendable, Hashable {
    /// "2026-11-27", in UTC.
    public var day: String
    public var switched = 0
    public var undone = 0
    /// At the day's end.
    public var standing = 0
  }

  struct Event: Sendable {
    var time: Int
    /// Accounts: more than none for a switch, less for an undo.
    var accounts: Int
  }

  private(set) var events: [Event] = []

  mutating func add(_ recorded: RecordedChange) {
    let change = recorded.change
    // What `finish` did belongs to the change it completes.
    guard change.followUpOf == nil, !recorded.isAbandoned, change.state != .prepared else { return }
    events.append(Event(time: change.createdAt, accounts: change.accounts.count))
    let undone = change.state == .undone ? change.accounts.count : change.undoneAccounts.count
    // Of accounts that were undone one by one the journal has the last one's time at the best.
    if undone > 0 {
      events.append(Event(time: max(recorded.stateAt, change.createdAt), accounts: -undone))
    }
  }

  /// A day of another report. When on that day is not known, so all of it counts from its first second.
  mutating func add(_ day: Day) {
    guard let start = Timestamp.start(ofDay: day.day) else { return }
    if day.switched > 0 { events.append(Event(time: start, accounts: day.switched)) }
    if day.undone > 0 { events.append(Event(time: start, accounts: -day.undone)) }
  }

  mutating func add(_ other: Timeline) { events += other.events }

  mutating func sort() {
    // Newest first as they came; of one second switches before undos.
    events.sort { ($0.time, -$0.accounts) < ($1.time, -$1.accounts) }
  }

  public var days: [Day] {
    var days: [Day] = []
    var standing = 0
    for event in events {
      let name = String(Timestamp.utc(event.time).prefix(10))
      if days.last?.day != name { days.append(Day(day: name)) }
      standing.add(saturating: event.accounts)
      let last = days.count - 1
      if event.accounts > 0 { days[last].switched.add(saturating: event.accounts) }
      if event.accounts < 0 { days[last].undone.add(saturating: -event.accounts) }
      days[last].standing = standing
    }
    return days
  }
}
