import ConfigFormats
import Foundation
import ProfileRewriter

/// What `report --json` printed on some machine.
public struct GatheredReport: Sendable {
  /// For people.
  public let name: String
  let read: @Sendable () throws -> [UInt8]

  /// - Parameter read: its bytes; called twice, for the rows and for the changes, so that no more than
  ///   one report is in memory at a time.
  public init(name: String, read: @escaping @Sendable () throws -> [UInt8]) {
    self.name = name
    self.read = read
  }

  /// Hands over every line but empty ones.
  /// - Throws: `Refusal` with the line's number.
  func forEachLine(
    of content: ArraySlice<UInt8>, _ body: (ArraySlice<UInt8>, GatheredLine) throws -> Void
  ) throws {
    let decoder = JSONDecoder()
    let lines = content.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    for (index, line) in lines.enumerated() where !line.isEmpty {
      do {
        let text = String(decoding: line, as: UTF8.self)
        guard text.printable == text else {
          throw GatheredFault(text: "characters that `report --json` never prints as they are")
        }
        try body(line, decoder.decode(GatheredLine.self, from: Data(line)))
      } catch let error as DecodingError {
        throw refusal(index + 1, error.inWords)
      } catch let fault as GatheredFault {
        throw refusal(index + 1, fault.text)
      }
    }
  }

  func refusal(_ line: Int?, _ text: String) -> Refusal {
    Refusal(.syntax, "\(name)\(line.map { ":\($0)" } ?? ""): \(text)")
  }
}

/// What is wrong with a line that is JSON.
struct GatheredFault: Error {
  var text: String
}

extension DecodingError {
  /// Where in the line, and what.
  fileprivate var inWords: String {
    let context: Context
    switch self {
    case .typeMismatch(_, let found), .valueNotFound(_, let found), .dataCorrupted(let found):
      context = found
    case .keyNotFound(let key, let found):
      return "no member \(Self.place(found.codingPath + [key]))"
    @unknown default: return "not what `report --json` prints"
    }
    guard !context.codingPath.isEmpty else { return "not JSON as `report --json` prints it" }
    return "\(Self.place(context.codingPath)) is not what `report --json` prints there"
  }

  private static func place(_ path: [any CodingKey]) -> String {
    path.map { $0.intValue.map(String.init) ?? $0.stringValue.printable }.joined(separator: ".")
  }
}
