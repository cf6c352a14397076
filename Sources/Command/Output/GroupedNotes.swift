/// Notes about several subjects, in order; what is the same about many is said once.
struct GroupedNotes {
  private var order: [[String]] = []
  private var names: [[String]: [String]] = [:]

  /// Names that are written out before the rest is only counted.
  private static let mostNamed = 3

  mutating func add(_ notes: [String], about name: String) {
    guard !notes.isEmpty else { return }
    if names[notes] == nil { order.append(notes) }
    if names[notes]?.last != name { names[notes, default: []].append(name) }
  }

  func say() {
    for notes in order {
      let all = names[notes] ?? []
      let more = all.count - Self.mostNamed
      Talk.say(
        all.prefix(Self.mostNamed).joined(separator: ", ")
          + (more > 0 ? " and \(Talk.count(more, "other"))" : "") + ":")
      for note in notes { Talk.say("  \(note)") }
    }
  }
}
