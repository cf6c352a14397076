import ConfigFormats
import ProfileRewriter
import Testing

extension MemoryView {
  /// The tree after `plan`; checks on the way that it can be taken back byte for byte, and that
  /// before and after are what the document says.
  func applying(_ plan: ProfilePlan, of adapter: any ClientAdapter) throws -> MemoryView {
    var view = self
    for file in plan.files {
      switch file.work {
      case .mkdir:
        #expect(try kind(file.path) == nil)
        view.put(.directory, at: file.path.bytes)
      case .keep(let content):
        #expect(bytes(file.path) == content)
      case .create(let content, let like):
        #expect(try kind(file.path) == nil)
        #expect(try like.map { try kind($0) } != .some(nil))
        view.put(.file(content), at: file.path.bytes)
      case .edit(let source, let edits, _):
        #expect(bytes(file.path) == source.bytes)
        let all = edits.flatMap(\.edits)
        let content = try source.applying(all)
        let back = try SourceText(content).applying(source.reversing(all))
        #expect(back == source.bytes)
        let old = try adapter.document(at: file.path, source)
        let new = try adapter.document(at: file.path, SourceText(content))
        for edit in edits {
          #expect(old.value(forKey: edit.key) == edit.before, "\(edit.key) before")
          #expect(new.value(forKey: edit.key) == edit.after, "\(edit.key) after")
          #expect(!edit.users.isEmpty)
        }
        view.put(.file(content), at: file.path.bytes)
      }
    }
    return view
  }
}
