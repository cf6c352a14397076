extension JSONNode {
  /// Calls `body` with each of ``children``, without making a list of them: a file may hold millions.
  public func forEachChild(_ body: (JSONNode) -> Void) {
    var child = Int(record.firstChild)
    while child >= 0 {
      body(JSONNode(document: document, index: child))
      child = Int(document.records[child].nextSibling)
    }
  }
}
