#include "harness/lab/artifacts.hpp"

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "harness/adapters/process/process.hpp"

namespace splitsite {
namespace {

using nlohmann::json;
using namespace std::chrono_literals;

// The path a script prints as its last word.
Result<std::string> path_printed(const std::string& output, const std::string& script) {
  std::string path = output;
  while (!path.empty() && path.back() == '\n') path.pop_back();
  path.erase(0, path.rfind('\n') + 1);
  if (!path.empty() && std::filesystem::exists(path)) return path;
  return Error{.kind = ErrorKind::Internal,
               .attempted = "run",
               .subject = script,
               .why = "it printed no path"};
}

Result<std::string> run_script(const ArtifactSources& sources, const std::string& name,
                               std::vector<std::string> arguments, Duration bound) {
  const std::string script = sources.image_scripts + "/" + name;
  SPLITSITE_TRY(const std::string output,
                process::output_of({.program = script,
                                    .arguments = std::move(arguments),
                                    .environment = {{"SPLITSITE_STATE", sources.state}},
                                    .bound = bound,
                                    .contained = true,
                                    .stop = sources.stop,
                                    .on_error_line = sources.on_line}));
  return path_printed(output, script);
}

}  // namespace

Result<NodeImage> read_node_image(const std::string& directory) {
  const std::string path = directory + "/manifest.json";
  std::ifstream file(path);
  const json manifest = json::parse(file, nullptr, /*allow_exceptions=*/false);
  const auto text = [&](const char* key) {
    const auto found = manifest.find(key);
    return found != manifest.end() && found->is_string() ? found->get<std::string>() : "";
  };
  if (!manifest.is_object() || text("kernel").empty() || text("initramfs").empty() ||
      text("root").empty()) {
    return Error{.kind = ErrorKind::Invalid,
                 .attempted = "read the node image",
                 .subject = directory,
                 .why = "its manifest.json is missing or not complete",
                 .hint = "remove the directory; it is made anew"};
  }
  return NodeImage{.directory = directory,
                   .digest = text("digest"),
                   .machine = text("machine").empty() ? "q35" : text("machine"),
                   .kernel_version = text("kernel_version"),
                   .kernel = directory + "/" + text("kernel"),
                   .initramfs = directory + "/" + text("initramfs"),
                   .root = directory + "/" + text("root")};
}

Result<NodeImage> make_node_image(const ArtifactSources& sources) {
  SPLITSITE_TRY(const std::string directory, run_script(sources, "build", {}, 15min));
  return read_node_image(directory);
}

Result<std::string> make_tools_disk(const ArtifactSources& sources, const NodeImage& image) {
  return run_script(sources, "tools-disk", {sources.programs, image.directory}, 2min);
}

Result<void> make_lab_disk(const std::string& config_file, const std::string& disk) {
  SPLITSITE_TRY_VOID(process::output_of(
      {.program = "mksquashfs",
       .arguments = {config_file, disk, "-noappend", "-all-root", "-quiet", "-no-progress"},
       .bound = 30s}));
  return success();
}

}  // namespace splitsite
