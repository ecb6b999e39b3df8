// Expected texts kept as files in the source tree. A test compares; it records only when a person
// asks for it with SPLITSITE_APPROVE=1, and never in CI:
//   SPLITSITE_APPROVE=1 build/…/test_NAME && git diff
#pragma once

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

#include "scripts/testing/catch.hpp"

namespace splitsite::testing {

inline std::string read_text(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

// `file` is relative to the source tree.
inline void check_golden(const std::string& file, const std::string& text) {
  const std::string path = std::string(SPLITSITE_SOURCE_DIR) + "/" + file;
  if (std::getenv("SPLITSITE_APPROVE") != nullptr && std::getenv("CI") == nullptr) {
    std::ofstream(path, std::ios::binary) << text;
  }
  INFO("expected in " << file << "; if the new text is right: SPLITSITE_APPROVE=1, run again");
  CHECK(text == read_text(path));
}

}  // namespace splitsite::testing
