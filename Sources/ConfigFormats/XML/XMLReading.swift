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
    guard bytes.count <= limits.bytes else {
      // Nothing of it is looked at but what is shown.
      throw SourceText(Array(bytes.prefix(400))).syntaxError(
        at: 0, problem: "a document of \(bytes.count) bytes",
        expected: "at most \(limits.bytes) bytes")
    }
    let source = SourceText(bytes)
    let encoding = try XMLEncoding(of: bytes)
    if let excess = limits.excess(in: bytes, encoding) {
      throw source.syntaxError(
        in: encoding, at: excess.offset, problem: excess.problem, expected: limits.phrase)
    }
    var problem = xml_bridge_problem()
    guard !isSound(bytes, limits, sink, &problem) else { return }
    throw source.syntaxError(problem, limits, encoding)
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
    _ problem: xml_bridge_problem, _ limits: XMLLimits, _ encoding: XMLEncoding
  ) -> SyntaxError {
    var problem = problem
    let said = withUnsafeBytes(of: &problem.message) {
      PrintableText.escaping($0.prefix { $0 != 0 })
    }
    let expected =
      problem.is_doctype != 0
      ? "a document without one"
      : problem.is_limit != 0
        ? limits.phrase
        : "well-formed XML"
    let units = XMLUnits(bytes, encoding)
    let index = units.index(line: Int(problem.line), column: Int(problem.column))
    return syntaxError(
      in: encoding, at: units.offset(index), problem: said, expected: expected)
  }
}

extension XMLUnits {
  private func isLineBreak(_ index: Int) -> Bool { self[index] == 0x0A || self[index] == 0x0D }

  /// The line that holds `index`, without its line end.
  func lineRange(at index: Int) -> Range<Int> {
    var (start, end) = (index, index)
    while start > 0, !isLineBreak(start - 1) { start -= 1 }
    while end < count, !isLineBreak(end) { end += 1 }
    return start..<end
  }

  /// The number of the line that starts at `index`, from 1; lines end at LF, CR LF or a lone CR.
  func lineNumber(at index: Int) -> Int {
    var number = 1
    for place in 0..<index where isLineBreak(place) {
      if self[place] == 0x0A || place + 1 == count || self[place + 1] != 0x0A { number += 1 }
    }
    return number
  }

  /// The place of a line, ended by LF, and a column of characters, both from 1; the nearest there
  /// is.
  func index(line: Int, column: Int) -> Int {
    var (place, current) = (0, 1)
    while current < line, place < count {
      if self[place] == 0x0A { current += 1 }
      place += 1
    }
    var left = column - 1
    while left > 0, place < count, self[place] != 0x0A {
      place += length(at: place)
      left -= 1
    }
    return place
  }

  /// The text of a range, U+FFFD standing for what is not sound.
  func scalars(in range: Range<Int>, _ encoding: XMLEncoding) -> String {
    if let text = encoding.decoded(bytes[self.range(range)]) { return text }
    var text = ""
    var place = range.lowerBound
    while place < range.upperBound {
      let next = min(range.upperBound, place + length(at: place))
      text += encoding.decoded(bytes[self.range(place..<next)]) ?? "\u{FFFD}"
      place = next
    }
    return text
  }
}
