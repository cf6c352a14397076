import MailFormats
import Testing

@Suite struct MaildirNameTests {
  @Test func flagsAndTime() {
    let name = MaildirName(Array("1700000102.1_102.lab:2,FRSa".utf8))
    #expect(name.flags == [.flagged, .answered, .seen])
    #expect(name.others == Array("a".utf8))
    #expect(name.delivered == 1_700_000_102)
    #expect(name.bytes == Array("1700000102.1_102.lab:2,FRSa".utf8))
  }

  @Test func whatHasNoFlagsKeepsItsName() {
    let name = MaildirName(Array("1795488254.M988860P27766Q10.vm.eml".utf8))
    #expect(name.flags.isEmpty)
    #expect(name.delivered == 1_795_488_254)
    #expect(MaildirName(Array("a:1,b".utf8)).unique == Array("a:1,b".utf8))
    #expect(MaildirName(Array("99999999999999999999.x".utf8)).delivered == nil)
  }
}
