#include "harness/agent/changes/node/disk_full.hpp"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <vector>

#include "harness/core/system_error.hpp"

namespace splitsite::agent {
namespace {

constexpr std::size_t kWritten = 1024 * 1024;

struct Space {
  std::uint64_t size = 0;
  std::uint64_t free = 0;
};

Result<Space> space_of(const std::string& path) {
  struct statvfs facts {};
  if (::statvfs(path.c_str(), &facts) != 0) {
    Error error = system_error("ask for the size of", path);
    error.kind = ErrorKind::Unavailable;
    error.hint = "only a node whose writable file system is mounted there can have its disk full";
    return error;
  }
  return Space{facts.f_blocks * facts.f_frsize, facts.f_bfree * facts.f_frsize};
}

Result<void> resize(const std::string& path, std::uint64_t size) {
  const std::string option = "size=" + std::to_string(size);
  if (::mount(nullptr, path.c_str(), nullptr, MS_REMOUNT, option.c_str()) == 0) return success();
  return system_error("set the size of", path);
}

UniqueFd create(const std::string& path) {
  UniqueFd file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  ::unlink(path.c_str());
  return file;
}

// Leaves the file as empty as it was.
std::string try_to_write(const UniqueFd& file) {
  if (!file) return errno_text(errno);
  const std::vector<char> bytes(kWritten, 'x');
  const ssize_t put = ::pwrite(file.get(), bytes.data(), bytes.size(), 0);
  const int why = put < 0 ? errno : ENOSPC;  // less than asked: the rest had no place
  if (::ftruncate(file.get(), 0) != 0) return errno_text(errno);
  return put == static_cast<ssize_t>(bytes.size()) ? "written" : errno_text(why);
}

}  // namespace

Result<Json> DiskFull::prepare(const Json& arguments) {
  SPLITSITE_TRY_VOID(Arguments("disk.fill", arguments).nothing_else());
  SPLITSITE_TRY(const Space space, space_of(paths_.file_system));
  return Json{{"size", space.size}};
}

Result<Json> DiskFull::apply(const Json&, Json&) {
  // Somebody may write between the question and the answer, and a size below what is used is
  // refused.
  constexpr int kTries = 5;
  Result<void> full = success();
  for (int i = 0; i < kTries; ++i) {
    SPLITSITE_TRY(const Space space, space_of(paths_.file_system));
    full = resize(paths_.file_system, space.size - space.free);
    if (full) return Json{{"used", space.size - space.free}};
  }
  return full.error();
}

Result<void> DiskFull::revert(const Json& remembered) {
  const std::uint64_t size = remembered.value("size", std::uint64_t{0});
  SPLITSITE_TRY(const Space space, space_of(paths_.file_system));
  if (space.size == size) return success();
  return resize(paths_.file_system, size);
}

Result<Json> DiskFull::observe(const Json& arguments) {
  SPLITSITE_TRY_VOID(Arguments("disk.fill", arguments).nothing_else());
  SPLITSITE_TRY(const Space space, space_of(paths_.folder));
  const std::string path = paths_.folder + "/splitsite-disk-probe";
  if (!open_file_) open_file_ = create(path);
  const UniqueFd fresh = create(path);
  Json seen{{"size", space.size}, {"free", space.free}};
  seen["new_file"] = try_to_write(fresh);
  seen["open_file"] = try_to_write(open_file_);
  return seen;
}

}  // namespace splitsite::agent
