#include "faults/host/host_panic.hpp"

#include <fmt/format.h>

namespace splitsite {
namespace {

using namespace std::chrono_literals;

// The request is answered first, and the panic writes to a slow console. Long enough to ask the
// agent twice in vain whether the node has another life.
constexpr Duration kPanic = 15s;

}  // namespace

std::string HostPanic::describe() const {
  return fmt::format("kernel panic of {}, then a {}", host(), word());
}

nlohmann::json HostPanic::parameters() const { return {{"host", host().str()}, {"then", word()}}; }

Result<Plan> HostPanic::plan(const LabConfig&) const {
  return Plan{TakeDown{.node = host(),
                       .kind = "node.panic",
                       .arguments = {{"then", word()}},
                       .comes_back = then_ == AfterPanic::Reboot}};
}

Result<Proof> HostPanic::prove(const Bench& bench) const {
  if (then_ == AfterPanic::Hang) return prove_away(bench, PowerState::On, kPanic);
  return prove_life_over(bench, kPanic);
}

CatalogueEntry host_panic_entry() {
  return {.name = "host-panic",
          .summary = "a host's kernel panics, and reboots or hangs",
          .parameters = {host_parameter(),
                         {"then", "choice", "what the kernel does after the panic", "reboot",
                          "reboot, hang"}},
          .mechanism = "The node's agent sets what comes after a panic and triggers one (sysrq c).",
          .proof =
              "Rebooting: its echoes stop, or it has another boot id. Hanging: it is on, and "
              "echoes, a new connection and one that was open stay unanswered. "
              "Control: new and open connections to the host beside it.",
          .undo =
              "A host that hangs is powered off and on; proven when it answers and has another "
              "boot id.",
          .limits =
              "The watchdog ends a hang about a minute after the panic. A hanging kernel "
              "keeps a CPU of the machine busy.",
          .make = [](const ParameterReader& reader) -> Result<std::unique_ptr<Fault>> {
            SPLITSITE_TRY(const NodeId host, reader.host("host"));
            SPLITSITE_TRY(const AfterPanic then,
                          reader.choice_of<AfterPanic>("then", {{"reboot", AfterPanic::Reboot},
                                                                {"hang", AfterPanic::Hang}}));
            return std::make_unique<HostPanic>(host, then);
          },
          .example = "host=host-a1"};
}

}  // namespace splitsite
