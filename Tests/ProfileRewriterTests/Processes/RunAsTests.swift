import Foundation
import Glibc
import Testing

@testable import ProfileRewriter

/// A command run as a user, with nothing of ours.
@Suite struct RunAsTests {
  let scratch: Scratch

  init() throws {
    scratch = try Scratch()
    #expect(chmod(scratch.path, 0o777) == 0)
  }

  /// What a shell prints under `user`.
  private func printed(
    _ script: String, as user: uid_t = getuid(), _ environment: [String] = []
  ) throws -> String {
    let status = try LinuxProcessList.shared.run(
      ["/bin/sh", "-c", "( \(script) ) > \(scratch.path)/out"], asUser: user,
      environment: environment.map { Array($0.utf8) }, seconds: 20)
    #expect(status == 0)
    return try #require(scratch.content("out"))
  }

  @Test func theEnvironmentIsWhatIsGiven() throws {
    setenv("PROFILE_REWRITER_TEST_SECRET", "1", 1)
    let text = try printed(
      "tr '\\0' '\\n' < /proc/self/environ; echo", ["HOME=/home/lab", "A=b=c", "LANG="])
    // The shell sets PWD and the like for itself; `tr` gets what the shell got, and these.
    let names = Set(text.split(separator: "\n").map(String.init))
    #expect(names.isSuperset(of: ["HOME=/home/lab", "A=b=c", "LANG="]))
    #expect(
      names.subtracting(["HOME=/home/lab", "A=b=c", "LANG="])
        .allSatisfy { $0.hasPrefix("PWD=") || $0.hasPrefix("_=") || $0.hasPrefix("OLDPWD=") })
    #expect(try printed("echo $PPID > /dev/null; cat /proc/$$/environ") == "")
  }

  /// In our session it could read what is typed at our terminal, and type there.
  @Test func ourTerminalIsOutOfReach() throws {
    let text = try printed(
      "read -r pid name state parent group session terminal rest < /proc/self/stat; "
        + "grep NoNewPrivs /proc/self/status; echo $session $$ $terminal")
    #expect(text.hasPrefix("NoNewPrivs:\t1\n"))
    let numbers = text.split(separator: "\n").last?.split(separator: " ") ?? []
    #expect(numbers.count == 3 && numbers[0] == numbers[1] && numbers[2] == "0", "\(text)")
  }

  @Test func exitStatus() throws {
    func status(_ words: String...) throws -> Int32 {
      try LinuxProcessList.shared.run(words, asUser: getuid(), environment: [], seconds: 20)
    }
    #expect(try status("/bin/true") == 0)
    #expect(try status("/bin/sh", "-c", "exit 42") == 42)
    #expect(try status("/bin/sh", "-c", "kill -TERM $$") == 128 + SIGTERM)
    #expect(try status("/no/such/program") == 127)
    #expect(try status("\(scratch.path)") == 127)
    #expect(try status("/bin/sh", "-c", "exit $#", "a", "b c", "") == 2)
  }

  @Test(.timeLimit(.minutes(1))) func itsTimeIsLimited() throws {
    let clock = ContinuousClock()
    let time = clock.measure {
      let refusal = refusal {
        _ = try LinuxProcessList.shared.run(
          ["/bin/sleep", "30"], asUser: getuid(), environment: [], seconds: 0.2)
      }
      #expect(refusal?.reason == .clientRunning)
      #expect(refusal?.text.contains("/bin/sleep 30") == true)
    }
    #expect(time < .seconds(10))
  }

  /// One that its user traces does not end for us when it is killed: it is left behind, not waited for.
  @Test(.timeLimit(.minutes(2))) func aTracedProgramIsNotWaitedFor() throws {
    let tracer = Process()
    tracer.executableURL = URL(fileURLWithPath: "/usr/bin/python3")
    let word = "100.\(getpid())"
    tracer.arguments = [
      "-c",
      """
      import ctypes, glob, sys, time
      seize = ctypes.CDLL(None, use_errno=True).ptrace
      wanted = b"/bin/sleep\\x00" + sys.argv[1].encode() + b"\\x00"
      while True:
          for place in glob.glob("/proc/[0-9]*/cmdline"):
              try:
                  if open(place, "rb").read() == wanted:
                      child = place.split("/")[2]
                      if seize(0x4206, int(child), None, None) == 0:
                          open(sys.argv[2], "w").write(child)
              except OSError: pass
          time.sleep(0.02)
      """, word, scratch.path + "/traced",
    ]
    tracer.standardOutput = FileHandle.nullDevice
    var traced: pid_t? { scratch.content("traced").flatMap { pid_t($0) } }
    try tracer.run()
    defer {
      // It may have been started with SIGTERM blocked, by a thread of another test.
      kill(tracer.processIdentifier, SIGKILL)
      tracer.waitUntilExit()
      // Now it can be had. Left behind it would be all that whoever waits for any child ever sees, as the runner of
      // exit tests does: those would never end.
      if let child = traced { waitpid(child, nil, 0) }
    }
    // However slow the tracer is.
    for patience in [1.0, 4, 16] where traced == nil {
      let time = ContinuousClock().measure {
        #expect(
          UserProgram.run(
            ["/bin/sleep", word], asUser: getuid(), environment: [], seconds: patience)
            == -ETIMEDOUT)
      }
      #expect(time < .seconds(patience + 30))
    }
    #expect(traced != nil)
  }

  /// None of our files, our signals' handling, or our directory.
  @Test func nothingOfOursIsHandedOn() throws {
    let file = open("\(scratch.path)/held", O_CREAT | O_RDWR, 0o600)
    defer { close(file) }
    let high = fcntl(file, F_DUPFD, 700)
    defer { close(high) }
    let names = try printed("ls /proc/self/fd; readlink /proc/self/fd/0; readlink /proc/self/cwd")
      .split(separator: "\n").map(String.init)
    // `ls` holds the directory it lists.
    #expect(Set(names) == ["0", "1", "2", "3", "/dev/null", "/"])
    let ignored = signal(SIGPIPE, SIG_IGN)
    defer { signal(SIGPIPE, ignored) }
    var blocked = sigset_t()
    sigemptyset(&blocked)
    sigaddset(&blocked, SIGTERM)
    pthread_sigmask(SIG_BLOCK, &blocked, nil)
    defer { pthread_sigmask(SIG_UNBLOCK, &blocked, nil) }
    let masks = try printed("grep -E 'SigBlk|SigIgn' /proc/self/status")
    let words = masks.split { $0 == "\n" || $0 == "\t" }.map(String.init)
    let bits = try #require(words.count == 4 ? UInt64(words[3], radix: 16) : nil)
    #expect(words[1] == "0000000000000000", "\(masks)")
    #expect(bits & (1 << UInt64(SIGPIPE - 1)) == 0, "\(masks)")
  }

  // MARK: As another user

  /// Only root can be somebody else; the tests run as root, and one that cannot show it has failed.
  private func requireRoot() throws {
    try #require(geteuid() == 0, "only root can run something as another user")
  }

  @Test func anotherUser() throws {
    try requireRoot()
    let ids = try printed("id -u; id -ru; id -g; id -G", as: 33).split(separator: "\n")
    #expect(ids == ["33", "33", "33", "33"])
    let capabilities = try printed("grep -E 'Cap(Prm|Eff)' /proc/self/status", as: 33)
    #expect(capabilities.matches(of: /0000000000000000/).count == 2, "\(capabilities)")
    #expect(try printed("cat /etc/shadow 2>&1; true", as: 33).contains("Permission denied"))
    #expect(try scratch.status("out").st_uid == 33)
  }

  /// The groups that the system knows of the user, where there is one in several, and none of the
  /// thread's that starts it: only that thread's, for setgroups(3) would give them to every test.
  @Test func itsGroups() throws {
    try requireRoot()
    let user = Self.userWithGroups() ?? ("www-data", 33)
    let known = try scratch.run("id", "-G", user.name).split { $0 == " " || $0 == "\n" }
    let ours = try ThreadIdentity.run(as: UserIdentity(uid: 0, gid: 0, groups: [0, 4, 54321])) {
      let own = try String(contentsOfFile: "/proc/thread-self/status", encoding: .utf8)
      #expect(own.contains(/\nGroups:.* 54321/))
      return try printed("id -G", as: user.uid).split { $0 == " " || $0 == "\n" }
    }
    #expect(Set(ours) == Set(known))
    #expect(!ours.contains("54321"))
  }

  /// A user of the user database with more than its own group.
  private static func userWithGroups() -> (name: String, uid: uid_t)? {
    setpwent()
    defer { endpwent() }
    while let entry = getpwent() {
      var groups = [gid_t](repeating: 0, count: 64)
      var count: Int32 = 64
      if entry.pointee.pw_uid != 0,
        getgrouplist(entry.pointee.pw_name, entry.pointee.pw_gid, &groups, &count) > 1
      {
        return (String(cString: entry.pointee.pw_name), entry.pointee.pw_uid)
      }
    }
    return nil
  }

  /// A user that no database knows is in no group that somebody else has.
  @Test func aUserThatNobodyKnows() throws {
    try requireRoot()
    let ids = try printed("id -u; id -G", as: 54321).split(separator: "\n")
    #expect(ids.first == "54321")
    #expect(ids.last?.split(separator: " ").contains("0") == false)
  }
}
