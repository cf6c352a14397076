/// One rule of a msgFilterRules.dat.
///
/// Values are bytes with the file's escapes resolved; they are UTF-8 where the client wrote them.
public struct FilterRule: Sendable, Equatable {
  /// What a rule does, e.g. `Move to folder` with a folder's URI as its value. Most have none.
  public struct Action: Sendable, Equatable {
    public var name: [UInt8]
    public var value: [UInt8]?

    public init(name: [UInt8], value: [UInt8]? = nil) {
      self.name = name
      self.value = value
    }

    public init(_ name: String, _ value: String? = nil) {
      self.init(name: Array(name.utf8), value: value.map { Array($0.utf8) })
    }
  }

  public var name: [UInt8]
  public var isEnabled: Bool
  /// When the rule runs, as bits: nsMsgFilterType, e.g. 1 inbox rule, 16 manual, so 17 both.
  public var type: Int
  public var actions: [Action]
  /// The terms as the file has them, e.g. `AND (subject,contains,plain subject)`.
  public var condition: [UInt8]

  public init(
    name: String, isEnabled: Bool = true, type: Int = 17, actions: [Action], condition: String
  ) {
    self.init(
      name: Array(name.utf8), isEnabled: isEnabled, type: type, actions: actions,
      condition: Array(condition.utf8))
  }

  init(name: [UInt8], isEnabled: Bool, type: Int, actions: [Action], condition: [UInt8]) {
    self.name = name
    self.isEnabled = isEnabled
    self.type = type
    self.actions = actions
    self.condition = condition
  }

  /// The name as text, undecodable bytes replaced by U+FFFD.
  public var nameText: String { String(decoding: name, as: UTF8.self) }

  /// The rule's lines as the client writes them, without line ends.
  public var lines: [[UInt8]] {
    var result = [
      FilterSpelling.line("name", name),
      FilterSpelling.line("enabled", Array((isEnabled ? "yes" : "no").utf8)),
      FilterSpelling.line("type", Array(String(type).utf8)),
    ]
    for action in actions {
      result.append(FilterSpelling.line("action", action.name))
      if let value = action.value { result.append(FilterSpelling.line("actionValue", value)) }
    }
    result.append(FilterSpelling.line("condition", condition))
    return result
  }
}

/// How values are spelled in msgFilterRules.dat.
///
/// Found with Thunderbird 153: `\"` reads as a quote; `\\` reads as one backslash, and the character
/// behind it is taken as it is, even a quote; a backslash before anything else stands for itself.
/// The client writes only the quote escaped, so that some values of its own do not come back.
enum FilterSpelling {
  static func line(_ attribute: String, _ value: [UInt8]) -> [UInt8] {
    line(Array(attribute.utf8), value)
  }

  /// As the client writes it wherever it reads that back, else with the backslash doubled.
  static func line(_ attribute: [UInt8], _ value: [UInt8]) -> [UInt8] {
    var result = attribute + [UInt8(ascii: "="), .quote]
    var place = 0
    while place < value.count {
      let byte = value[place]
      place += 1
      if byte == .quote { result.append(.backslash) }
      result.append(byte)
      if byte == .backslash, place < value.count, [.quote, .backslash].contains(value[place]) {
        result += [.backslash, value[place]]
        place += 1
      }
    }
    result.append(.quote)
    return result
  }

  /// Whether the client reads the value back: it cannot hold a line end, nor end with a backslash.
  static func isExpressible(_ value: [UInt8]) -> Bool {
    guard !value.contains(0) else { return false }
    let written = line("", value)
    let read = self.value(in: written, from: 1)
    return read.isClosed && read.end == written.count && read.bytes == value
  }

  struct Reading: Equatable {
    var bytes: [UInt8]
    /// The place behind the value: behind its closing quote, or of the line end that closes it too.
    var end: Int
    var isClosed: Bool
  }

  /// The value whose opening quote stands at `start`, as nsMsgFilterList::LoadValue reads it.
  static func value(in bytes: [UInt8], from start: Int) -> Reading {
    var result: [UInt8] = []
    var place = start + 1
    while place < bytes.count {
      let byte = bytes[place]
      switch byte {
      case .quote: return Reading(bytes: result, end: place + 1, isClosed: true)
      case .lineFeed, .carriageReturn:
        return Reading(bytes: result, end: place, isClosed: false)
      case .backslash where place + 1 < bytes.count:
        let next = bytes[place + 1]
        place += 2
        if next != .quote { result.append(.backslash) }
        if next != .backslash {
          result.append(next)
        } else if place < bytes.count {
          result.append(bytes[place])
          place += 1
        }
      default:
        result.append(byte)
        place += 1
      }
    }
    return Reading(bytes: result, end: place, isClosed: false)
  }
}
