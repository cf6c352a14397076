import Autoconfig
import CBuildInformation
import ConfigFormats
import MailCheck
import ProfileRewriter

/// The version this build calls itself.
let programVersion = "0.1.0"

/// What `--version` says: the first line names the build, the second the libraries it runs with.
var versionText: String {
  let commit = build_commit().map { "commit \(String(cString: $0))" } ?? "commit not known"
  let libraries: [LinkedLibrary] = [
    .xml, .database, .cryptography, .http, .dns, .domainNames,
  ]
  return "profile-rewriter \(programVersion) (\(commit))\n"
    + libraries.map { "\($0.name) \($0.version)" }.joined(separator: ", ")
}
