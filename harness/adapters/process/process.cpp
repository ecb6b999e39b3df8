#include "harness/adapters/process/process.hpp"

#include <fmt/format.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/streambuf.hpp>
#include <boost/process.hpp>
#include <boost/process/extend.hpp>
#include <cstdio>
#include <deque>
#include <filesystem>
#include <memory>
#include <optional>

namespace splitsite::process {
namespace {

namespace asio = boost::asio;
namespace bp = boost::process;
using namespace std::chrono_literals;

constexpr Duration kLookAtStop = 50ms;
constexpr Duration kGrace = 2s;  // between SIGTERM and SIGKILL
constexpr std::size_t kLastWords = 20;

// Between fork and exec: the child dies with us, and hears the signals we may have blocked.
struct ChildSetup : bp::extend::handler {
  template <class Executor>
  void on_exec_setup(Executor&) const {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    sigset_t none;
    sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
  }
};

std::vector<std::string> arguments_of(const Command& command) {
  if (!command.contained) return command.arguments;
  std::vector<std::string> all{"--pid",        "--fork", "--kill-child",
                               "--mount-proc", "--",     command.program};
  all.insert(all.end(), command.arguments.begin(), command.arguments.end());
  return all;
}

// A file in memory that begins with `text`; null on failure.
std::unique_ptr<std::FILE, int (*)(std::FILE*)> file_with(const std::string& text) {
  const int fd = ::memfd_create("input", MFD_CLOEXEC);
  std::FILE* file = fd < 0 ? nullptr : ::fdopen(fd, "w+");
  if (file != nullptr) {
    std::fwrite(text.data(), 1, text.size(), file);
    std::rewind(file);
  }
  return {file, [](std::FILE* open) { return open != nullptr ? std::fclose(open) : 0; }};
}

// One run of one program on an io_context of its own.
class Run {
 public:
  explicit Run(const Command& command) : command_(command), out_(io_), err_(io_), timer_(io_) {}

  Result<Outcome> to_the_end() {
    SPLITSITE_TRY_VOID(start());
    read(out_, out_buffer_, [this](std::string line) { take_output(std::move(line)); });
    read(err_, err_buffer_, [this](std::string line) { take_error(std::move(line)); });
    watch();
    io_.run();
    std::error_code code;
    child_.wait(code);
    if (ending_ && !enough_) return *ending_;
    const int status = child_.native_exit_code();
    outcome_.exit_code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    for (const std::string& line : last_words_) outcome_.error_output += line + "\n";
    if (enough_) outcome_.exit_code = 0;
    return std::move(outcome_);
  }

 private:
  Result<void> start() {
    const std::string wanted = command_.contained ? "unshare" : command_.program;
    const bool is_path = wanted.find('/') != std::string::npos;
    const auto program = is_path ? std::filesystem::path(wanted) : bp::search_path(wanted);
    if (program.empty()) return not_started("there is no such program in PATH");
    bp::environment environment = boost::this_process::environment();
    for (const auto& [key, value] : command_.environment) environment[key] = value;
    const auto input = file_with(command_.input);
    if (!input) return not_started(errno_text(errno));
    std::error_code code;
    child_ = bp::child(bp::exe = program.string(), bp::args = arguments_of(command_), environment,
                       bp::std_in<input.get(), bp::std_out> out_, bp::std_err > err_, group_,
                       ChildSetup{}, code);
    if (code) return not_started(code.message());
    return success();
  }

  Error not_started(const std::string& why) const {
    return Error{.kind = ErrorKind::Unavailable,
                 .attempted = "start",
                 .subject = command_.program,
                 .why = why};
  }

  template <class Take>
  void read(bp::async_pipe& pipe, asio::streambuf& buffer, Take take) {
    asio::async_read_until(
        pipe, buffer, '\n',
        [this, &pipe, &buffer, take](const boost::system::error_code& code, std::size_t) {
          std::istream stream(&buffer);
          std::string line;
          if (buffer.size() > 0 && std::getline(stream, line)) take(std::move(line));
          if (!code) return read(pipe, buffer, take);
          if (++closed_ == 2) timer_.cancel();
        });
  }

  void take_output(std::string line) {
    outcome_.output += line + "\n";
    if (command_.on_output_line && !command_.on_output_line(line)) {
      enough_ = true;
      end(SIGKILL, Error{});
    }
  }

  void take_error(std::string line) {
    if (command_.on_error_line) command_.on_error_line(line);
    last_words_.push_back(std::move(line));
    if (last_words_.size() > kLastWords) last_words_.pop_front();
  }

  // Looks at the deadline and at the stop token until both pipes are closed.
  void watch() {
    timer_.expires_after(kLookAtStop);
    timer_.async_wait([this](const boost::system::error_code& code) {
      if (code || closed_ == 2) return;
      look();
      watch();
    });
  }

  void look() {
    if (ending_) {
      if (deadline_.passed(steady_clock())) ::killpg(group_.native_handle(), SIGKILL);
      return;
    }
    if (command_.stop.stop_requested()) {
      end(SIGTERM, Error{.kind = ErrorKind::Interrupted,
                         .attempted = "run",
                         .subject = command_.program,
                         .why = "interrupted"});
    } else if (deadline_.passed(steady_clock())) {
      end(SIGTERM, Error{.kind = ErrorKind::TimedOut,
                         .attempted = "run",
                         .subject = command_.program,
                         .why = "not done within " + format_duration(command_.bound)});
    }
  }

  void end(int signal, Error why) {
    ending_ = std::move(why);
    deadline_ = Deadline(steady_clock(), kGrace);
    ::killpg(group_.native_handle(), signal);
  }

  const Command& command_;
  asio::io_context io_;
  bp::async_pipe out_;
  bp::async_pipe err_;
  asio::steady_timer timer_;
  asio::streambuf out_buffer_;
  asio::streambuf err_buffer_;
  bp::group group_;
  bp::child child_;
  Deadline deadline_{steady_clock(), command_.bound};
  int closed_ = 0;
  bool enough_ = false;
  std::optional<Error> ending_;
  std::deque<std::string> last_words_;
  Outcome outcome_;
};

}  // namespace

Result<Outcome> run(const Command& command) { return Run(command).to_the_end(); }

Result<std::string> output_of(const Command& command) {
  SPLITSITE_TRY(Outcome outcome, run(command));
  if (outcome.exit_code == 0) return std::move(outcome.output);
  return Error{.kind = ErrorKind::Refused,
               .attempted = "run",
               .subject = command.program,
               .why = fmt::format("exit code {}; its last words: {}", outcome.exit_code,
                                  outcome.error_output)};
}

}  // namespace splitsite::process
