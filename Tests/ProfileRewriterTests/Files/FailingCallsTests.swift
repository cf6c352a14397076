import Foundation
import Glibc
import Testing

@testable import ProfileRewriter

/// What only looks, locks or clears away, with each of its system calls failing in turn: it answers as
/// ever or refuses in words, and no descriptor stays open. (What replaces and makes files has such
/// tests of its own.)
@Suite struct FailingCallsTests {
  struct Work: Sendable, CustomStringConvertible {
    var description: String
    var run: @Sendable (Scratch, any SystemCalls) throws -> Void
  }

  private static func root(_ scratch: Scratch, _ calls: any SystemCalls) throws -> OpenRoot {
    try OpenRoot(path: scratch.bytes, calls: calls)
  }

  private static func onRoot(
    _ name: String, _ body: @escaping @Sendable (OpenRoot) throws -> Void
  ) -> Work {
    Work(description: name) { try body(try root($0, $1)) }
  }

  static let works: [Work] = [
    onRoot("kind and size") {
      _ = try $0.kind("dir")
      _ = try $0.size("dir/file")
    },
    onRoot("list") { _ = try $0.list("dir") },
    onRoot("read") { _ = try $0.read("dir/file") },
    onRoot("state") { _ = try $0.state("dir/file") },
    onRoot("the lock's holder") { _ = try $0.recordLockHolder("dir/file") },
    onRoot("a lock that is there") { _ = try $0.recordLock("dir/file") },
    onRoot("a lock that is made") { _ = try $0.recordLock("dir/lock", createLike: "dir/file") },
    onRoot("whether locks prove anything") { _ = try $0.locksAreProvable(at: "dir") },
    onRoot("litter") { _ = try $0.removeLitter(in: "dir") },
    onRoot("removal") {
      _ = try $0.remove("dir/file", expecting: sha("content"))
      _ = try $0.removeDirectoryIfEmpty("empty")
    },
    onRoot("the first link") { _ = $0.link("link/file") },
    Work(description: "a home") { scratch, calls in
      _ = try OpenRoot.home(scratch.bytes, calls: calls)
    },
    Work(description: "a home by a link") { scratch, calls in
      _ = try OpenRoot.home(
        scratch.bytes + Array("/link".utf8), allowingLinks: true, calls: calls)
    },
    Work(description: "an installation") { scratch, calls in
      let view = try InstallationView(allowed: ["/dir"], root: scratch.bytes, calls: calls)
      _ = try view.list("dir")
      _ = try view.read("dir/file")
      _ = try view.size("dir/file")
      _ = try view.kind("dir")
    },
    Work(description: "a state directory") { scratch, calls in
      let state = try StateDirectory.open(
        scratch.bytes + Array("/new/state".utf8), create: true, calls: calls)
      _ = try state?.readableByOthers()
    },
    Work(description: "a state directory by a link") { scratch, calls in
      _ = try StateDirectory.open(
        scratch.bytes + Array("/link".utf8), create: false, calls: calls)
    },
  ]

  private func scene() throws -> Scratch {
    let scratch = try Scratch()
    try scratch.directory("dir")
    try scratch.directory("empty")
    try scratch.file("dir/file", "content")
    try scratch.file("dir/.profile-rewriter-00000000.tmp", "half")
    scratch.link("link", to: "dir")
    return scratch
  }

  @Test(arguments: works, [Errno.io, .accessDenied, .overQuota])
  func eachIsRefusedInWords(_ work: Work, _ fault: Errno) throws {
    let rehearsal = FaultInjectingSystemCalls()
    try work.run(try scene(), rehearsal)
    #expect(rehearsal.count > 2)
    #expect(rehearsal.openDescriptors == 0)
    var refused = 0
    for position in 0..<rehearsal.count {
      let scratch = try scene()
      let calls = FaultInjectingSystemCalls(at: position, .fail(fault))
      let call = rehearsal.calls[position]
      do {
        try work.run(scratch, calls)
      } catch {
        let refusal = try #require(error as? Refusal, "\(call): \(error)")
        #expect(!refusal.text.isEmpty, "\(call)")
        refused += 1
      }
      #expect(calls.faulted, "\(call)")
      #expect(calls.openDescriptors == 0, "\(call) left a descriptor open")
      let content = scratch.content("dir/file")
      #expect(content == "content" || (content == nil && work.description == "removal"), "\(call)")
    }
    #expect(refused > 0)
  }

  /// A right kind of refusal, with what was to be done and why it could not be.
  @Test func whatFailedIsNamed() throws {
    let scratch = try scene()
    func refused(_ name: String, _ fault: Errno, _ body: (OpenRoot) throws -> Void) throws
      -> Refusal
    {
      let calls = FaultInjectingSystemCalls(at: 0, .fail(fault), only: name)
      let root = try Self.root(scratch, calls)
      return try #require(refusal { try body(root) })
    }
    let listing = try refused("entries", .io) { _ = try $0.list("dir") }
    #expect(listing.reason == .io && listing.text.hasPrefix("cannot read \(scratch.path)/dir: "))
    let litter = try refused("unlink", .accessDenied) { _ = try $0.removeLitter(in: "dir") }
    #expect(litter.text.contains(".profile-rewriter-00000000.tmp"))
    #expect(litter.text.contains("mend its mode"))
    #expect(try Self.root(scratch, LinuxSystemCalls.shared).removeLitter(in: "dir").count == 1)
  }

  /// As in a container without the right to be somebody else, or without a number for them.
  @Test func aUserThatCannotBeActedAsIsRefused() throws {
    // The system takes -1 for a question (setfsuid(2)).
    let refusal = refusal { _ = try Owners(isRoot: true).identity(of: UInt32.max) }
    #expect(refusal?.reason == .io)
    #expect(refusal?.text.contains("act as user 4294967295") == true)
    #expect(ThreadIdentity.current.uid == geteuid())
  }
}
