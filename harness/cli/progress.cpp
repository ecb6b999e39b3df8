#include "harness/cli/progress.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

namespace splitsite::cli {
namespace {

using namespace std::chrono_literals;

constexpr Duration kPlainEvery = 5s;
constexpr Duration kTerminalEvery = 100ms;  // faster only flickers
constexpr std::size_t kDefaultWidth = 80;

std::size_t terminal_width() {
  if (::isatty(STDERR_FILENO) == 0) return 0;
  winsize size{};
  if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  return kDefaultWidth;
}

void write_to_stderr(const std::string& text) {
  std::fputs(text.c_str(), stderr);
  std::fflush(stderr);
}

}  // namespace

std::string progress_line(Duration since_start, const std::string& phase, const WaitProgress& wait,
                          std::size_t width) {
  const double seconds = std::chrono::duration<double>(since_start).count();
  std::string line = fmt::format("{:7.1f} s  {}", seconds, phase);
  if (wait.bound > Duration{}) {
    line += fmt::format("   {} of {}", format_duration(wait.elapsed), format_duration(wait.bound));
  }
  const std::string& awaited = wait.reason.empty() ? wait.what : wait.reason;
  if (!awaited.empty()) line += "   " + awaited;
  if (width > 0 && line.size() >= width) {
    line.resize(width > 4 ? width - 4 : 0);
    line += "...";
  }
  return line;
}

Progress::Progress(Clock& clock) : Progress(clock, terminal_width(), write_to_stderr) {}

Progress::Progress(Clock& clock, std::size_t width, Write write)
    : clock_(clock), start_(clock.now()), width_(width), write_(std::move(write)) {}

Progress::~Progress() { finish(); }

void Progress::update(const std::string& phase, const WaitProgress& wait) {
  const std::lock_guard lock(mutex_);
  const Instant now = clock_.now();
  const bool new_phase = phase != phase_;
  const Duration silence = now - shown_at_;
  const bool terminal = width_ > 0;
  const bool due =
      terminal ? silence >= kTerminalEvery : silence >= kPlainEvery && wait.reason != shown_reason_;
  if (!new_phase && !due) return;
  phase_ = phase;
  shown_reason_ = wait.reason;
  shown_at_ = now;
  const std::string line = progress_line(now - start_, phase, wait, width_);
  clear_line();
  write_(terminal ? line : line + "\n");
  line_open_ = terminal;
}

void Progress::say(const std::string& line) {
  const std::lock_guard lock(mutex_);
  clear_line();
  write_(fmt::format("{:7.1f} s  {}\n",
                     std::chrono::duration<double>(clock_.now() - start_).count(), line));
}

void Progress::finish() {
  const std::lock_guard lock(mutex_);
  clear_line();
}

void Progress::clear_line() {
  if (line_open_) write_("\r\033[K");
  line_open_ = false;
}

}  // namespace splitsite::cli
