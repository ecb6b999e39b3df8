#include "harness/agent/processes/process_changes.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <utility>

#include "harness/agent/common_operations.hpp"
#include "harness/core/system_error.hpp"
#include "harness/time/eventually.hpp"

namespace splitsite::agent {
namespace {

using std::chrono::milliseconds;

// A signal is delivered at once; what takes longer is a process that waits in the kernel, which the
// proof then shows.
constexpr Duration taking_effect = milliseconds(50);

Error not_running(const std::string& name) {
  return Error{.kind = ErrorKind::Unavailable,
               .attempted = "find a running process of",
               .subject = name,
               .why = "there is none in this node"};
}

Json to_json(const ProcessState& process) {
  return Json{{"pid", process.pid},
              {"state", std::string(1, process.state)},
              {"started_ticks", process.started_ticks},
              {"cpu_ticks", process.cpu_ticks}};
}

ProcessState process_in(const Json& remembered) {
  return {.pid = remembered.value("pid", pid_t{0}),
          .started_ticks = remembered.value("started_ticks", std::uint64_t{0})};
}

void await(const std::string& what, const std::function<bool()>& done) {
  (void)eventually<bool>(steady_clock(),
                         {.what = what, .bound = taking_effect, .every = milliseconds(1)},
                         [&]() -> Probed<bool> {
                           if (done()) return true;
                           return NotYet{"not yet"};
                         });
}

// Through a shell that is gone at once, so that what it starts is init's child and not ours.
Result<void> start(const std::string& program, const std::string& name) {
  const std::string command =
      fmt::format("exec </dev/null >/dev/null 2>&1; {} {} &", program, name);
  std::string shell = "sh";
  std::string flag = "-c";
  std::string text = command;
  char* const arguments[] = {shell.data(), flag.data(), text.data(), nullptr};
  pid_t pid = 0;
  const int failed = ::posix_spawn(&pid, "/bin/sh", nullptr, nullptr, arguments, environ);
  if (failed != 0) return system_error("start", name, failed);
  int status = 0;
  if (::waitpid(pid, &status, 0) != pid || status != 0) return system_error("start", name);
  return success();
}

class ProcessChange : public Change {
 public:
  ProcessChange(const char* kind, const ProcessSetting& setting)
      : kind_(kind), setting_(setting), table_(setting.daemons, setting.vm_pids) {}

  Result<Json> observe(const Json& arguments) override {
    Arguments given(kind_, arguments);
    SPLITSITE_TRY(const auto name, given.text("process"));
    SPLITSITE_TRY_VOID(given.nothing_else());
    SPLITSITE_TRY(const auto process, table_.find(name));
    Json seen = process ? to_json(*process) : Json::object();
    seen["running"] = process.has_value();
    seen["held"] = std::filesystem::exists(hold_of(name));
    seen["boot_id"] = kernel_boot_id();
    return seen;
  }

 protected:
  Result<Json> running(const std::string& name) const {
    SPLITSITE_TRY(const auto process, table_.find(name));
    if (!process) return not_running(name);
    Json found = to_json(*process);
    found["process"] = name;
    return found;
  }
  std::string hold_of(const std::string& name) const { return setting_.held + "/" + name; }

  const char* kind_;
  ProcessSetting setting_;
  ProcessTable table_;
};

class ProcessKill final : public ProcessChange {
 public:
  explicit ProcessKill(const ProcessSetting& setting) : ProcessChange("process.kill", setting) {}

  Result<Json> prepare(const Json& arguments) override {
    Arguments given(kind_, arguments);
    SPLITSITE_TRY(const auto name, given.text("process"));
    SPLITSITE_TRY(const auto stays, stays_in(given));
    SPLITSITE_TRY_VOID(given.nothing_else());
    SPLITSITE_TRY(auto remembered, running(name));
    SPLITSITE_TRY(const auto comeback, table_.comeback(name));
    remembered["held"] = comeback != Comeback::Elsewhere && stays == "down";
    if (remembered["held"] == true && std::filesystem::exists(hold_of(name))) {
      return Error{.kind = ErrorKind::Conflict,
                   .attempted = "kill",
                   .subject = name,
                   .why = "another change holds it down"};
    }
    return remembered;
  }

  Result<Json> apply(const Json&, Json& remembered) override {
    const auto name = remembered["process"].get<std::string>();
    if (remembered["held"] == true) {
      SPLITSITE_TRY_VOID(hold(name));
    }
    const ProcessState process = process_in(remembered);
    SPLITSITE_TRY(const bool sent, send_signal(process, SIGKILL));
    if (!sent) return not_running(name);
    const auto gone = [&] {
      const auto now = ProcessTable::read(process.pid);
      return !now || !now->same_process(process);
    };
    await("its end", gone);
    return Json{{"pid", process.pid}, {"gone", gone()}};
  }

  Result<void> revert(const Json& remembered) override {
    const auto name = remembered["process"].get<std::string>();
    if (remembered["held"] == true) {
      std::error_code failed;
      std::filesystem::remove(hold_of(name), failed);
      if (failed) return system_error("let go of", hold_of(name), failed.value());
    }
    SPLITSITE_TRY(const auto comeback, table_.comeback(name));
    if (comeback != Comeback::Restarted) return success();
    SPLITSITE_TRY(const auto process, table_.find(name));
    if (process) return success();
    return start(setting_.start_daemon, name);
  }

 private:
  static Result<std::string> stays_in(Arguments& given) {
    if (!given.has("stays")) return std::string("down");
    SPLITSITE_TRY(auto stays, given.text("stays"));
    if (stays == "down" || stays == "respawned") return stays;
    return Error{.kind = ErrorKind::Invalid,
                 .attempted = "understand the arguments of",
                 .subject = "process.kill",
                 .why = fmt::format("\"stays\" is \"{}\", allowed are down and respawned", stays)};
  }

  Result<void> hold(const std::string& name) const {
    std::error_code failed;
    std::filesystem::create_directories(setting_.held, failed);
    const UniqueFd file(::open(hold_of(name).c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0644));
    if (!file) return system_error("hold down", name);
    return success();
  }
};

class ProcessStop final : public ProcessChange {
 public:
  explicit ProcessStop(const ProcessSetting& setting) : ProcessChange("process.stop", setting) {}

  Result<Json> prepare(const Json& arguments) override {
    Arguments given(kind_, arguments);
    SPLITSITE_TRY(const auto name, given.text("process"));
    SPLITSITE_TRY_VOID(given.nothing_else());
    SPLITSITE_TRY(auto remembered, running(name));
    if (remembered["state"] != "T") return remembered;
    return Error{.kind = ErrorKind::Conflict,
                 .attempted = "stop",
                 .subject = name,
                 .why = "it is stopped already"};
  }

  Result<Json> apply(const Json&, Json& remembered) override {
    const ProcessState process = process_in(remembered);
    SPLITSITE_TRY(const bool sent, send_signal(process, SIGSTOP));
    if (!sent) return not_running(remembered["process"].get<std::string>());
    std::optional<ProcessState> now;
    await("its stop", [&] {
      now = ProcessTable::read(process.pid);
      return !now || now->state == 'T';
    });
    return now ? to_json(*now) : Json{{"pid", process.pid}};
  }

  // Whoever died in the meantime, the watchdog's reset included, is no longer stopped.
  Result<void> revert(const Json& remembered) override {
    SPLITSITE_TRY_VOID(send_signal(process_in(remembered), SIGCONT));
    return success();
  }
};

}  // namespace

void add_process_changes(ChangeBook& book, const ProcessSetting& setting) {
  book.add("process.kill", std::make_unique<ProcessKill>(setting));
  book.add("process.stop", std::make_unique<ProcessStop>(setting));
}

}  // namespace splitsite::agent
