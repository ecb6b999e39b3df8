#include "harness/agent/disks/replica_changes.hpp"

#include <fstream>
#include <sstream>
#include <utility>

namespace splitsite::agent {
namespace {

const ReplicaTool::Words attach_command = {"drbdadm", "attach", "r0"};

class ReplicaChange : public Change {
 public:
  ReplicaChange(ReplicaTool& tool, ReadDrbd read) : tool_(tool), read_(std::move(read)) {}

  Result<Json> prepare(const Json& given) override {
    Arguments arguments("replica", given);
    SPLITSITE_TRY_VOID(arguments.nothing_else());
    SPLITSITE_TRY(const DrbdStatus status, read_());
    if (const std::string why = unfit(status); !why.empty()) {
      return Error{.kind = ErrorKind::Conflict,
                   .attempted = "change",
                   .subject = "the replica",
                   .why = why,
                   .hint = "wait until both copies are up to date"};
    }
    return Json::object();
  }

  Result<Json> observe(const Json&) override {
    SPLITSITE_TRY(const DrbdStatus status, read_());
    return Json{{"connection", status.connection},
                {"role", status.role},
                {"peer_role", status.peer_role},
                {"disk", status.disk},
                {"peer_disk", status.peer_disk},
                {"suspended", status.suspended},
                {"out_of_sync_kib", status.out_of_sync_kib},
                {"paused_here", status.paused_here},
                {"paused_by_peer", status.paused_by_peer}};
  }

 protected:
  // Why the change must not be made now; empty if it may.
  virtual std::string unfit(const DrbdStatus&) const { return {}; }

  // Begins to attach a replica that has lost its disk.
  Result<void> mend() {
    const auto status = read_();
    // Without DRBD, or with its device not made yet, the node was booted anew: its own scripts
    // bring the replica back.
    if (!status) return success();
    // "Failed" is on its way to "Diskless", and is there before the program asks.
    const std::string& disk = status.value().disk;
    if (disk != "Diskless" && disk != "Failed") return success();
    return tool_.begin(attach_command);
  }

  ReplicaTool& tool_;
  ReadDrbd read_;
};

class Pause final : public ReplicaChange {
 public:
  using ReplicaChange::ReplicaChange;

  Result<Json> apply(const Json&, Json&) override {
    SPLITSITE_TRY_VOID(tool_.run({"drbdsetup", "pause-sync", "0"}));
    return Json::object();
  }
  Result<void> revert(const Json&) override {
    const auto status = read_();
    if (!status || !status.value().paused_here) return success();
    return tool_.run({"drbdsetup", "resume-sync", "0"});
  }

 private:
  // Undoing must not end a pause that somebody else wanted.
  std::string unfit(const DrbdStatus& status) const override {
    return status.paused_here ? "its resync is paused already" : "";
  }
};

class Detach final : public ReplicaChange {
 public:
  using ReplicaChange::ReplicaChange;

  Result<Json> apply(const Json&, Json&) override {
    SPLITSITE_TRY_VOID(tool_.run({"drbdsetup", "detach", "0"}));
    return Json::object();
  }
  Result<void> revert(const Json&) override { return mend(); }

 private:
  std::string unfit(const DrbdStatus& status) const override {
    return status.both_up_to_date() ? "" : "its peer cannot do without it";
  }
};

class Attach final : public ReplicaChange {
 public:
  using ReplicaChange::ReplicaChange;

  Result<Json> apply(const Json&, Json&) override {
    SPLITSITE_TRY_VOID(mend());
    return Json::object();
  }
  Result<void> revert(const Json&) override { return mend(); }
};

class Outdate final : public ReplicaChange {
 public:
  using ReplicaChange::ReplicaChange;

  Result<Json> apply(const Json&, Json&) override {
    SPLITSITE_TRY_VOID(tool_.run({"drbdsetup", "invalidate", "0"}));
    return Json::object();
  }
  Result<void> revert(const Json&) override { return success(); }

 private:
  std::string unfit(const DrbdStatus& status) const override {
    return status.both_up_to_date() ? "" : "its peer cannot do without it";
  }
};

}  // namespace

std::unique_ptr<Change> make_replica_pause(ReplicaTool& tool, ReadDrbd read) {
  return std::make_unique<Pause>(tool, std::move(read));
}
std::unique_ptr<Change> make_replica_detach(ReplicaTool& tool, ReadDrbd read) {
  return std::make_unique<Detach>(tool, std::move(read));
}
std::unique_ptr<Change> make_replica_attach(ReplicaTool& tool, ReadDrbd read) {
  return std::make_unique<Attach>(tool, std::move(read));
}
std::unique_ptr<Change> make_replica_outdate(ReplicaTool& tool, ReadDrbd read) {
  return std::make_unique<Outdate>(tool, std::move(read));
}

Result<DrbdStatus> read_drbd(const std::string& proc_drbd) {
  std::ifstream file(proc_drbd);
  std::ostringstream text;
  text << file.rdbuf();
  if (file) return parse_drbd_status(text.str());
  return Error{.kind = ErrorKind::Unavailable,
               .attempted = "read",
               .subject = proc_drbd,
               .why = "DRBD is not loaded"};
}

}  // namespace splitsite::agent
