// A directory of its own for a test.
#pragma once

#include <stdlib.h>

#include <cerrno>
#include <filesystem>
#include <string>
#include <system_error>

namespace splitsite {

// New and empty; whoever asked removes it.
inline std::filesystem::path make_temporary_directory() {
  const std::string unique(6, 'X');  // mkdtemp puts what makes it unique in their place
  std::string name = (std::filesystem::temp_directory_path() / ("splitsite-" + unique)).string();
  if (::mkdtemp(name.data()) == nullptr) {
    throw std::system_error(errno, std::generic_category(), "make the directory " + name);
  }
  return name;
}

}  // namespace splitsite
