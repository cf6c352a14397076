import Foundation
import MailCheck
import MailFormats
import ProfileRewriter

/// A Maildir++ tree as the tests make it: the inbox in the directory itself, other folders beside it
/// (".Sent", ".Archives.2023", in modified UTF-7), and in each folder perhaps a file `keywords` with
/// a message's name and its keywords on a line.
public struct MaildirSource: MailSource {
  public let folders: [MailFolder]
  private let root: String
  private let places: [RelativePath: String]

  private static let roles: [String: MailFolder.Role] = [
    "Sent": .sent, "Drafts": .drafts, "Trash": .trash, "Junk": .junk, "Archives": .archive,
    "Outbox": .outbox,
  ]

  public init(_ root: String) throws {
    self.root = root
    var folders: [MailFolder] = []
    var places: [RelativePath: String] = [:]
    func add(_ names: [String], _ role: MailFolder.Role?, _ directory: String) {
      guard let path = RelativePath(directory.isEmpty ? "INBOX" : directory) else { return }
      folders.append(MailFolder(names: names, role: role, path: path, format: .maildir))
      places[path] = directory.isEmpty ? root : root + "/" + directory
    }
    add(["Inbox"], .inbox, "")
    for name in try FileManager.default.contentsOfDirectory(atPath: root).sorted()
    where name.hasPrefix(".") {
      let names = name.dropFirst().split(separator: ".").map {
        // "=2E" stands for a dot in a name, which parts names here.
        (ModifiedUTF7.decode(Array($0.utf8)) ?? String($0)).replacingOccurrences(
          of: "=2E", with: "."
        ).replacingOccurrences(of: "=2F", with: "/")
      }
      add(names, names.count == 1 ? Self.roles[names[0]] : nil, name)
    }
    self.folders = folders
    self.places = places
  }

  public func forEachMessage(
    of folder: MailFolder, _ body: (any LocalMessage) -> Bool
  ) throws(Refusal) {
    guard let place = places[folder.path] else { return }
    let keywords = Self.keywords(of: place)
    for part in ["cur", "new"] {
      let directory = place + "/" + part
      let names = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
      for name in names.sorted() {
        guard let message = MaildirMessage(directory, name, keywords) else { continue }
        if !body(message) { return }
      }
    }
  }

  private static func keywords(of place: String) -> [String: [[UInt8]]] {
    let text = (try? String(contentsOfFile: place + "/keywords", encoding: .utf8)) ?? ""
    var found: [String: [[UInt8]]] = [:]
    for line in text.split(separator: "\n") {
      let words = line.split(separator: " ")
      found[String(words[0])] = words.dropFirst().map { Array($0.utf8) }
    }
    return found
  }
}

private struct MaildirMessage: LocalMessage {
  let place: String
  let marks: MessageMarks
  let messageID: [UInt8]? = nil
  let uidl: [UInt8]? = nil
  let isGone = false
  let size: Int
  let damage: MessageDamage?

  private static let flags: [Character: MessageFlags] = [
    "S": .seen, "R": .answered, "F": .flagged, "T": .deleted, "D": .draft, "P": .forwarded,
  ]

  init?(_ directory: String, _ name: String, _ keywords: [String: [[UInt8]]]) {
    place = directory + "/" + name
    var status = stat()
    guard stat(place, &status) == 0 else { return nil }
    size = Int(status.st_size)
    let parts = name.components(separatedBy: ":2,")
    var flags = MessageFlags()
    if parts.count > 1 { for letter in parts[1] { flags.formUnion(Self.flags[letter] ?? []) } }
    marks = MessageMarks(
      flags: flags, keywords: keywords[parts[0]] ?? [], received: Int64(status.st_mtim.tv_sec))
    damage = name.hasPrefix("broken") ? .truncated : nil
  }

  func read(_ take: (UnsafeRawBufferPointer) -> Bool) throws(Refusal) {
    let descriptor = open(place, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw Refusal(.io, "cannot read \(place)") }
    defer { close(descriptor) }
    var room = [UInt8](repeating: 0, count: 64 << 10)
    while true {
      let count = Glibc.read(descriptor, &room, room.count)
      guard count >= 0 else { throw Refusal(.io, "cannot read \(place)") }
      if count == 0 { return }
      let goesOn = room.withUnsafeBytes { take(UnsafeRawBufferPointer(rebasing: $0.prefix(count))) }
      if !goesOn { return }
    }
  }
}
