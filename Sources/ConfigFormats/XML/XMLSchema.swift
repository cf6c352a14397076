import CXMLBridge

/// A RELAX NG grammar that documents are validated against, by libxml2.
public final class XMLSchema: Sendable {
  /// What a document has that the grammar does not allow, or lacks.
  public struct Violation: Sendable, Equatable {
    /// The number of the element it is about, as in ``XMLDocument``; nil where libxml2 names none.
    public var element: Int?
    /// One line of libxml2's.
    public var message: String
  }

  /// What is wrong with a grammar.
  public struct Unusable: Error, Equatable {
    public var line: Int
    public var message: String
  }

  /// libxml2 only reads a grammar once it is made.
  nonisolated(unsafe) private let schema: OpaquePointer

  /// - Parameter grammar: RELAX NG in its XML syntax.
  public init(_ grammar: [UInt8]) throws(Unusable) {
    var problem = xml_bridge_problem()
    guard let schema = xml_bridge_schema_read(grammar, grammar.count, &problem) else {
      let message = withUnsafeBytes(of: &problem.message) {
        String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
      }
      throw Unusable(line: Int(problem.line), message: message)
    }
    self.schema = schema
  }

  deinit { xml_bridge_schema_free(schema) }

  /// All violations libxml2 names, in its order; nil where it cannot tell.
  /// - Parameter bytes: a document that ``XMLDocument`` has accepted.
  public func violations(in bytes: [UInt8]) -> [Violation]? {
    var found: [Violation] = []
    let result = withUnsafeMutablePointer(to: &found) { list in
      xml_bridge_validate(schema, bytes, bytes.count, list) { context, element, message in
        guard let list = context?.assumingMemoryBound(to: [Violation].self), let message else {
          return
        }
        list.pointee.append(
          Violation(
            element: element < 0 ? nil : Int(element), message: String(cString: message)))
      }
    }
    return result < 0 ? nil : result == 1 ? [] : found
  }
}
