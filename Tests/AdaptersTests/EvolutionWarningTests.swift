import Adapters
import ConfigFormats
import Foundation
import ProfileRewriter
import Testing

@Suite struct EvolutionWarningTests {
  @Test func whereOldMailIs() throws {
    #expect(try EvolutionLab().warnings() == [.mailShownTwice])
    for change in ["KeepOnServer=false\n", ""] {
      let lab = EvolutionLab { $0 = $0.replacing("KeepOnServer=true\n", with: change) }
      #expect(try lab.warnings() == [.mailOnlyLocal])
    }
  }

  /// Camel's POPB4SMTP: the transport that the identity names.
  @Test func sendingAfterPOPIsSaid() throws {
    var lab = EvolutionLab()
    let transport = "[Data Source]\nParent=a\n\n[Authentication]\nMethod={M}\n"
    lab["t"] = transport.replacing("{M}", with: "PLAIN")
    #expect(try !lab.warnings().contains(.popBeforeSMTP))
    lab["t"] = transport.replacing("{M}", with: "POPB4SMTP")
    #expect(try lab.warnings().contains(.popBeforeSMTP))
  }

  // MARK: Certificates

  /// A certificate store as Camel 3.46.4 saved it, with one certificate for `pop.lab.test` (trust 3).
  private static let genuine: [UInt8] = {
    func string(_ length: UInt8, _ text: String) -> [UInt8] { [length] + Array(text.utf8) }
    var bytes: [UInt8] = [0x02, 0x80, 0x81]
    bytes += string(0x87, "CN=Lab")
    bytes += string(0x90, "CN=pop.lab.test")
    bytes += string(0x8d, "pop.lab.test")
    bytes += string(0x86, "aa:bb")
    return bytes + [0x83]
  }()

  private func store(_ certificates: [(host: String, trust: UInt8)]) -> [UInt8] {
    func string(_ text: String) -> [UInt8] {
      [UInt8(text.utf8.count + 1) | 0x80] + Array(text.utf8)
    }
    var bytes: [UInt8] = [0x02, 0x80, 0x80 | UInt8(certificates.count)]
    for certificate in certificates {
      bytes += string("CN=Lab") + string("CN=x")
      bytes += string(certificate.host) + string("aa:bb") + [0x80 | certificate.trust]
    }
    return bytes
  }

  private func warns(_ store: [UInt8]?, _ target: ServerSettings = Lab.imap()) throws -> Bool {
    var lab = EvolutionLab()
    lab.options.allowWeaker = true
    if let store { lab.home.put(.file(store), at: "\(lab.dataTree)/camel-cert.db") }
    return try lab.warnings(to: target).contains(.certificateException)
  }

  /// Trust holds for a host name, on every port.
  @Test func aCertificateAcceptedByHand() throws {
    #expect(try warns(Self.genuine))
    #expect(try warns(store([("pop.lab.test", 3)])))
    #expect(try !warns(nil))
    #expect(try !warns(Self.genuine, Lab.imap(host: "pop.lab.test")))
    #expect(try warns(Self.genuine, Lab.imap(security: .starttls)))
    #expect(try !warns(Self.genuine, Lab.imap(security: .none)))
    #expect(try warns(store([("other.test", 3), ("POP.Lab.test", 3)])))
    #expect(try !warns(store([("pop.lab.test", 3), ("imap.lab.test", 3)])))
    #expect(try !warns(store([("other.test", 3)])))
  }

  /// Only what was accepted for good: marginally, fully, ultimately.
  @Test(arguments: [(0, false), (1, false), (2, true), (3, true), (4, true), (5, false)])
  func trust(_ trust: UInt8, _ isAccepted: Bool) throws {
    #expect(try warns(store([("pop.lab.test", trust)])) == isAccepted)
  }

  /// What is cut short, or lies about its size, counts as far as it goes.
  @Test func aDamagedStore() throws {
    for end in Self.genuine.indices {
      #expect(try !warns(Array(Self.genuine[..<end])), "cut after \(end) bytes")
    }
    let two = store([("pop.lab.test", 3), ("other.test", 3)])
    #expect(try warns(Array(two.dropLast(3))))
    #expect(try !warns([0x02, 0x80, 0x0F, 0x7F, 0x7F, 0x7F, 0xFF, 0x00, 0x80]))
    #expect(try !warns([UInt8](repeating: 0x7F, count: 100)))
    #expect(try !warns([0x02, 0x80, 0x81, 0x0F, 0x7F, 0x7F, 0x7F, 0xFF] + Array("x".utf8)))
    #expect(try !warns([0x02, 0x80, 0x81, 0x80, 0x80, 0x80, 0x80, 0x83]))
  }

  // MARK: What deletes on the server

  /// A database as dconf 0.40 wrote it (see make-dconf-user): the trash is emptied on exit, junk is
  /// not.
  private static let dconf: [UInt8] = {
    let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent("ConfigFormatsTests/Resources/dconf-user")
    return (try? Data(contentsOf: file)).map { [UInt8]($0) } ?? []
  }()

  private func warning(_ files: [String: MemoryView.Entry]) throws -> String? {
    var lab = EvolutionLab()
    for (path, entry) in files { lab.home.put(entry, at: path) }
    let outcome = try #require(try lab.plan().outcomes.first)
    return outcome.warnings.first { $0.code == .serverSideDeletion }?.text
  }

  @Test func settingsInDconf() throws {
    let text = try #require(try warning([".config/dconf/user": .file(Self.dconf)]))
    #expect(text.contains("trash-empty-on-exit"))
    #expect(!text.contains("junk-empty-on-exit"))
    #expect(try warning([:]) == nil)
  }

  @Test(arguments: [
    ("trash-empty-on-exit=true", "trash"), ("junk-empty-on-exit=true", "junk"),
    ("trash-empty-on-exit=false", nil), ("other=true", nil),
  ]) func settingsInAKeyFile(_ line: String, _ word: String?) throws {
    let path = ".config/glib-2.0/settings/keyfile"
    let text = "[org/gnome/evolution/mail]\n\(line)\n"
    let warning = try warning([path: .file(Array(text.utf8))])
    #expect((warning != nil) == (word != nil))
    if let word { #expect(warning?.contains(word) == true) }
  }

  /// An account that is not told of the server's trash and junk cannot have them emptied; the
  /// client's own setting up would tell it.
  @Test(arguments: [true, false]) func theServersTrashIsHeldOff(_ isOn: Bool) throws {
    var lab = EvolutionLab()
    lab.home[".config/glib-2.0/settings/keyfile"] =
      "[org/gnome/evolution/mail]\ntrash-empty-on-exit=\(isOn)\n"
    let switched = try lab.switched()
    #expect(try switched.value("a", "Mail Account/NeedsInitialSetup") == (isOn ? "false" : "true"))
    for key in ["UseRealTrashPath", "UseRealJunkPath"] {
      #expect(try switched.value("a", "Imapx Backend/\(key)") == (isOn ? "false" : nil))
    }
  }

  /// What cannot be read counts as the default.
  @Test func settingsThatCannotBeRead() throws {
    let path = ".config/dconf/user"
    for entry in [MemoryView.Entry.link, .fifo, .locked, .file([]), .file(Array("junk".utf8))] {
      #expect(try warning([path: entry]) == nil)
    }
    #expect(try warning([".config/glib-2.0/settings/keyfile": .file(Array("junk".utf8))]) == nil)
  }
}
