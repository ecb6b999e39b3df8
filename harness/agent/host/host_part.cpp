#include "harness/agent/host/host_part.hpp"

#include "harness/agent/host/ha_agent_state.hpp"

namespace splitsite::agent {
namespace {

constexpr const char* ha_agent_state = "/run/splitsite/ha-agent.json";
constexpr const char* libvirt_uri = "qemu:///system";
constexpr const char* libvirt_socket = "/run/libvirt/libvirt-sock-ro";

}  // namespace

HostPart::HostPart(EventLoop& loop, const std::string& pid_folder, const std::string& lockspace,
                   EventLog& events)
    : truth_(events),
      sanlock_(loop, lockspace,
               [this](const SanlockStatus& status, std::optional<NodeTime> since) {
                 truth_.sanlock(status, since);
               }),
      processes_(loop, pid_folder,
                 {.up =
                      [this](const std::string& vm, pid_t pid) {
                        truth_.process_up(vm, pid);
                        sanlock_.look();
                      },
                  .gone =
                      [this](const std::string& vm, pid_t pid) {
                        truth_.process_gone(vm, pid);
                        sanlock_.look();
                      }}),
      libvirt_(
          loop, libvirt_uri, libvirt_socket,
          {.running = [this](const std::string& vm, bool running,
                             const std::string& reason) { truth_.running(vm, running, reason); },
           .all = [this](const std::set<std::string>& running,
                         std::optional<NodeTime> since) { truth_.all_running(running, since); }}) {}

void HostPart::add_to(Dispatcher& dispatcher) {
  dispatcher.add("truth", [this](Arguments& arguments) -> Result<Json> {
    SPLITSITE_TRY_VOID(arguments.nothing_else());
    Json truth = truth_.truth();
    truth["hosted_engine"] = read_ha_agent_state(ha_agent_state);
    return truth;
  });
}

}  // namespace splitsite::agent
