import Testing

@testable import ConfigFormats

/// What people read when a file is refused.
@Suite struct SyntaxErrorGoldenTests {
  @Test(arguments: [
    (
      "user_pref(\"a\", 1)\nuser_pref(\"b\", 2);\n",
      """
      line 1, column 18: a word where it does not belong; expected a semicolon after the closing parenthesis
      user_pref("a", 1)
                       ^
      """
    ),
    (
      "// x\nuser_pref(\"a\", tru);\n",
      """
      line 2, column 16: an unknown word; expected a string, an integer, true or false
      user_pref("a", tru);
                     ^
      """
    ),
    (
      "user_pref(\"a\", \"x\\ty\");\n",
      """
      line 1, column 18: an unknown escape; expected one of \\" \\' \\\\ \\n \\r \\xHH \\uHHHH
      user_pref("a", "x\\ty");
                       ^
      """
    ),
    (
      "user_pref(\"a\", 2147483648);",
      """
      line 1, column 16: a number beyond 32 bits; expected an integer from -2147483648 to 2147483647
      user_pref("a", 2147483648);
                     ^
      """
    ),
    (
      "user_pref(\"a\", \"open);\n",
      """
      line 1, column 16: a string that is never closed; expected a closing quote
      user_pref("a", "open);
                     ^
      """
    ),
    (
      "user_pref(\"a\", 1, locked);",
      """
      line 1, column 17: a character where it does not belong; expected a closing parenthesis after the value
      user_pref("a", 1, locked);
                      ^
      """
    ),
    (
      "user_pref(\"a\", 1);\0user_pref(\"b\", 1);",
      """
      line 1, column 19: a NUL byte, at which Thunderbird stops reading; expected user_pref("name", value);
      user_pref("a", 1);\\u{0000}user_pref("b", 1);
                        ^
      """
    ),
    (
      "user_pref(\"a\"",
      """
      line 1, column 14: the file ends here; expected a comma after the preference's name
      user_pref("a"
                   ^
      """
    ),
    (
      "user_pref(\"a\", \"\\ud800\");",
      """
      line 1, column 17: half of a surrogate pair; expected a pair of a high and a low surrogate
      user_pref("a", "\\ud800");
                      ^
      """
    ),
    (
      "/* x",
      """
      line 1, column 1: a comment that is never closed; expected */
      /* x
      ^
      """
    ),
    (
      "lockPref(\"a\", 1);",
      """
      line 1, column 1: an unknown word; expected user_pref("name", value);
      lockPref("a", 1);
      ^
      """
    ),
    (
      "user_pref(\"é\u{202E}\", 1.5);",
      """
      line 1, column 18: a character where it does not belong; expected a closing parenthesis after the value
      user_pref("é\\u{202E}", 1.5);
                              ^
      """
    ),
  ]) func `prefs.js`(input: String, message: String) {
    #expect(throws: SyntaxError.self) { try PrefsDocument(parsing: utf8(input)) }
    do {
      _ = try PrefsDocument(parsing: utf8(input))
    } catch {
      #expect(error.description == message)
    }
  }

  @Test(arguments: [
    ("", "line 1, column 1: the file ends here; expected a JSON value\n\n^"),
    (
      "{\"a\": 1,}",
      """
      line 1, column 9: a member without a name; expected a name in double quotes
      {"a": 1,}
              ^
      """
    ),
    (
      "[1,\n 02]",
      """
      line 2, column 3: something else than the next element; expected a comma or ]
       02]
        ^
      """
    ),
    (
      "{\"a\":\"\\q\"}",
      """
      line 1, column 7: an unknown escape; expected one of \\" \\\\ \\/ \\b \\f \\n \\r \\t \\uHHHH
      {"a":"\\q"}
            ^
      """
    ),
    (
      "{\"a\" 1}",
      """
      line 1, column 6: a name without a value; expected a colon
      {"a" 1}
           ^
      """
    ),
    (
      "[\"x\ty\"]",
      """
      line 1, column 4: a raw control character in a string; expected an escape or a closing quote
      ["x\\ty"]
         ^
      """
    ),
    (
      "[1.]",
      """
      line 1, column 4: a number that breaks off; expected a digit after the point
      [1.]
         ^
      """
    ),
    (
      "{} x",
      """
      line 1, column 4: something behind the value; expected the end of the file
      {} x
         ^
      """
    ),
    (
      "[nul]",
      """
      line 1, column 2: something that is no value; expected a JSON value
      [nul]
       ^
      """
    ),
    (
      "[\"open",
      """
      line 1, column 2: a string that is never closed; expected a closing quote
      ["open
       ^
      """
    ),
  ]) func json(input: String, message: String) {
    #expect(throws: SyntaxError.self) { try JSONDocument(parsing: utf8(input)) }
    do {
      _ = try JSONDocument(parsing: utf8(input))
    } catch {
      #expect(error.description == message)
    }
  }

  @Test func `a byte that is not UTF-8 in JSON`() {
    do {
      _ = try JSONDocument(parsing: utf8("[\"caf") + [0xE9] + utf8("\"]"))
      Issue.record("not refused")
    } catch {
      #expect(
        error.description
          == "line 1, column 6: a byte that is not UTF-8; expected UTF-8\n[\"caf\\xE9\"]\n     ^")
    }
  }
}
