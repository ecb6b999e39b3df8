#include "harness/agent/changes/node/going_down.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

#include "harness/agent/changes/node/helper.hpp"
#include "harness/agent/common_operations.hpp"
#include "harness/core/system_error.hpp"

namespace splitsite::agent {
namespace {

// The answer has to leave the node before its kernel stops.
constexpr Duration kNotice = std::chrono::milliseconds(200);

const char* name_of(Way way) {
  switch (way) {
    case Way::Panic:
      return "node.panic";
    case Way::Shutdown:
      return "node.shutdown";
    case Way::Reboot:
      return "node.reboot";
  }
  return "";
}

std::string read_word(const std::string& path) {
  std::string word;
  std::ifstream(path) >> word;
  return word;
}

// Read back: a kernel setting may be refused without a word.
Result<void> write_word(const std::string& path, const std::string& word) {
  std::ofstream(path) << word;
  if (read_word(path) == word) return success();
  return Error{.kind = ErrorKind::Refused,
               .attempted = "set",
               .subject = path,
               .why = fmt::format("it reads {}, {} was written", read_word(path), word)};
}

Result<void> require(const std::string& path, int mode) {
  if (::access(path.c_str(), mode) == 0) return success();
  Error error = system_error("take the node down by", path);
  error.kind = ErrorKind::Unavailable;
  return error;
}

// In the helper, both.
void crash(const char* sysrq) {
  steady_clock().pause(kNotice);
  const int trigger = ::open(sysrq, O_WRONLY | O_TRUNC);
  [[maybe_unused]] const auto put = ::write(trigger, "c", 1);
}
void tell_init(const char* tool, const char* what) {
  steady_clock().pause(kNotice);
  ::execl(tool, tool, what, nullptr);
}

}  // namespace

Result<Json> GoingDown::prepare(const Json& arguments) {
  if (way_ == Way::Panic) return prepare_panic(arguments);
  SPLITSITE_TRY_VOID(Arguments(name_of(way_), arguments).nothing_else());
  SPLITSITE_TRY_VOID(require(paths_.init_tool, X_OK));
  return Json::object();
}

Result<Json> GoingDown::prepare_panic(const Json& arguments) const {
  Arguments given(name_of(way_), arguments);
  SPLITSITE_TRY(const auto then, given.text("then"));
  SPLITSITE_TRY_VOID(given.nothing_else());
  if (then != "reboot" && then != "hang") {
    return Error{.kind = ErrorKind::Invalid,
                 .attempted = "understand the arguments of",
                 .subject = name_of(way_),
                 .why = "\"then\" is " + then + ", allowed are reboot, hang"};
  }
  SPLITSITE_TRY_VOID(require(paths_.sysrq, W_OK));
  SPLITSITE_TRY_VOID(require(paths_.after_panic, W_OK));
  return Json{{"after_panic", read_word(paths_.after_panic)}};
}

Result<Json> GoingDown::apply(const Json& arguments, Json& remembered) {
  HelperPlan plan{.name = "fault-down", .work = {}};
  if (way_ == Way::Panic) {
    SPLITSITE_TRY_VOID(
        write_word(paths_.after_panic, arguments.value("then", "") == "hang" ? "0" : "1"));
    plan.work = [this] { crash(paths_.sysrq.c_str()); };
  } else {
    const char* const what = way_ == Way::Shutdown ? "poweroff" : "reboot";
    plan.work = [this, what] { tell_init(paths_.init_tool.c_str(), what); };
  }
  SPLITSITE_TRY(const Helper helper, start_helper(plan));
  remembered["helper"] = to_json(helper);
  going_down_ = true;
  return Json::object();
}

Result<void> GoingDown::revert(const Json& remembered) {
  end_helper(helper_from(remembered.value("helper", Json())));
  const std::string after_panic = remembered.value("after_panic", "");
  if (!after_panic.empty()) std::ofstream(paths_.after_panic) << after_panic;
  return success();
}

Result<Json> GoingDown::observe(const Json& arguments) {
  SPLITSITE_TRY_VOID(Arguments(name_of(way_), arguments).nothing_else());
  return Json{{"boot_id", kernel_boot_id()}, {"going_down", going_down_}};
}

}  // namespace splitsite::agent
