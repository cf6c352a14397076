import Foundation
import Glibc
import Testing

@testable import ProfileRewriter

/// The kernel's own walk, and ours where there is none: both must answer alike.
let walks: [any SystemCalls] = [
  LinuxSystemCalls.shared, PoorSystemCalls(openAnswer: .noSystemCall),
  PoorSystemCalls(openAnswer: .notPermitted),
]

@Suite struct ReadingTests {
  let scratch: Scratch

  init() throws {
    scratch = try Scratch()
    try scratch.directory("home/profile")
    try scratch.file("home/profile/prefs.js", "old")
    try scratch.file("outside", "secret")
  }

  func root(_ calls: any SystemCalls = LinuxSystemCalls.shared, limit: Int = 1 << 20) throws
    -> OpenRoot
  {
    try OpenRoot(
      path: Array((scratch.path + "/home").utf8), fileSizeLimit: limit, calls: calls)
  }

  @Test(arguments: walks) func readsWhatIsThere(calls: any SystemCalls) throws {
    let root = try root(calls)
    let view = root.view(at: "profile")
    #expect(view.absolutePath == Array((scratch.path + "/home/profile").utf8))
    #expect(try view.read("prefs.js") == Array("old".utf8))
    #expect(try view.kind("prefs.js") == .file)
    #expect(try view.size("prefs.js") == 3)
    #expect(try view.list(nil) == [Array("prefs.js".utf8)])
    #expect(try root.list(nil) == [Array("profile".utf8)])
    #expect(try root.kind("profile") == .directory)
  }

  @Test(arguments: walks) func absentIsNil(calls: any SystemCalls) throws {
    let root = try root(calls)
    for path: RelativePath in ["none", "none/none", "profile/prefs.js/below"] {
      #expect(try root.read(path) == nil)
      #expect(try root.kind(path) == nil)
      #expect(try root.list(path) == nil)
      #expect(try root.size(path) == nil)
      #expect(try root.snapshot(path) == nil)
    }
    #expect(try root.list("profile/prefs.js") == nil)
    #expect(try root.view(at: "none").list(nil) == nil)
  }

  @Test(arguments: walks) func refusesLinks(calls: any SystemCalls) throws {
    scratch.link("home/profile/link.js", to: "prefs.js")
    scratch.link("home/away", to: "..")
    scratch.link("home/dangling", to: "nothing")
    let root = try root(calls)
    for path: RelativePath in ["profile/link.js", "away", "away/outside", "dangling"] {
      #expect(reason { _ = try root.read(path) } == .symlink)
      #expect(reason { _ = try root.snapshot(path) } == .symlink)
      #expect(reason { _ = try root.list(path) } == .symlink)
      #expect(reason { _ = try root.size(path) } == .symlink)
    }
    #expect(try root.kind("profile/link.js") == .link)
    #expect(try root.kind("dangling") == .link)
    #expect(reason { _ = try root.kind("away/outside") } == .symlink)
    let text = try #require(refusal { _ = try root.read("away/outside") }).text
    #expect(text.hasPrefix("\(scratch.path)/home/away is a symbolic link on the way to "))
  }

  @Test func rootIsNoLinkUnlessAllowed() throws {
    scratch.link("linked", to: "home")
    let path = Array((scratch.path + "/linked").utf8)
    #expect(reason { _ = try OpenRoot(path: path) } == .symlink)
    // A slash at the end would make the kernel follow it.
    #expect(reason { _ = try OpenRoot(path: path + Array("//".utf8)) } == .symlink)
    #expect(try OpenRoot(path: path, followingLink: true).kind("profile") == .directory)
  }

  @Test func rootMustBeADirectory() throws {
    func root(_ path: String) throws { _ = try OpenRoot(path: Array(path.utf8)) }
    #expect(reason { try root(scratch.path + "/none") } == .notFound)
    #expect(reason { try root(scratch.path + "/outside") } == .notRegular)
    #expect(reason { try root(scratch.path + "/outside/below") } == .notFound)
    #expect(reason { try root("relative") } == .notFound)
    #expect(reason { try root(scratch.path + "/home/../home") } == .outsideHome)
    #expect(reason { try root("/") } == nil)
    #expect(try OpenRoot(path: Array("/".utf8)).absolute("etc") == Array("/etc".utf8))
  }

  @Test(arguments: walks) func neverWaitsForAFIFO(calls: any SystemCalls) throws {
    #expect(mkfifo(scratch.path + "/home/fifo", 0o600) == 0)
    let root = try root(calls)
    #expect(reason { _ = try root.read("fifo") } == .notRegular)
    #expect(reason { _ = try root.snapshot("fifo") } == .notRegular)
    #expect(reason { _ = try root.size("fifo") } == .notRegular)
    #expect(reason { _ = try root.isRecordLocked("fifo") } == .notRegular)
    #expect(reason { _ = try root.recordLock("fifo") } == .notRegular)
    #expect(reason { _ = try root.remove("fifo", expecting: sha("")) } == .notRegular)
    #expect(
      reason { _ = try root.stageReplacement(of: "fifo", with: [], expecting: sha("")) }
        == .notRegular)
    #expect(try root.kind("fifo") == .other)
  }

  @Test func refusesDirectoriesAndSockets() throws {
    let root = try root()
    #expect(reason { _ = try root.read("profile") } == .notRegular)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let path = scratch.path + "/home/socket"
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
    let socket = Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(socket) }
    let bound = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(socket, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    #expect(bound == 0)
    #expect(reason { _ = try root.read("socket") } == .notRegular)
  }

  @Test func refusesWhatIsTooLarge() throws {
    try scratch.file("home/large", String(repeating: "x", count: 1001))
    try scratch.file("home/fits", String(repeating: "x", count: 1000))
    let root = try root(limit: 1000)
    #expect(reason { _ = try root.read("large") } == .tooLarge)
    #expect(try root.read("fits")?.count == 1000)
    // A hole of a terabyte is refused before it is read.
    #expect(truncate(scratch.path + "/home/large", 1 << 40) == 0)
    #expect(reason { _ = try root.snapshot("large") } == .tooLarge)
    // A file that claims to be empty and is not.
    let proc = try OpenRoot(path: Array("/proc".utf8), fileSizeLimit: 16)
    #expect(reason { _ = try proc.read("cpuinfo") } == .tooLarge)
  }

  @Test func readErrorsAreNeverAbsence() throws {
    let count = FaultInjectingSystemCalls()
    _ = try root(count).read("profile/prefs.js")
    for position in 0..<count.count {
      let calls = FaultInjectingSystemCalls(at: position, .fail(.io))
      let name = count.calls[position].name
      do {
        let bytes = try root(calls).read("profile/prefs.js")
        #expect(name == "close" && bytes == Array("old".utf8), "\(name)")
      } catch {
        #expect((error as? Refusal)?.reason == .io, "\(name)")
      }
    }
  }

  @Test func permissionIsNamed() throws {
    for error in [Errno.accessDenied, .notPermitted] {
      let calls = FaultInjectingSystemCalls(at: 0, .fail(error), only: "openBeneath")
      let refused = refusal { _ = try root(calls).read("profile/prefs.js") }
      // EPERM may be a filter's answer to openat2 alone: the walk then finds the file.
      if error == .notPermitted {
        #expect(refused == nil)
      } else {
        #expect(refused?.reason == .io)
        let remedy =
          geteuid() == 0 ? "mend its mode" : "mend its mode, or run as its owner or as root"
        #expect(
          refused?.text
            == "cannot read \(scratch.path)/home/profile/prefs.js: Permission denied; \(remedy)")
      }
    }
  }

  @Test func manyEntriesAreListed() throws {
    try scratch.directory("home/many")
    for number in 0..<3000 { try scratch.file("home/many/entry-with-a-long-name-\(number)") }
    let names = try #require(try root().list("many"))
    #expect(names.count == 3000)
    #expect(names.map { String(decoding: $0, as: UTF8.self) } == (try scratch.names("home/many")))
  }

  @Test func hostileNamesAreEscaped() throws {
    let name = "a\u{1b}[31m\u{202e}b"
    scratch.link("home/" + name, to: "x")
    let root = try root()
    let path = try #require(RelativePath(name))
    let text = try #require(refusal { _ = try root.read(path) }).text
    #expect(text.contains("a\\u{001B}[31m\\u{202E}b"))
  }

  @Test func descriptorsAreClosed() throws {
    let calls = FaultInjectingSystemCalls()
    do {
      let root = try root(calls)
      scratch.link("home/link", to: "x")
      _ = try root.read("profile/prefs.js")
      _ = try? root.read("link")
      _ = try root.list(nil)
      #expect(calls.openDescriptors == 1)
    }
    #expect(calls.openDescriptors == 0)
  }
}

@Suite struct InstallationViewTests {
  @Test(arguments: walks.dropLast().map { $0 }) func followsLinksOnlyBelowWhatIsAllowed(
    calls: any SystemCalls
  ) throws {
    let scratch = try Scratch()
    try scratch.directory("usr/lib/client")
    try scratch.directory("etc/client")
    try scratch.file("etc/client/policies.json", "{}")
    try scratch.file("etc/shadow", "secret")
    scratch.link("usr/lib/client/policies.json", to: "../../../etc/client/policies.json")
    let view = try InstallationView(
      allowed: ["/usr/lib/client", "/etc/client/policies.json"], root: scratch.bytes, calls: calls)
    #expect(try view.read("usr/lib/client/policies.json") == Array("{}".utf8))
    #expect(try view.kind("usr/lib/client/policies.json") == .file)
    #expect(try view.size("etc/client/policies.json") == 2)
    #expect(try view.list("usr/lib/client") == [Array("policies.json".utf8)])
    #expect(try view.read("usr/lib/client/none") == nil)
    #expect(reason { _ = try view.read("etc/shadow") } == .outsideHome)
    #expect(reason { _ = try view.list("etc/client") } == .outsideHome)
    #expect(reason { _ = try view.list(nil) } == .outsideHome)
    #expect(reason { _ = try view.read("usr/lib/client") } == .notRegular)
  }

  @Test func absoluteLinksStayBelowTheRoot() throws {
    let scratch = try Scratch()
    try scratch.directory("usr/lib/client")
    try scratch.directory("etc")
    try scratch.file("etc/real", "inside")
    scratch.link("usr/lib/client/file", to: "/etc/real")
    let view = try InstallationView(allowed: ["/usr/lib/client"], root: scratch.bytes)
    #expect(try view.read("usr/lib/client/file") == Array("inside".utf8))
  }

  /// openat2 answers EAGAIN when anything on the machine is renamed while it follows a "..".
  @Test func aRenameElsewhereIsNoRefusal() throws {
    let calls = FaultInjectingSystemCalls(at: 0, .fail(.tryAgain), only: "openInRoot")
    let view = try InstallationView(allowed: ["/etc"], calls: calls)
    #expect(try view.kind("etc/passwd") == .file)
  }

  @Test func unreadableIsRefused() throws {
    let calls = FaultInjectingSystemCalls(at: 0, .fail(.accessDenied), only: "openInRoot")
    let view = try InstallationView(allowed: ["/etc"], calls: calls)
    #expect(reason { _ = try view.read("etc/passwd") } == .io)
  }
}

@Suite struct SHA256Tests {
  @Test func knownDigests() {
    // FIPS 180-4's examples.
    #expect(
      sha("").hexadecimal == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    #expect(
      sha("abc").hexadecimal == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    #expect(
      SHA256.hash([UInt8](repeating: UInt8(ascii: "a"), count: 1_000_000)).hexadecimal
        == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
  }
}
