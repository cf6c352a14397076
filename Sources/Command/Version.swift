/// The version this build calls itself.
let programVersion = "0.1.0"
