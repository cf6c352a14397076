import Adapters
import ConfigFormats
import ProfileRewriter
import Testing

/// Where Claws Mail and Sylpheed keep local mail, as `folderlist.xml` and `accountrc` say it.
@Suite struct FamilyLocalMailTests {
  private static let tree = """
    <folderlist>
      <folder type="mh" name="Mailbox" path="Mail">
        <folderitem type="normal" name="lists" path="lists">
          <folderitem type="normal" name="2023" path="lists/2023"/>
        </folderitem>
        <folderitem type="inbox" name="inbox" path="inbox"/>
        <folderitem type="queue" name="queue" path="queue"/>
        <folderitem type="virtual" name="search" path="search"/>
      </folder>
      <folder type="mh" name="Old" path="/home/lab/old/mail/"><folderitem name="a" path="a"/></folder>
      <folder type="imap" name="b" account_id="2"/>
    </folderlist>
    """

  private func place(
    _ keys: String = "inbox=#mh/Mailbox/inbox\\n", of tree: String = tree,
    profile: String? = ".claws-mail", tags: String? = nil
  ) throws -> LocalMailPlace {
    var lab = SylpheedFamilyTests.Lab("config_version=4\n" + keys.replacing("\\n", with: "\n"))
    lab.view["folderlist.xml"] = tree
    if let tags { lab.view["tagsrc"] = tags }
    let context = ProfileContext(
      directory: lab.view, profile: profile.flatMap { RelativePath($0) },
      installation: MemoryView(at: "/"))
    return try #require(try lab.adapter.localMail(of: "1", in: context).first)
  }

  private func reason(_ body: () throws -> LocalMailPlace) -> ReasonCode? {
    do {
      _ = try body()
      return nil
    } catch { return (error as? Refusal)?.reason }
  }

  @Test func allFoldersOfTheMailboxThatInboxNames() throws {
    let place = try place()
    #expect(place.path.text == "Mail")
    #expect(place.isInHome)
    #expect(!place.isCommon)
    #expect(place.title == "Mailbox")
    #expect(
      place.folders.map(\.path.text) == [
        "Mail/inbox", "Mail/lists", "Mail/lists/2023", "Mail/queue",
      ])
    #expect(place.folders.map(\.names).last == ["queue"])
    #expect(place.folders.map(\.names).contains(["lists", "2023"]))
    #expect(place.folders.map(\.role) == [.inbox, nil, nil, .outbox])
    #expect(place.folders.allSatisfy { $0.format == .clawsMH })
  }

  @Test func anotherMailbox() throws {
    #expect(try place("inbox=#mh/Old/a\\n").path.text == "old/mail")
    // What names none is in the first, and so is a path alone.
    #expect(try place("inbox=#mh/Gone/a\\n").path.text == "Mail")
    #expect(try place("inbox=a\\n").path.text == "Mail")
  }

  @Test func accountsShareIt() throws {
    #expect(try place("[Account: 2]\\nprotocol=1\\nreceive_server=x\\nuser_id=y\\n").isCommon)
    #expect(try !place("[Account: 2]\\nprotocol=4\\n").isCommon, "it only sends")
  }

  @Test func tagsHaveTheirNames() throws {
    let place = try place(tags: "max_id 7\n3\tto do\n7\tImportant\r\n0\tx\nx\ty\n9\t\n")
    #expect(place.folders.first?.tagNames == [3: Array("to_do".utf8), 7: Array("Important".utf8)])
  }

  @Test func whatCannotBeRead() {
    #expect(reason { try place(profile: nil) } == .outsideHome)
    #expect(
      reason { try place(profile: ".var/app/org.claws_mail.Claws-Mail/.claws-mail") }
        == .unsupported)
    #expect(reason { try place("inbox=#maildir/x/inbox\\n") } == .unsupported)
    #expect(reason { try place(of: "<folderlist/>") } == .notFound)
    #expect(reason { try place(of: "<folderlist>") } == .syntax)
    for path in ["/srv/mail", "../bob/Mail", "", "/home/labyrinth/Mail", "Mail/../../x"] {
      let tree = #"<folderlist><folder type="mh" path="\#(path)"/></folderlist>"#
      #expect(reason { try place(of: tree) } == .outsideHome, "\(path)")
    }
    let item = Self.tree.replacing("path=\"inbox\"", with: "path=\"../inbox\"")
    #expect(reason { try place(of: item) } == .outsideHome)
  }
}
