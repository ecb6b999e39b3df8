#include "harness/agent/disks/disk_kinds.hpp"

#include "harness/agent/disks/io_probe.hpp"
#include "harness/agent/disks/io_stall.hpp"
#include "harness/agent/disks/layer_change.hpp"
#include "harness/agent/disks/replica_changes.hpp"
#include "harness/agent/disks/storage_paths.hpp"

namespace splitsite::agent {

DiskKinds::DiskKinds(EventLoop& loop, EventLog& events, const StorageConfig& storage,
                     std::string proc_drbd)
    : loop_(loop),
      events_(events),
      storage_(storage),
      proc_drbd_(std::move(proc_drbd)),
      tool_(loop, "/run/splitsite/log/replica.log") {}

void DiskKinds::add_to_host(ChangeBook& book) {
  add_disks(book);
  book.add("storage.paths", std::make_unique<StoragePaths>(layers_));
  book.add("storage.portal", std::make_unique<StoragePortal>(loop_));
}

void DiskKinds::add_to_storage_node(ChangeBook& book) {
  add_disks(book);
  const auto read = [file = proc_drbd_] { return read_drbd(file); };
  book.add("replica.pause", make_replica_pause(tool_, read));
  book.add("replica.detach", make_replica_detach(tool_, read));
  book.add("replica.attach", make_replica_attach(tool_, read));
  book.add("replica.outdate", make_replica_outdate(tool_, read));
}

void DiskKinds::add_disks(ChangeBook& book) {
  book.add("io.error", make_io_error(layers_));
  book.add("io.delay", make_io_delay(layers_));
  book.add("io.stall", std::make_unique<IoStall>(loop_, layers_, events_));
  book.add("io.probe",
           std::make_unique<IoProbe>(loop_, IoProbe::Setting{.scratch = scratch_offset(storage_)}));
}

}  // namespace splitsite::agent
