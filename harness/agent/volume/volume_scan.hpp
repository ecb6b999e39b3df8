// volume.scan: what the guests left on their volumes, read from the replicated device itself.
// Direct reads only: the iSCSI target writes past the page cache, which would answer with the past.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "harness/agent/dispatch.hpp"
#include "harness/event_loop/event_loop.hpp"
#include "harness/lab/description/lab_config.hpp"
#include "topologies/guest/record.hpp"

namespace splitsite::agent {

// Scans the volume at `volume.offset` of `device`. Blocks for as long as the disk takes. Refused
// where the device cannot be read, as on a replica that is secondary.
Result<guest::ScanResult> scan_volume(const std::string& device, const VolumeConfig& volume);

nlohmann::json to_json(const std::string& vm, const guest::ScanResult& scan);

// Adds the operation; each scan runs in a thread of its own. `loop` outlives the dispatcher.
void add_volume_scan(Dispatcher& dispatcher, EventLoop& loop, const std::string& device,
                     const std::vector<VolumeConfig>& volumes);

}  // namespace splitsite::agent
