print("profile-rewriter")
