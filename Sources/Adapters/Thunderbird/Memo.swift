import ProfileRewriter

/// Answers out of files that several accounts may share, each looked for once: a user may have five hundred accounts
/// with one file.
final class Memo<Key: Hashable, Answer> {
  private var answers: [Key: Result<Answer, Refusal>] = [:]

  func callAsFunction(
    _ key: Key, _ find: () throws(Refusal) -> Answer
  ) throws(Refusal) -> Answer {
    if let known = answers[key] { return try known.get() }
    do throws(Refusal) {
      let answer = try find()
      answers[key] = .success(answer)
      return answer
    } catch {
      answers[key] = .failure(error)
      throw error
    }
  }
}
