// What libFuzzer calls. An executable of C, for SwiftPM gives every Swift executable a main of its own, and libFuzzer
// brings one.
#include <stddef.h>
#include <stdint.h>

void fuzz_begin(void);
void fuzz_one_input(const uint8_t *data, size_t size);

int LLVMFuzzerInitialize(int *argc, char ***argv) {
  (void)argc;
  (void)argv;
  fuzz_begin();
  return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  fuzz_one_input(data, size);
  return 0;
}
