import CXMLBridge

/// Who is told what a document holds, in its order.
protocol XMLSink: AnyObject {
  func start(_ name: String, _ attributes: [XMLAttribute])
  func end()
  /// A piece of text; one text may come in several.
  func text(_ text: String)
  func comment(_ text: String)
  func instruction(target: String, data: String)
}

/// Reading with libxml2, and its complaints in the house's words.
enum XMLReading {
  /// - Throws: ``SyntaxError`` at the place libxml2 names.
  static func read(
    _ bytes: [UInt8], limits: XMLLimits, into sink: (any XMLSink)?
  ) throws(SyntaxError) {
    let source = SourceText(bytes)
    guard bytes.count <= limits.bytes else {
      // Nothing of it is looked at but what is shown.
      throw SourceText(Array(bytes.prefix(400))).syntaxError(
        at: 0, problem: "a document of \(bytes.count) bytes",
        expected: "at most \(limits.bytes) bytes")
    }
    if let crowded = limits.crowdedTag(in: bytes) {
      throw source.syntaxError(
        at: crowded, problem: "too many attributes",
        expected: "at most \(limits.attributes) of one element")
    }
    var problem = xml_bridge_problem()
    guard !isSound(bytes, limits, sink, &problem) else { return }
    throw source.syntaxError(problem, limits)
  }

  private static func isSound(
    _ bytes: [UInt8], _ limits: XMLLimits, _ sink: (any XMLSink)?,
    _ problem: inout xml_bridge_problem
  ) -> Bool {
    let bridgeLimits = xml_bridge_limits(
      depth: Int32(clamping: limits.depth), elements: Int32(clamping: limits.elements))
    return bytes.withUnsafeBytes { buffer in
      guard let sink else {
        return xml_bridge_read(buffer.baseAddress, buffer.count, bridgeLimits, nil, &problem) != 0
      }
      let box = SinkBox(sink)
      return withExtendedLifetime(box) {
        var bridge = box.bridge
        return xml_bridge_read(buffer.baseAddress, buffer.count, bridgeLimits, &bridge, &problem)
          != 0
      }
    }
  }
}

/// Carries a sink through C.
private final class SinkBox {
  let sink: any XMLSink

  init(_ sink: any XMLSink) { self.sink = sink }

  static func of(_ context: UnsafeMutableRawPointer?) -> (any XMLSink)? {
    context.map { Unmanaged<SinkBox>.fromOpaque($0).takeUnretainedValue().sink }
  }

  /// Valid as long as this object is kept alive.
  var bridge: xml_bridge_sink {
    xml_bridge_sink(
      context: Unmanaged.passUnretained(self).toOpaque(),
      start: { context, prefix, name, attributes, count in
        let list = UnsafeBufferPointer(start: attributes, count: count)
        SinkBox.of(context)?.start(
          qualified(prefix, name), list.map { XMLAttribute(qualified($0.prefix, $0.name), $0.text) }
        )
      },
      end: { SinkBox.of($0)?.end() },
      text: { SinkBox.of($0)?.text(decoded($1, $2)) },
      comment: { SinkBox.of($0)?.comment(decoded($1)) },
      instruction: { SinkBox.of($0)?.instruction(target: decoded($1), data: decoded($2)) })
  }
}

private func decoded(_ text: UnsafePointer<CChar>?) -> String {
  text.map { String(cString: $0) } ?? ""
}

private func decoded(_ text: UnsafePointer<CChar>?, _ count: Int) -> String {
  String(decoding: UnsafeRawBufferPointer(start: text, count: count), as: UTF8.self)
}

private func qualified(_ prefix: UnsafePointer<CChar>?, _ name: UnsafePointer<CChar>?) -> String {
  prefix == nil ? decoded(name) : "\(decoded(prefix)):\(decoded(name))"
}

extension xml_bridge_attribute {
  fileprivate var text: String { decoded(value, value_length) }
}

extension SourceText {
  fileprivate func syntaxError(
    _ problem: xml_bridge_problem, _ limits: XMLLimits
  ) -> SyntaxError {
    var problem = problem
    let said = withUnsafeBytes(of: &problem.message) {
      PrintableText.escaping($0.prefix { $0 != 0 })
    }
    let expected =
      problem.is_doctype != 0
      ? "a document without one"
      : problem.is_limit != 0
        ? "at most \(limits.elements) elements, \(limits.depth) within one another"
        : "well-formed XML"
    return syntaxError(
      at: offset(line: Int(problem.line), column: Int(problem.column)), problem: said,
      expected: expected)
  }

  /// The offset of a place named by a line (ended by LF) and a column of scalars, both from 1; the
  /// nearest there is.
  private func offset(line: Int, column: Int) -> Int {
    var start = 0
    var current = 1
    while current < line, let end = bytes[start...].firstIndex(of: .lineFeed) {
      start = end + 1
      current += 1
    }
    var left = column - 1
    while left > 0, start < bytes.count, bytes[start] != .lineFeed {
      start += 1
      // Bytes within a scalar are no columns.
      while start < bytes.count, bytes[start] & 0xC0 == 0x80 { start += 1 }
      left -= 1
    }
    return start
  }
}
