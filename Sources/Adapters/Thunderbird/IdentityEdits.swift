import ConfigFormats
import ProfileRewriter

/// A folder that an identity files copies in and that is to lie on the server from now on.
struct IdentityFolder {
  fileprivate var leaf: String
  /// Below the server. Where it has another name or place the client corrects it at its first
  /// connection (seen, with and without SPECIAL-USE, with `INBOX.` prefix and "Sent Items").
  fileprivate var folder: String
  /// Set by the client together with the folder.
  fileprivate var picker: String

  fileprivate static let all = [
    IdentityFolder(leaf: "fcc_folder", folder: "Sent", picker: "fcc_folder_picker_mode"),
    IdentityFolder(leaf: "draft_folder", folder: "Drafts", picker: "drafts_folder_picker_mode"),
  ]

  /// By ``ServerURI/text`` of a server the identities that keep sent mail or drafts on it, also those of other accounts
  /// and of none.
  static func owners(in prefs: PrefsDocument) -> [String: [String]] {
    let prefix = "mail.identity."
    var seen = Set<String>()
    var owners: [String: [String]] = [:]
    for key in prefs.keys(withPrefix: prefix) {
      let name = key.dropFirst(prefix.count).split(separator: ".", maxSplits: 1).first
      guard let identity = name.map(String.init), seen.insert(identity).inserted else { continue }
      for folder in all {
        guard let value = prefs["\(prefix)\(identity).\(folder.leaf)"]?.stringBytes,
          let server = ServerURI.split(value, .mailbox)?.server.text,
          owners[server]?.last != identity
        else { continue }
        owners[server, default: []].append(identity)
      }
    }
    return owners
  }
}

extension SwitchJob {
  private static let evidence =
    "Thunderbird 153 corrects Sent and Drafts of an IMAP account at its first connection"

  /// Sent mail and drafts of every identity that keeps them in this account. Left at the old URI,
  /// which stays valid, they would go on being filed locally. Templates and archives stay: the
  /// client would make such folders in Local Folders instead.
  func setIdentities(_ wishes: inout PrefsWishes) {
    let own = Set(entry.identities)
    var seen = Set<String>()
    // Any other has nothing here.
    for identity in entry.identities + (profile.identityFolders[popURI.text] ?? [])
    where seen.insert(identity).inserted {
      for folder in IdentityFolder.all {
        let key = "mail.identity.\(identity).\(folder.leaf)"
        let present = prefs[key]?.stringBytes
        var value = prefs[key]
        if let present {
          guard let rest = popURI.rest(of: present), !rest.isEmpty else { continue }
          value = .string(imapURI.folder(folder.folder))
        } else if !own.contains(identity) {
          continue
        }
        let picker = "mail.identity.\(identity).\(folder.picker)"
        // Any other folder, and none where the identity was removed, is the user's own wish.
        let rewrite = ClientRewrite(Self.evidence, .beginning(imapURI.spelledBeginning))
        wishes.set(key, value, clientRewrites: rewrite, user: user)
        let pickerRewrite = ClientRewrite(Self.evidence, .beginning([UInt8(ascii: "\"")]))
        wishes.set(picker, prefs[picker], clientRewrites: pickerRewrite, user: user)
      }
    }
  }
}
