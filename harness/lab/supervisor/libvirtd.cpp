#include "harness/lab/supervisor/libvirtd.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>

#include "harness/core/handle.hpp"
#include "harness/core/system_error.hpp"

namespace splitsite::supervisor {
namespace {

Result<void> write_file(const std::string& path, const std::string& text) {
  std::ofstream file(path, std::ios::trunc);
  file << text;
  file.close();
  if (file) return success();
  return system_error("write", path);
}

// In the child, between fork and exec. `arguments` begins with the program and ends with null.
[[noreturn]] void exec_program(int log, const char* const arguments[]) {
  ::dup2(log, STDOUT_FILENO);
  ::dup2(log, STDERR_FILENO);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  // A fixed environment: nothing of the caller's (XDG directories, proxies, LIBVIRT_*) may leak in.
  const char* const environment[] = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root",
                                     "LANG=C.UTF-8", nullptr};
  ::execve(arguments[0], const_cast<char**>(arguments), const_cast<char**>(environment));
  ::_exit(127);
}

Result<pid_t> start(const std::string& log_file, const char* const arguments[]) {
  const UniqueFd log(::open(log_file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644));
  if (!log) return system_error("open", log_file);
  const pid_t child = ::fork();
  if (child == 0) exec_program(log.get(), arguments);
  if (child > 0) return child;
  return system_error("start", arguments[0]);
}

}  // namespace

std::string libvirtd_conf(const std::string& socket_directory) {
  return fmt::format(
      "unix_sock_dir = \"{}\"\n"
      "unix_sock_group = \"root\"\n"
      "unix_sock_rw_perms = \"0700\"\n"
      "auth_unix_ro = \"none\"\n"
      "auth_unix_rw = \"none\"\n"
      "log_level = 3\n"
      "log_outputs = \"3:stderr\"\n"
      // Nine nodes are defined and started from several threads at once.
      "max_workers = 20\n",
      socket_directory);
}

std::string qemu_conf() {
  return "user = \"root\"\n"
         "group = \"root\"\n"
         // Disk images are shared between labs: nobody may take their ownership.
         "dynamic_ownership = 0\n"
         "remember_owner = 0\n"
         "security_driver = \"none\"\n"
         "cgroup_controllers = [ ]\n"
         "namespaces = [ ]\n"
         // QEMU writes console logs itself: one daemon less to start and to lose.
         "stdio_handler = \"file\"\n"
         "max_core = 0\n";
}

Result<void> write_configuration(const std::string& lab_directory) {
  SPLITSITE_TRY_VOID(
      write_file("/etc/libvirt/libvirtd.conf", libvirtd_conf(lab_directory + "/run")));
  return write_file("/etc/libvirt/qemu.conf", qemu_conf());
}

Result<pid_t> start_libvirtd(const std::string& lab_directory) {
  const char* const arguments[] = {"/usr/sbin/libvirtd", "--config", "/etc/libvirt/libvirtd.conf",
                                   nullptr};
  return start(lab_directory + "/log/libvirtd.log", arguments);
}

Result<pid_t> start_power_controller(const std::string& program, const std::string& lab_directory) {
  const char* const arguments[] = {program.c_str(), "--lab", lab_directory.c_str(), nullptr};
  return start(lab_directory + "/log/power-controller.log", arguments);
}

}  // namespace splitsite::supervisor
