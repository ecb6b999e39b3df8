#include "harness/lab/acceleration.hpp"

#include <fcntl.h>
#include <fmt/format.h>

#include <cerrno>
#include <fstream>
#include <nlohmann/json.hpp>

#include "harness/adapters/process/process.hpp"
#include "harness/core/handle.hpp"
#include "harness/lab/supervisor_record.hpp"

namespace splitsite {
namespace {

using nlohmann::json;
using namespace std::chrono_literals;

constexpr Duration kProbeBound = 5s;

std::string cache_path(const std::string& state) { return state + "/acceleration.json"; }

std::optional<AccelerationFinding> remembered(const NodeImage& image, const std::string& state) {
  std::ifstream file(cache_path(state));
  const json text = json::parse(file, nullptr, /*allow_exceptions=*/false);
  if (!text.is_object() || text.value("kernel", "") != image.kernel_version ||
      text.value("boot_id", "") != machine_boot_id()) {
    return std::nullopt;
  }
  const bool kvm = text.value("acceleration", "") == "KVM";
  return AccelerationFinding{kvm ? Acceleration::Kvm : Acceleration::Tcg, text.value("why", "")};
}

void remember(const AccelerationFinding& finding, const NodeImage& image,
              const std::string& state) {
  const json text = {{"kernel", image.kernel_version},
                     {"boot_id", machine_boot_id()},
                     {"acceleration", to_string(finding.kind)},
                     {"why", finding.why}};
  std::ofstream(cache_path(state)) << text.dump(2) << "\n";  // a cache: losing it costs 5 s
}

// Without a root file system the kernel goes through all of its start and then gives up: a boot
// that needs no initramfs and ends by itself.
bool has_booted(const std::string& line) {
  return line.find("Unable to mount root fs") != std::string::npos;
}

Result<AccelerationFinding> boot_under_kvm(const NodeImage& image, const std::stop_token& stop) {
  const Instant start = steady_clock().now();
  std::string last_line;
  bool booted = false;
  const auto outcome =
      process::run({.program = "qemu-system-x86_64",
                    .arguments = {"-accel", "kvm", "-cpu", "host", "-m", "256", "-nodefaults",
                                  "-no-reboot", "-display", "none", "-serial", "stdio", "-kernel",
                                  image.kernel, "-append", "console=ttyS0 panic=-1"},
                    .bound = kProbeBound,
                    .stop = stop,
                    .on_output_line = [&](const std::string& line) {
                      last_line = line;
                      booted = booted || has_booted(line);
                      return !booted;
                    }});
  const std::string took = format_duration(steady_clock().now() - start);
  if (booted) return AccelerationFinding{Acceleration::Kvm, "the node kernel booted in " + took};
  if (!outcome && outcome.error().kind == ErrorKind::Interrupted) return outcome.error();
  std::string why;
  if (outcome) {
    const std::string& words = outcome.value().error_output;
    why = fmt::format("/dev/kvm is there, but QEMU ended with code {}: {}",
                      outcome.value().exit_code, words.substr(0, words.find('\n')));
  } else if (outcome.error().kind == ErrorKind::TimedOut) {
    why = fmt::format("/dev/kvm is there, but the node kernel did not boot under it within {} ({})",
                      format_duration(kProbeBound),
                      last_line.empty() ? "it never said a word" : "it last said: " + last_line);
  } else {
    why = outcome.error().message();
  }
  return AccelerationFinding{Acceleration::Tcg, why};
}

}  // namespace

std::string_view to_string(Acceleration kind) { return kind == Acceleration::Kvm ? "KVM" : "TCG"; }

Result<AccelerationFinding> probe_acceleration(const NodeImage& image, const std::string& state,
                                               const std::stop_token& stop) {
  const UniqueFd device(::open("/dev/kvm", O_RDWR | O_CLOEXEC));
  if (!device) {
    return AccelerationFinding{Acceleration::Tcg, "/dev/kvm: " + errno_text(errno)};
  }
  if (auto known = remembered(image, state)) return *known;
  SPLITSITE_TRY(AccelerationFinding finding, boot_under_kvm(image, stop));
  remember(finding, image, state);
  return finding;
}

}  // namespace splitsite
