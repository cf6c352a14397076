import ConfigFormats
import Foundation
import ProfileRewriter

/// A line of `report --json`, read back.
enum GatheredLine: Decodable {
  /// With the machine, where the line has one: then it comes out of a merged report.
  case account(FleetRow)
  case day(Timeline.Day)
  case change(id: String, machine: String?)
  case summary(Summary)

  struct Summary: Decodable {
    var machine: String?
    var machines: [FleetReport.Machine]
    var madeAt: Int
    var countsMail: Bool
  }

  private enum Key: String, CodingKey {
    case type, machine, change, text, files
  }

  init(from decoder: any Decoder) throws {
    let line = try decoder.container(keyedBy: Key.self)
    switch try line.decode(String.self, forKey: .type) {
    case "account": self = .account(try FleetRow(from: decoder))
    case "day": self = .day(try Timeline.Day(from: decoder))
    case "recorded":
      // The page's script shows them as they are.
      _ = try line.decode([ShownFile].self, forKey: .files)
      self = .change(
        id: try line.decode(String.self, forKey: .change),
        machine: try line.decodeIfPresent(String.self, forKey: .machine))
    case "summary": self = .summary(try Summary(from: decoder))
    case "error":
      let text = try line.decode(String.self, forKey: .text)
      throw GatheredFault(text: "the report failed there: \(text.printable)")
    case let type:
      throw GatheredFault(text: "no line of `report --json` has the type \"\(type.printable)\"")
    }
  }

  private struct ShownFile: Decodable {
    struct Edit: Decodable {
      var key: String
    }

    var path: String
    var action: FilePatch.Action
    var edits: [Edit]
  }
}

extension GatheredLine.Summary {
  private enum Key: String, CodingKey {
    case command, machine, machines, time, mail
  }

  private enum MailKey: String, CodingKey {
    case counted
  }

  init(from decoder: any Decoder) throws {
    let line = try decoder.container(keyedBy: Key.self)
    let command = try line.decode(String.self, forKey: .command)
    guard command == "report" else {
      throw GatheredFault(text: "it is of `\(command.printable) --json`, not of `report --json`")
    }
    machine = try line.decodeIfPresent(String.self, forKey: .machine)
    machines = try line.decode([FleetReport.Machine].self, forKey: .machines)
    madeAt = try line.decode(Timestamp.Read.self, forKey: .time).seconds
    let mail = try line.nestedContainer(keyedBy: MailKey.self, forKey: .mail)
    countsMail = try !mail.decodeNil(forKey: .counted)
  }
}

extension FleetReport.Machine: Decodable {
  private enum Key: String, CodingKey {
    case machine, time
  }

  public init(from decoder: any Decoder) throws {
    let line = try decoder.container(keyedBy: Key.self)
    self.init(
      name: try line.decode(String.self, forKey: .machine),
      madeAt: try line.decode(Timestamp.Read.self, forKey: .time).seconds)
  }
}

extension Timeline.Day: Decodable {
  private enum CodingKeys: String, CodingKey {
    case day, switched, undone
  }

  public init(from decoder: any Decoder) throws {
    let line = try decoder.container(keyedBy: CodingKeys.self)
    let day = try line.decode(String.self, forKey: .day)
    guard Timestamp.start(ofDay: day) != nil else {
      throw GatheredFault(text: "\(day.printable) is no day")
    }
    self.init(
      day: day,
      switched: try line.count(.switched),
      undone: try line.count(.undone))
  }
}
