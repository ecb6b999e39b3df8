#include "harness/lab/lab_files.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fstream>

#include "harness/core/system_error.hpp"
#include "harness/lab/artifacts.hpp"

namespace splitsite {
namespace {

namespace fs = std::filesystem;

Result<void> make_directory(const std::string& path) {
  std::error_code code;
  fs::create_directories(path, code);
  if (code) return system_error("make the directory", path, code.value());
  return success();
}

Result<void> make_sparse(const std::string& path, std::uint64_t size) {
  const UniqueFd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!file || ::ftruncate(file.get(), static_cast<off_t>(size)) != 0) {
    return system_error("make the backing file", path, errno);
  }
  return success();
}

bool is_log(const fs::path& path) {
  return path.filename() == "console.log" || path.parent_path().filename() == "log";
}

}  // namespace

Result<UniqueFd> lock_lab(const LabPaths& paths) {
  SPLITSITE_TRY_VOID(make_directory(fs::path(paths.directory).parent_path().string()));
  UniqueFd lock(::open(paths.lock().c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!lock) return system_error("open", paths.lock(), errno);
  if (::flock(lock.get(), LOCK_EX | LOCK_NB) == 0) return lock;
  return Error{
      .kind = ErrorKind::Conflict,
      .attempted = "take the lab",
      .subject = fs::path(paths.directory).filename().string(),
      .why = "it is up, or being brought up or down",
      .hint = "splitsite lab status; end it with splitsite lab down, or use another --name"};
}

Result<void> make_lab_files(const LabConfig& config, const LabPaths& paths) {
  SPLITSITE_TRY_VOID(make_directory(paths.run()));
  SPLITSITE_TRY_VOID(make_directory(paths.log()));
  for (const NodeConfig& node : config.nodes) {
    SPLITSITE_TRY_VOID(make_directory(paths.node(node.name)));
    if (const std::uint64_t size = config.disk_size(node); size > 0) {
      SPLITSITE_TRY_VOID(make_sparse(paths.node(node.name) + "/backing.img", size));
    }
  }
  std::ofstream file(paths.config(), std::ios::trunc);
  file << to_json(config);
  file.close();
  if (!file) return system_error("write", paths.config(), errno);
  return make_lab_disk(paths.config(), paths.lab_disk());
}

Result<void> remove_lab_files(const LabPaths& paths, Keep keep) {
  std::error_code code;
  if (keep == Keep::Nothing) {
    fs::remove_all(paths.directory, code);
    if (code) return system_error("remove", paths.directory, code.value());
    return success();
  }
  std::vector<fs::path> unwanted;
  for (const auto& entry : fs::recursive_directory_iterator(paths.directory, code)) {
    if (!entry.is_directory() && !is_log(entry.path())) unwanted.push_back(entry.path());
  }
  for (const fs::path& path : unwanted) fs::remove(path, code);
  fs::remove_all(paths.directory + "/libvirt", code);
  fs::remove_all(paths.run(), code);
  return success();
}

}  // namespace splitsite
