internal import CCrypto
public import ConfigFormats
internal import GRDBSQLite

extension LinkedLibrary {
  /// What keeps the journal.
  public static var database: LinkedLibrary {
    LinkedLibrary(name: "SQLite", version: String(cString: sqlite3_libversion()))
  }

  /// What hashes and encrypts.
  public static var cryptography: LinkedLibrary {
    LinkedLibrary(
      name: "OpenSSL",
      version: OpenSSL_version(OPENSSL_VERSION_STRING).map { String(cString: $0) } ?? "?")
  }
}
