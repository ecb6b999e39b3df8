#include "topologies/reference/hostd/core/guest_xml.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace splitsite::reference::hostd {
namespace {

constexpr const char* kMetadata = "urn:splitsite:vm:1";

std::string escaped(const std::string& text) {
  std::string out;
  out.reserve(text.size());
  for (char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '\'':
        out += "&apos;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

Error invalid(const VmId& vm, std::string why) {
  return {.kind = ErrorKind::Invalid,
          .attempted = "describe the guest",
          .subject = vm.str(),
          .why = std::move(why)};
}

// panic=-1 makes a dying PID 1 a reboot, not a hang. What follows leaves out what a guest that only
// writes numbers does not need: kernel to workload 4.3 s instead of 5.3 s, nested under emulation.
std::string command_line_of(const LabConfig& lab, const VmConfig& vm) {
  return fmt::format(
      "console=ttyS0 quiet panic=-1 tsc=reliable 8250.nr_uarts=1 cryptomgr.notests "
      "init_on_alloc=0 mitigations=off nokaslr audit=0 "
      "splitsite.vm={} splitsite.ip={} splitsite.collector={}:{} splitsite.write_interval_ms={}",
      vm.name, vm.address, lab.collector_address, lab.collector_port, vm.write_interval.count());
}

// The engine's guest runs programs that were made for a whole system, so it keeps its defaults.
std::string engine_command_line_of(const VmConfig& vm) {
  return fmt::format("console=ttyS0 quiet panic=-1 tsc=reliable mitigations=off splitsite.ip={}",
                     vm.address);
}

// No <cpu>: QEMU's plain default model is there under every acceleration and on every host a guest
// may move to, and booting with it costs less than with all features of an emulated host
// (five-level page tables, access prevention, a performance counter).
std::string head_xml(const GuestSpec& spec) {
  return fmt::format(
      "<domain type='{}'>\n"
      "  <name>{}</name>\n"
      "  <metadata>\n"
      "    <splitsite:vm xmlns:splitsite='{}'>{}</splitsite:vm>\n"
      "  </metadata>\n"
      "  <memory unit='MiB'>{}</memory>\n"
      "  <vcpu>{}</vcpu>\n"
      "  <os>\n"
      "    <type arch='x86_64' machine='pc'>hvm</type>\n"
      "    <kernel>{}</kernel>\n"
      "    <initrd>{}</initrd>\n"
      "    <cmdline>{}</cmdline>\n"
      "  </os>\n"
      "  <features><acpi/><apic/></features>\n"
      "  <clock offset='utc'/>\n"
      "  <on_poweroff>destroy</on_poweroff>\n"
      "  <on_reboot>restart</on_reboot>\n"
      "  <on_crash>destroy</on_crash>\n",
      spec.acceleration == Acceleration::Kvm ? "kvm" : "qemu", escaped(spec.vm.str()), kMetadata,
      to_string(spec.resume_behaviour), spec.memory_mib, spec.vcpus, escaped(spec.kernel),
      escaped(spec.initramfs), escaped(spec.command_line));
}

// cache=none: O_DIRECT on the host, so that an acknowledged write is on the replicated LUN and live
// migration between hosts is safe. error_policy=stop: an I/O error pauses the guest (fact 2.5).
std::string disk_xml(const GuestSpec& spec) {
  return fmt::format(
      "    <disk type='block' device='disk'>\n"
      "      <driver name='qemu' type='raw' cache='none' io='native' error_policy='stop'/>\n"
      "      <source dev='{}'/>\n"
      "      <target dev='vda' bus='virtio'/>\n"
      "    </disk>\n",
      escaped(spec.disk));
}

// The lab's description, the same file on every host: a guest may be migrated with it.
std::string lab_disk_xml(const GuestSpec& spec) {
  return fmt::format(
      "    <disk type='file' device='disk'>\n"
      "      <driver name='qemu' type='raw'/>\n"
      "      <source file='{}'/>\n"
      "      <target dev='vdb' bus='virtio'/>\n"
      "      <readonly/>\n"
      "    </disk>\n",
      escaped(spec.lab_disk));
}

// The network card's boot ROM would be loaded and run by the BIOS at every start: off.
std::string devices_xml(const GuestSpec& spec) {
  return fmt::format(
      "    <interface type='bridge'>\n"
      "      <mac address='{}'/>\n"
      "      <source bridge='{}'/>\n"
      "      <model type='virtio'/>\n"
      "      <rom enabled='no'/>\n"
      "    </interface>\n"
      "    <serial type='file'>\n"
      "      <source path='{}' append='on'/>\n"
      "      <target port='0'/>\n"
      "    </serial>\n"
      "    <controller type='usb' model='none'/>\n"
      "    <memballoon model='none'/>\n",
      escaped(spec.mac), escaped(spec.bridge), escaped(spec.console_log));
}

GuestSpec engine_spec(const LabConfig& lab, bool with_lease, Acceleration acceleration,
                      const HostPaths& paths) {
  const HostedEngineConfig& engine = *lab.hosted_engine;
  const VmConfig& vm = engine.vm;
  GuestSpec spec{.vm = vm.name,
                 .memory_mib = vm.memory_mib,
                 .vcpus = engine.vcpus,
                 .mac = vm.mac,
                 .disk = paths.volume_prefix + vm.name.str(),
                 .lab_disk = paths.lab,
                 .bridge = paths.bridge,
                 .kernel = paths.kernel,
                 .initramfs = paths.engine_initramfs,
                 .command_line = engine_command_line_of(vm),
                 .console_log = fmt::format("{}/{}.log", paths.console_dir, vm.name),
                 .acceleration = acceleration};
  if (with_lease)
    spec.lease = GuestLease{.lockspace = lab.storage.domain,
                            .key = vm.name.str(),
                            .device = paths.lun,
                            .offset = engine.lease_offset};
  return spec;
}

}  // namespace

Result<GuestSpec> guest_spec(const LabConfig& lab, const VmId& vm, bool with_lease,
                             Acceleration acceleration, const HostPaths& paths) {
  if (lab.hosted_engine && lab.hosted_engine->vm.name == vm)
    return engine_spec(lab, with_lease, acceleration, paths);
  const VmConfig* config = lab.find_vm(vm);
  if (config == nullptr) return invalid(vm, "the lab has no such VM");
  const auto& volumes = lab.storage.volumes;
  if (std::none_of(volumes.begin(), volumes.end(),
                   [&](const VolumeConfig& volume) { return volume.vm == vm; }))
    return invalid(vm, "the storage domain has no volume for it");

  GuestSpec spec{.vm = vm,
                 .memory_mib = config->memory_mib,
                 .mac = config->mac,
                 .disk = paths.volume_prefix + vm.str(),
                 .bridge = paths.bridge,
                 .kernel = paths.kernel,
                 .initramfs = paths.initramfs,
                 .command_line = command_line_of(lab, *config),
                 .console_log = fmt::format("{}/{}.log", paths.console_dir, vm),
                 .acceleration = acceleration,
                 .lease = std::nullopt,
                 .resume_behaviour = config->storage_error_resume_behaviour};
  if (!with_lease) return spec;

  const auto& leases = lab.storage.leases;
  const auto lease = std::find_if(leases.begin(), leases.end(), [&](const LeaseConfig& candidate) {
    return candidate.name == vm.str();
  });
  if (lease == leases.end()) return invalid(vm, "the storage domain has no lease for it");
  spec.lease = GuestLease{.lockspace = lab.storage.domain,
                          .key = vm.str(),
                          .device = paths.lun,
                          .offset = lease->offset};
  return spec;
}

std::string lease_xml(const GuestLease& lease) {
  return fmt::format(
      "    <lease>\n"
      "      <lockspace>{}</lockspace>\n"
      "      <key>{}</key>\n"
      "      <target path='{}' offset='{}'/>\n"
      "    </lease>\n",
      escaped(lease.lockspace), escaped(lease.key), escaped(lease.device), lease.offset);
}

std::optional<ResumeBehaviour> resume_behaviour_in(const std::string& xml) {
  const auto uri = xml.find(kMetadata);
  const auto begin = uri == std::string::npos ? uri : xml.find('>', uri);
  const auto end = begin == std::string::npos ? begin : xml.find('<', begin);
  if (end == std::string::npos) return std::nullopt;
  const std::string word = xml.substr(begin + 1, end - begin - 1);
  for (const auto each :
       {ResumeBehaviour::AutoResume, ResumeBehaviour::LeavePaused, ResumeBehaviour::Kill}) {
    if (word == to_string(each)) return each;
  }
  return std::nullopt;
}

std::string guest_xml(const GuestSpec& spec) {
  std::string xml = head_xml(spec);
  xml += "  <devices>\n";
  xml += disk_xml(spec);
  if (!spec.lab_disk.empty()) xml += lab_disk_xml(spec);
  xml += devices_xml(spec);
  if (spec.lease) xml += lease_xml(*spec.lease);
  xml += "  </devices>\n</domain>\n";
  return xml;
}

}  // namespace splitsite::reference::hostd
