#include "topologies/reference/witness/state_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <fstream>
#include <iterator>

#include "harness/core/handle.hpp"

namespace splitsite::reference {
namespace {

Error failed(const char* what, const std::string& path, int error) {
  return Error{
      .kind = ErrorKind::Unavailable, .attempted = what, .subject = path, .why = errno_text(error)};
}

}  // namespace

Result<WitnessState> StateFile::load() const {
  if (::access(path_.c_str(), F_OK) != 0 && errno == ENOENT) return WitnessState{};
  std::ifstream file(path_);
  if (!file) return failed("read", path_, errno);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  auto state = state_from_json(text);
  if (!state) return state.error().while_attempting("load", path_);
  return state;
}

Result<void> StateFile::save(const WitnessState& state) const {
  const std::string text = to_json(state) + "\n";
  const std::string next = path_ + ".next";
  {
    const UniqueFd file(::open(next.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
    if (!file) return failed("write", next, errno);
    const ssize_t written = ::write(file.get(), text.data(), text.size());
    if (written < 0) return failed("write", next, errno);
    if (static_cast<std::size_t>(written) != text.size()) return failed("write", next, ENOSPC);
    if (::fsync(file.get()) != 0) return failed("write", next, errno);
  }
  if (::rename(next.c_str(), path_.c_str()) != 0) return failed("replace", path_, errno);
  return success();
}

}  // namespace splitsite::reference
