#include "harness/lab/description/domain_xml.hpp"

#include <fmt/format.h>

namespace splitsite {
namespace {

std::string escaped(std::string_view text) {
  std::string result;
  for (const char c : text) {
    switch (c) {
      case '&':
        result += "&amp;";
        break;
      case '<':
        result += "&lt;";
        break;
      case '>':
        result += "&gt;";
        break;
      case '\'':
        result += "&apos;";
        break;
      case '"':
        result += "&quot;";
        break;
      default:
        result += c;
    }
  }
  return result;
}

// Devices sit on the root bus in the order of their definition: the node sees vda before vdb and
// eth0 before eth1, and boots faster than with a bridge for every device.
class Slots {
 public:
  std::string next() {
    return fmt::format("<address type='pci' bus='0x00' slot='0x{:02x}'/>", next_++);
  }

 private:
  int next_ = 3;  // 1 and 2 belong to some machine types themselves
};

// no_timer_check: on a crowded machine an emulated timer can be late enough for the kernel to give
// up ("IO-APIC + timer doesn't work"). panic=1: a node that panics starts again. The second line is
// work that a node under emulation can do without: it halves the kernel's instructions up to /init.
constexpr const char* kernel_arguments =
    "console=ttyS0 net.ifnames=0 quiet no_timer_check panic=1 "
    "mitigations=off init_on_alloc=0 cryptomgr.notests nokaslr no5lvl audit=0";

std::string boot(const NodeConfig& node, const LabFiles& files) {
  std::string arguments = fmt::format("{} splitsite.node={}", kernel_arguments, node.name);
  if (!files.kernel_arguments.empty()) arguments += " " + files.kernel_arguments;
  return fmt::format(R"(  <os>
    <type arch='x86_64' machine='{}'>hvm</type>
    <kernel>{}</kernel>
    <initrd>{}</initrd>
    <cmdline>{}</cmdline>
  </os>
)",
                     escaped(files.machine), escaped(files.kernel), escaped(files.initramfs),
                     escaped(arguments));
}

// Under TCG a translation cache would grow to 1 GiB in every node; 128 MiB is as fast. A processor
// that claims fast string instructions (erms, fsrm) makes kernel and C library clear and copy by
// them, which are emulated byte by byte: without them a node is a sixth faster.
std::string processor(Acceleration acceleration) {
  if (acceleration == Acceleration::Kvm) {
    return R"(  <features>
    <acpi/>
    <apic/>
  </features>
  <cpu mode='host-passthrough'/>
)";
  }
  return R"(  <features>
    <acpi/>
    <apic/>
    <tcg>
      <tb-cache unit='MiB'>128</tb-cache>
    </tcg>
  </features>
  <cpu mode='maximum'>
    <feature policy='disable' name='erms'/>
    <feature policy='disable' name='fsrm'/>
  </cpu>
)";
}

std::string shared_disk(const std::string& file, const char* target, Slots& slots) {
  return fmt::format(R"(    <disk type='file' device='disk'>
      <driver name='qemu' type='raw'/>
      <source file='{}'/>
      <target dev='{}' bus='virtio'/>
      <readonly/>
      {}
    </disk>
)",
                     escaped(file), target, slots.next());
}

// Flushes are not passed to the machine's disk (cache='unsafe'): what a node wrote is in the
// machine's page cache, which a node's power loss does not touch, and the machine's own loss ends
// the lab.
std::string backing_disk(const std::string& file, Slots& slots) {
  return fmt::format(R"(    <disk type='file' device='disk'>
      <driver name='qemu' type='raw' cache='unsafe'/>
      <source file='{}'/>
      <target dev='vdd' bus='virtio'/>
      {}
    </disk>
)",
                     escaped(file), slots.next());
}

std::string card(const NodeConfig& node, std::size_t index, Slots& slots) {
  const NicConfig& nic = node.nics[index];
  return fmt::format(R"(    <interface type='bridge'>
      <mac address='{}'/>
      <source bridge='{}'/>
      <target dev='{}'/>
      <model type='virtio'/>
      <rom enabled='no'/>
      {}
    </interface>
)",
                     escaped(nic.mac), escaped(nic.network), escaped(tap_name(node.name, index)),
                     slots.next());
}

// ttyS0 is the console, kept over power losses; ttyS1 a root shell; the channel is the agent's, out
// of reach of every fault in the node's network.
std::string lines_out(const NodeConfig& node, const LabFiles& files, Slots& slots) {
  return fmt::format(R"(    <serial type='file'>
      <source path='{}' append='on'/>
      <target port='0'/>
    </serial>
    <serial type='unix'>
      <source mode='bind' path='{}'/>
      <target port='1'/>
    </serial>
    <controller type='virtio-serial' index='0'>
      {}
    </controller>
    <channel type='unix'>
      <source mode='bind' path='{}'/>
      <target type='virtio' name='org.splitsite.agent.0'/>
    </channel>
)",
                     escaped(files.console_log(node.name)), escaped(files.shell_socket(node.name)),
                     slots.next(), escaped(files.agent_socket(node.name)));
}

std::string devices(const NodeConfig& node, const LabFiles& files) {
  Slots slots;
  std::string text = shared_disk(files.node_image, "vda", slots);
  text += shared_disk(files.tools_disk, "vdb", slots);
  text += shared_disk(files.lab_disk, "vdc", slots);
  if (node.role == NodeRole::Storage || node.role == NodeRole::Manager) {
    text += backing_disk(files.backing_file(node.name), slots);
  }
  for (std::size_t i = 0; i < node.nics.size(); ++i) text += card(node, i, slots);
  text += lines_out(node, files, slots);
  return text + "    <controller type='usb' model='none'/>\n    <memballoon model='none'/>\n";
}

}  // namespace

std::string tap_name(const NodeId& node, std::size_t card) {
  return fmt::format("{}.{}", node, card);
}

std::vector<std::string> machine_bridges(const LabConfig& lab) {
  std::vector<std::string> names;
  for (const NodeConfig& node : lab.nodes) {
    if (node.role != NodeRole::Wan) continue;  // it has a card on every network
    for (const NicConfig& nic : node.nics) names.push_back(nic.network);
  }
  return names;
}

std::string domain_xml(const NodeConfig& node, const LabFiles& files, Acceleration acceleration) {
  const char* type = acceleration == Acceleration::Kvm ? "kvm" : "qemu";
  // A node whose watchdog bites boots again, as a real host does; one that powers off stays off.
  return fmt::format(R"(<domain type='{}'>
  <name>{}</name>
  <memory unit='MiB'>{}</memory>
  <vcpu>{}</vcpu>
{}{}  <clock offset='utc'/>
  <on_poweroff>destroy</on_poweroff>
  <on_reboot>restart</on_reboot>
  <on_crash>destroy</on_crash>
  <devices>
{}  </devices>
</domain>
)",
                     type, escaped(node.name.str()), node.memory_mib, node.vcpus, boot(node, files),
                     processor(acceleration), devices(node, files));
}

}  // namespace splitsite
