import Foundation
import MailFormats
import ProfileRewriter

/// What the index has of one message: a JSON object on a line.
struct IndexEntry: Codable, Sendable, Hashable {
  var messageId: String?
  /// Of the message as it was received.
  var sha256: String
  var size: Int
  var flags: [String]
  var keywords: [String]
  /// Seconds since 1970.
  var received: Int?
  var uidl: String?
  /// It ended without a line end; the mbox has one.
  var noFinalNewline: Bool?
  /// Where in the source it was found, of a damaged one.
  var place: String?
  var damage: MessageDamage?
  /// It is not in the folder: the user had deleted it.
  var leftOut: Bool?
  /// Its file in a Maildir.
  var file: String?

  private static let names: [(MessageFlags, String)] = [
    (.seen, "seen"), (.answered, "answered"), (.flagged, "flagged"), (.deleted, "deleted"),
    (.draft, "draft"), (.forwarded, "forwarded"),
  ]

  init(_ message: any LocalMessage, sha256: [UInt8], size: Int) {
    messageId = message.messageID.map { String(decoding: $0, as: UTF8.self) }
    self.sha256 = sha256.map(Self.hexadecimal).joined()
    self.size = size
    flags = Self.names.filter { message.marks.flags.contains($0.0) }.map(\.1)
    keywords = message.marks.keywords.map { String(decoding: $0, as: UTF8.self) }
    received = message.marks.received.map { Int($0) }
    uidl = message.uidl.map { String(decoding: $0, as: UTF8.self) }
    damage = message.damage
    if damage != nil || message.isGone { place = message.place }
    if message.isGone { leftOut = true }
  }

  static func hexadecimal(_ byte: UInt8) -> String {
    let text = String(byte, radix: 16)
    return byte < 16 ? "0" + text : text
  }

  var marks: MessageMarks {
    MessageMarks(
      flags: Self.names.reduce(into: []) { if flags.contains($1.1) { $0.insert($1.0) } },
      keywords: keywords.map { Array($0.utf8) }, received: received.map { Int64($0) })
  }

  var isInFolder: Bool { leftOut != true }

  private static let encoder: JSONEncoder = {
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return encoder
  }()

  var line: [UInt8] {
    get throws(Refusal) {
      do { return Array(try Self.encoder.encode(self)) + [UInt8(ascii: "\n")] } catch {
        throw Refusal(.io, "the index cannot be written: \(error)")
      }
    }
  }

  static func read(_ line: some Sequence<UInt8>) -> IndexEntry? {
    try? BackupManifest.decoder.decode(IndexEntry.self, from: Data(line))
  }
}
