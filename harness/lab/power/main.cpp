// splitsite-power-controller: the power controllers (BMCs) of a lab's sites, one address each on
// its own site's network. Started by the lab's init inside the lab's namespaces, and ends with
// them. Not by hand.
#include <fmt/format.h>
#include <httplib.h>
#include <net/if.h>
#include <sys/socket.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <thread>

#include "harness/adapters/libvirt/connection.hpp"
#include "harness/adapters/netlink/bridge.hpp"
#include "harness/lab/power/controller.hpp"
#include "harness/lab/state_directory.hpp"
#include "harness/time/eventually.hpp"

namespace {

using namespace splitsite;

constexpr std::size_t kLargestRequest = 4096;

// A controller's place on its site's network: the bridge the site's nodes are on.
struct Place {
  std::string bridge;
  std::string address;  // with the prefix length
};

Place place_of(const LabConfig& lab, const PowerControllerConfig& controller) {
  for (const NodeConfig& node : lab.nodes) {
    if (node.role == NodeRole::Host && node.site == controller.site && !node.nics.empty()) {
      return {node.nics.front().network, controller.address};
    }
  }
  return {};
}

// The machine has an address on several bridges of what is one network as soon as the sites are
// linked. Each must be answered for on its own bridge only, or a site's controller could be reached
// past a link that is cut.
void answer_on_own_bridge_only() {
  for (const auto& [name, value] : {std::pair{"arp_ignore", "1"}, std::pair{"rp_filter", "0"}}) {
    const std::string path = fmt::format("/proc/sys/net/ipv4/conf/all/{}", name);
    if (std::FILE* file = std::fopen(path.c_str(), "w")) {
      std::fputs(value, file);
      std::fclose(file);
    }
  }
}

class Served {
 public:
  Served(const PowerControllerConfig& config, const LabConfig& lab, Power& power,
         const std::string& log)
      : controller_(
            config.site, lab, power, steady_clock(), [log](const power::Switched& switched) {
              fmt::print(stderr, "{} switched {}\n", switched.host, switched.on ? "on" : "off");
              const auto written = power::append(log, switched);
              if (!written) fmt::print(stderr, "{}\n", written.error().message());
            }) {}

  bool listen(const Place& place, std::uint16_t port) {
    server_.set_payload_max_length(kLargestRequest);
    server_.set_keep_alive_max_count(1);
    server_.set_socket_options([bridge = place.bridge](socket_t socket) {
      const int yes = 1;
      ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
      ::setsockopt(socket, SOL_SOCKET, SO_BINDTODEVICE, bridge.c_str(),
                   static_cast<socklen_t>(bridge.size()));
    });
    server_.Post(power::kPath, [this](const httplib::Request& asked, httplib::Response& response) {
      const auto request = power::decode_request(asked.body);
      const power::Answer answer =
          request ? controller_.answer(request.value())
                  : power::Answer{.on = false, .error = request.error().message()};
      response.set_content(power::encode(answer), "application/json");
    });
    const std::string address = place.address.substr(0, place.address.find('/'));
    if (!server_.bind_to_port(address, port)) return false;
    thread_ = std::jthread([this] { server_.listen_after_bind(); });
    return true;
  }

 private:
  power::Controller controller_;
  httplib::Server server_;
  std::jthread thread_;
};

Result<std::unique_ptr<libvirt::Connection>> connect(const LabPaths& paths) {
  const Wait wait{.what = "the lab's libvirtd to answer",
                  .bound = std::chrono::seconds(20),
                  .every = std::chrono::milliseconds(50)};
  return eventually<std::unique_ptr<libvirt::Connection>>(
      steady_clock(), wait, [&]() -> Probed<std::unique_ptr<libvirt::Connection>> {
        auto opened = libvirt::Connection::open(paths.libvirt_uri());
        if (opened) return std::move(opened.value());
        return NotYet{opened.error().message()};
      });
}

Result<void> serve(const LabPaths& paths) {
  SPLITSITE_TRY(const LabConfig lab, read_lab_config(paths.config()));
  answer_on_own_bridge_only();
  SPLITSITE_TRY(netlink::Route route, netlink::Route::open());
  SPLITSITE_TRY(const auto machines, connect(paths));
  std::vector<std::unique_ptr<Served>> all;
  for (const PowerControllerConfig& config : lab.power.controllers) {
    const Place place = place_of(lab, config);
    SPLITSITE_TRY_VOID(route.add_address(place.bridge, place.address));
    all.push_back(std::make_unique<Served>(config, lab, *machines, paths.power_log()));
    if (!all.back()->listen(place, lab.power.port)) {
      return Error{.kind = ErrorKind::Conflict,
                   .attempted = "listen as power controller",
                   .subject = place.address,
                   .why = errno_text(errno)};
    }
    fmt::print(stderr, "power controller of site {} on {}\n", config.site, place.address);
  }
  all.clear();  // joins their threads, which go on until the lab ends
  return success();
}

}  // namespace

int main(int argc, char** argv) {
  LabPaths paths;
  CLI::App app("Power controllers of one Splitsite lab. Started by its init, not by hand.");
  app.add_option("--lab", paths.directory, "The lab's directory")->required();
  CLI11_PARSE(app, argc, argv);
  const auto served = serve(paths);
  if (served) return EXIT_SUCCESS;
  fmt::print(stderr, "{}\n", served.error().message());
  return EXIT_FAILURE;
}
