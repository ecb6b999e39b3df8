// How a node becomes a libvirt domain. Pure: what the lab is, where its files are and how it is
// accelerated go in, the domain's XML comes out; nothing is looked up.
#pragma once

#include <string>
#include <vector>

#include "harness/lab/description/lab_config.hpp"

namespace splitsite {

enum class Acceleration {
  Kvm,
  Tcg,  // emulation, with a CPU that itself can virtualize, so that guests still run under KVM
};

// Absolute paths of one lab's files on the machine.
struct LabFiles {
  // Shared by all nodes, read-only.
  std::string kernel;
  std::string initramfs;
  std::string node_image;
  std::string tools_disk;
  std::string lab_disk;
  // One folder per node below this one.
  std::string nodes;

  std::string machine = "q35";   // QEMU's machine type, as the image's manifest says
  std::string kernel_arguments;  // appended to every node's command line

  std::string console_log(const NodeId& node) const { return in(node, "console.log"); }
  std::string shell_socket(const NodeId& node) const { return in(node, "shell.sock"); }
  std::string agent_socket(const NodeId& node) const { return in(node, "agent.sock"); }
  // Storage nodes and Managers; LabConfig::disk_size() bytes.
  std::string backing_file(const NodeId& node) const { return in(node, "backing.img"); }

 private:
  std::string in(const NodeId& node, const char* file) const {
    return nodes + "/" + node.str() + "/" + file;
  }
};

// The domain's name is the node's. The bridges must exist before it is started.
std::string domain_xml(const NodeConfig& node, const LabFiles& files, Acceleration acceleration);

// The machine's bridges, in the lab's network namespace: "site-a", …, "repl-b".
std::vector<std::string> machine_bridges(const LabConfig& lab);
// The tap device of card `card` on the machine: "host-a1.0".
std::string tap_name(const NodeId& node, std::size_t card);

}  // namespace splitsite
