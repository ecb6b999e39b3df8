#include "harness/cli/bring_up.hpp"

#include <fmt/format.h>

#include <filesystem>

#include "harness/lab/description/resolve.hpp"
#include "harness/lab/preflight.hpp"

namespace splitsite::cli {
namespace {

namespace fs = std::filesystem;

// Runs `work`, adds the time it took to `spent`.
template <class Work>
auto timed(Duration& spent, Work work) {
  const Instant start = steady_clock().now();
  auto result = work();
  spent += steady_clock().now() - start;
  return result;
}

std::string known_topologies(const Context& context) {
  std::string names;
  std::error_code code;
  for (const auto& entry : fs::directory_iterator(context.source + "/topologies", code)) {
    if (!fs::exists(entry.path() / "topology.toml")) continue;
    names += (names.empty() ? "" : ", ") + entry.path().filename().string();
  }
  return names;
}

Result<std::string> topology_file(const Context& context, const std::string& choice) {
  const bool is_file = choice.find('/') != std::string::npos || choice.ends_with(".toml");
  if (is_file) return choice;
  std::string path = context.source + "/topologies/" + choice + "/topology.toml";
  if (fs::exists(path)) return path;
  return Error{.kind = ErrorKind::Invalid,
               .attempted = "find the topology",
               .subject = choice,
               .why = "there is none of that name",
               .hint = "there are " + known_topologies(context) + "; or name a .toml file"};
}

Result<LabMaterials> prepare(Context& context, BringUpTimes& times) {
  const ArtifactSources sources{
      .image_scripts = context.source + "/topologies/image",
      .programs = context.programs,
      .state = context.state.path(),
      .stop = context.stop,
      .on_line = [&](const std::string& line) { context.progress.update(line); }};
  context.progress.update("node image");
  SPLITSITE_TRY(NodeImage image, timed(times.image, [&] { return make_node_image(sources); }));
  context.progress.update("tools disk");
  SPLITSITE_TRY(std::string tools,
                timed(times.tools, [&] { return make_tools_disk(sources, image); }));
  return LabMaterials{.image = std::move(image), .tools_disk = std::move(tools)};
}

}  // namespace

void add_lab_options(CLI::App& command, LabChoice& choice) {
  command.add_option(
      "-t,--topology", choice.topology,
      fmt::format("A name in topologies/, or a topology file (.toml); if absent, the "
                  "suite's own or {}",
                  default_topology));
  command.add_option("--timing", choice.timing,
                     "Timing profile: 'fast' or 'production'; the topology's own choice if absent");
  command.add_option("-n,--name", choice.name, "The lab's name; the topology's if absent");
}

Result<LabConfig> describe_choice(const Context& context, const LabChoice& choice,
                                  const std::string& otherwise) {
  const std::string& chosen = choice.topology.empty() ? otherwise : choice.topology;
  SPLITSITE_TRY(const std::string file, topology_file(context, chosen));
  SPLITSITE_TRY(LabConfig config, load_lab(file, choice.timing));
  if (!choice.name.empty()) config.name = choice.name;
  SPLITSITE_TRY_VOID(check_lab_name(config.name));
  return config;
}

Result<BroughtUp> bring_up(Context& context, LabConfig config, Ownership ownership) {
  std::vector<Check> checks = check_machine(context.state);
  const auto of_lab = check_lab(config, context.state.lab(config.name));
  checks.insert(checks.end(), of_lab.begin(), of_lab.end());
  SPLITSITE_TRY_VOID(require(checks));
  SPLITSITE_TRY(const LabTrace present, find_lab(context.state, config.name));
  if (present.runs) {
    return Error{.kind = ErrorKind::Conflict,
                 .attempted = "bring up the lab",
                 .subject = config.name,
                 .why = "it is up already",
                 .hint = "splitsite lab down --name " + config.name + ", or use another --name"};
  }
  BroughtUp result;
  SPLITSITE_TRY(LabMaterials materials, prepare(context, result.times));
  context.progress.update("probe acceleration by booting");
  SPLITSITE_TRY(result.acceleration, timed(result.times.acceleration, [&] {
                  return probe_acceleration(materials.image, context.state.path(), context.stop);
                }));
  materials.acceleration = result.acceleration.kind;
  const LabOptions options{
      .state = context.state,
      .ownership = ownership,
      .stop = context.stop,
      .progress = [&](const LabProgress& now) { context.progress.update(now.phase, now.wait); }};
  auto lab =
      timed(result.times.lab, [&] { return Lab::up(std::move(config), materials, options); });
  if (!lab) return lab.error();
  result.lab = std::move(lab.value());
  return result;
}

}  // namespace splitsite::cli
