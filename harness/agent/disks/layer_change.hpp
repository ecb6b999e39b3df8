// io.error {device, what: all|writes} and io.delay {device, what: all|reads|writes, delay_ms}: the
// linear table of a disk of this node (splitsite-lun and vol-… on a host, splitsite-backing on a
// storage node) is replaced by one that fails or delays. No request is lost by that: what is in
// flight is completed before, what comes meanwhile waits some milliseconds.
// Observed {device}: {"suspended": bool, "table": text, "linear": bool}.
#pragma once

#include <functional>

#include "harness/agent/changes/change.hpp"
#include "harness/agent/disks/disk_layers.hpp"

namespace splitsite::agent {

// `layers` outlives both.
std::unique_ptr<Change> make_io_error(DiskLayers& layers);
std::unique_ptr<Change> make_io_delay(DiskLayers& layers);

// What observing a disk says, whatever the change.
Result<Json> observe_disk(DiskLayers& layers, const std::string& kind, const Json& arguments);

}  // namespace splitsite::agent
