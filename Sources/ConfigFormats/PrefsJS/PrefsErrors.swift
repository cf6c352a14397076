extension SourceText {
  func syntaxError(_ fault: PrefsLexer.Fault) -> SyntaxError {
    syntaxError(
      at: fault.offset, problem: fault.problem.clause, expected: fault.expectation)
  }
}

extension PrefsLexer.Fault {
  /// What the grammar wanted: at the place itself where a token is broken, else the next token.
  fileprivate var expectation: String {
    switch problem {
    case .openString, .nulInString: return "a closing quote"
    case .openComment: return "*/"
    case .loneSlash: return "// or /*"
    case .badEscape: return #"one of \" \' \\ \n \r \xHH \uHHHH"#
    case .badHexEscape: return "two hexadecimal digits"
    case .badUnicodeEscape: return "four hexadecimal digits"
    case .nulEscape: return "any character but NUL"
    case .loneSurrogate: return "a pair of a high and a low surrogate"
    case .numberOverflow: return "an integer from -2147483648 to 2147483647"
    case .fileTooLarge: return "a preference file"
    case .numberRunsIntoWord: return "only digits"
    default: break
    }
    return switch wanted {
    case .statement: "user_pref(\"name\", value);"
    case .openingParenthesis: "an opening parenthesis"
    case .key: "the preference's name in quotes"
    case .commaAfterKey: "a comma after the preference's name"
    case .value: "a string, an integer, true or false"
    case .number: "an integer after the sign"
    case .closingParenthesis: "a closing parenthesis after the value"
    case .semicolon: "a semicolon after the closing parenthesis"
    }
  }
}

extension PrefsLexer.Problem {
  fileprivate var clause: String {
    switch self {
    case .endOfFile: "the file ends here"
    case .nul: "a NUL byte, at which Thunderbird stops reading"
    case .unknownWord: "an unknown word"
    case .misplacedWord: "a word where it does not belong"
    case .misplacedString: "a string where it does not belong"
    case .misplacedNumber: "a number where it does not belong"
    case .misplacedCharacter: "a character where it does not belong"
    case .loneSlash: "a slash that begins no comment"
    case .openComment: "a comment that is never closed"
    case .openString: "a string that is never closed"
    case .nulInString: "a string with a NUL byte in it, at which Thunderbird stops reading"
    case .badEscape: "an unknown escape"
    case .badHexEscape: #"a broken \x escape"#
    case .nulEscape: "an escaped NUL"
    case .badUnicodeEscape: #"a broken \u escape"#
    case .loneSurrogate: "half of a surrogate pair"
    case .numberOverflow: "a number beyond 32 bits"
    case .fileTooLarge: "a file of more than two gigabytes"
    case .numberRunsIntoWord: "a number that runs into a word"
    }
  }
}
