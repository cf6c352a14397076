import ConfigFormats
import ProfileRewriter

extension JSONObject {
  public mutating func add(_ name: ProfileName) {
    add("home", name.home)
    // A PATH that could not even be opened belongs to no client.
    add("client", name.client.isEmpty ? nil : name.client)
    add("profile", name.profile)
  }

  public mutating func add(_ name: String, _ settings: ServerSettings?, _ kind: IncomingProtocol) {
    guard let settings else { return null(name) }
    add(name) { server in
      server.add("protocol", kind.rawValue)
      server.add(settings)
    }
  }

  public mutating func add(_ settings: ServerSettings) {
    add("host", settings.host)
    add("port", settings.port)
    add("security", settings.security.rawValue)
    add("auth", settings.auth.rawValue)
    add("username", settings.username)
  }

  public mutating func add(_ warnings: [Warning]) {
    add("warnings", warnings) { warning, item in
      item.add("code", warning.code.rawValue)
      item.add("text", warning.text.readable)
    }
  }

  /// Files, and in them the edits, that `account` needs; nil takes all.
  public mutating func add(_ files: [FilePatch], for account: String?) {
    // A file that is only recorded for what the client may write has nothing to show.
    let needed = files.filter { file in
      (file.action != .edit || !file.visibleEdits.isEmpty)
        && (account.map { file.users.contains($0) } ?? true)
    }
    add("files", needed) { file, item in
      item.add("path", file.path.bytes)
      item.add("action", file.action.rawValue)
      if file.sensitive { item.add("sensitive", true) }
      let edits = file.visibleEdits.filter { edit in
        account.map { edit.users.contains($0) } ?? true
      }
      item.add("edits", edits) { edit, entry in entry.add(edit, hidden: file.sensitive) }
    }
  }

  private mutating func add(_ edit: KeyedEdit, hidden: Bool) {
    add("key", edit.key)
    if edit.secret || hidden {
      add("secret", true)
      if let recipe = edit.recipe { add("recipe", recipe) }
    } else {
      add("old", PlainValue(spelling: edit.before))
      add("new", PlainValue(spelling: edit.after))
    }
  }
}

extension FilePatch {
  /// The edits that change something. A patch also watches keys that are right already, so that undo
  /// knows what they were.
  public var visibleEdits: [KeyedEdit] {
    edits.filter { $0.before != $0.after || !$0.spans.isEmpty }
  }
}

extension JSONObject {
  /// The members that `history` and `show` have in common.
  public mutating func add(_ change: Change) {
    add("type", "recorded")
    add("change", change.id)
    add("run", change.run)
    add("time", Timestamp.utc(change.createdAt))
    add("state", change.state.rawValue)
    add("completes", change.followUpOf)
    add(change.name)
    add("root", change.root)
    add("accounts", change.accounts) { account, item in
      item.add("account", account.key)
      item.add("from", account.from, .pop3)
      item.add("to", account.to, .imap)
      item.add("undone", change.state == .undone || change.undoneAccounts.contains(account.key))
    }
    add(change.warnings)
  }
}
