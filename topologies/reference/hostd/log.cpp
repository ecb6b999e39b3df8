#include "topologies/reference/hostd/log.hpp"

#include <fmt/format.h>
#include <time.h>

#include <cstdio>
#include <mutex>

namespace splitsite::reference::hostd {
namespace {

void write_line(const char* level, const std::string& text) {
  timespec now{};
  clock_gettime(CLOCK_BOOTTIME, &now);
  const std::string line =
      fmt::format("{}.{:03} {} {}\n", now.tv_sec, now.tv_nsec / 1'000'000, level, text);
  static std::mutex one_at_a_time;
  const std::lock_guard lock(one_at_a_time);
  std::fwrite(line.data(), 1, line.size(), stderr);
}

}  // namespace

void log_info(const std::string& text) { write_line("info", text); }
void log_warning(const std::string& text) { write_line("warning", text); }
void log_error(const std::string& text) { write_line("ERROR", text); }

}  // namespace splitsite::reference::hostd
