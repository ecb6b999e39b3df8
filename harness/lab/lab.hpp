// A lab that is up: its nodes' power, its agents, its place on the network. Bringing one up,
// finding one again, and ending one so that nothing of it is left.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "harness/adapters/libvirt/connection.hpp"
#include "harness/lab/agents.hpp"
#include "harness/lab/artifacts.hpp"
#include "harness/lab/description/domain_xml.hpp"
#include "harness/lab/description/lab_config.hpp"
#include "harness/lab/state_directory.hpp"
#include "harness/lab/supervision.hpp"
#include "harness/lab/supervisor_record.hpp"
#include "harness/time/eventually.hpp"

namespace splitsite {

// What a lab is booted from.
struct LabMaterials {
  NodeImage image;
  std::string tools_disk;
  Acceleration acceleration = Acceleration::Tcg;
};

enum class Ownership {
  Owned,     // the lab ends with this process, however it ends
  Detached,  // it lives on once it is up; until then it is owned
};

struct LabProgress {
  std::string phase;  // "boot nodes"
  WaitProgress wait;
};

struct LabOptions {
  StateDirectory state = StateDirectory::standard();
  Ownership ownership = Ownership::Owned;
  std::string supervisor;                    // its program; empty: beside this one
  Duration bound = std::chrono::minutes(4);  // from power-on to the last node's "ready"
  std::stop_token stop = {};
  std::function<void(const LabProgress&)> progress = {};
};

class Lab {
 public:
  // Nothing is left running when this fails. A node that does not boot is named in the error, with
  // its last step and the end of its console.
  static Result<std::unique_ptr<Lab>> up(LabConfig config, const LabMaterials& materials,
                                         const LabOptions& options);
  // A lab somebody else brought up. It lives on when the object goes.
  static Result<std::unique_ptr<Lab>> attach(const StateDirectory& state, const std::string& name);

  // Ends an owned lab.
  ~Lab();
  Lab(const Lab&) = delete;
  Lab& operator=(const Lab&) = delete;

  const LabConfig& config() const { return config_; }
  const LabPaths& paths() const { return paths_; }
  libvirt::Connection& power() { return *connection_; }
  Agents& agents() { return *agents_; }
  const SupervisorRecord& supervisor() const { return record_; }

  // Moves the calling thread, and all threads it starts from now on, into the lab's network.
  Result<void> enter_network() const;

  // Ends the lab; nothing of it runs when this returns. Its logs stay.
  Result<void> down();

 private:
  Lab(LabConfig config, LabPaths paths);
  Result<void> supervise(const LabMaterials& materials, const LabOptions& options, int lock);
  Result<void> connect(const LabOptions& options);
  Result<void> boot(const LabMaterials& materials, const LabOptions& options);
  std::optional<struct BootFailure> power_on_next(const std::vector<NodeId>& order,
                                                  const class BootWatch& boots,
                                                  const std::stop_token& stop,
                                                  std::size_t& started);
  Error blamed_on_supervisor(Error error) const;
  Result<void> boot_all(const class BootWatch& boots, const LabOptions& options);
  std::vector<NodeId> node_names() const;

  LabConfig config_;
  LabPaths paths_;
  SupervisorRecord record_;
  std::optional<Supervision> supervision_;  // only where it was brought up
  std::unique_ptr<libvirt::Connection> connection_;
  std::unique_ptr<Agents> agents_;
};

// What is left of a lab, running or not, for status and cleaning up.
struct LabTrace {
  std::string name;
  bool runs = false;
  bool leftovers = false;  // it does not run and was not taken down: its owner or it was killed
  std::optional<SupervisorRecord> record;
};
Result<LabTrace> find_lab(const StateDirectory& state, const std::string& name);

// Ends the lab if it runs, and removes what it left except its logs. Nothing there is success.
// `bound` covers both SIGTERM and SIGKILL.
Result<void> end_lab(const StateDirectory& state, const std::string& name,
                     Duration bound = std::chrono::seconds(6));

}  // namespace splitsite
