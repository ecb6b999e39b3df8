#include "faults/host/disk_full.hpp"

#include <fmt/format.h>

#include <cerrno>

namespace splitsite {
namespace {

const char* const kWritten = "written";  // as the agent says it

}  // namespace

Result<std::string> DiskFull::writes_end_as(const Bench& bench, const NodeId& node,
                                            const std::string& expected,
                                            const std::string& claim) const {
  SPLITSITE_TRY(const auto seen, observe(bench, node, nlohmann::json::object()));
  const std::string fresh = seen.value("new_file", "");
  const std::string open = seen.value("open_file", "");
  const std::string text =
      fmt::format("{}: 1 MiB to a new file: {}; to one open before: {}", node, fresh, open);
  if (fresh != expected || open != expected) return not_proven(claim, text);
  return text;
}

Result<void> DiskFull::measure(const Bench& bench) {
  for (const NodeId& each : {node(), control()}) {
    SPLITSITE_TRY_VOID(
        writes_end_as(bench, each, kWritten, "files can be written before the fault"));
  }
  return success();
}

Result<Proof> DiskFull::prove(const Bench& bench) const {
  const std::string claim = fmt::format("nothing can be written on {}", node());
  SPLITSITE_TRY(const std::string measured,
                writes_end_as(bench, node(), errno_text(ENOSPC), claim));
  SPLITSITE_TRY(const std::string unaffected,
                writes_end_as(bench, control(), kWritten, "the control is not affected"));
  return Proof{claim, measured, unaffected};
}

Result<Proof> DiskFull::prove_healed(const Bench& bench) const {
  const std::string claim = fmt::format("files can be written on {}", node());
  SPLITSITE_TRY(const std::string measured, writes_end_as(bench, node(), kWritten, claim));
  SPLITSITE_TRY(const std::string unaffected,
                writes_end_as(bench, control(), kWritten, "the control is not affected"));
  return Proof{claim, measured, unaffected};
}

CatalogueEntry disk_full_entry() {
  return {.name = "disk-full",
          .summary = "a node's own file system has no space left",
          .parameters = {node_parameter()},
          .mechanism = "The size of the tmpfs under the node's root is set to what is used of it.",
          .proof =
              "Writing 1 MiB fails for want of space, to a new file and to one that was open. "
              "Control: both on a node beside it.",
          .undo = "The size is what it was; proven by both writes.",
          .limits =
              "/run and guests' disks have space of their own. What a node deletes meanwhile "
              "can be written again.",
          .make = [](const ParameterReader& reader) -> Result<std::unique_ptr<Fault>> {
            SPLITSITE_TRY(const NodeId node, reader.node("node"));
            return std::make_unique<DiskFull>(node);
          },
          .example = "node=host-a1"};
}

}  // namespace splitsite
