#include "topologies/reference/hostd/libvirt_hypervisor.hpp"

#include <fmt/format.h>

#include <array>
#include <fstream>
#include <iterator>
#include <system_error>

#include "topologies/reference/hostd/libvirt_handles.hpp"
#include "topologies/reference/hostd/libvirt_watch.hpp"

namespace splitsite::reference::hostd {
namespace {

// What the guest's own program prints when its workload begins (topologies/guest).
constexpr const char* kGuestIsUp = "splitsite-guest: {} boot ";

// A connection of its own for one operation, and what a failure on it means.
class Operation {
 public:
  Operation(const std::string& uri, std::string attempted, const VmId& vm)
      : attempted_(std::move(attempted)), vm_(vm), connection_(virConnectOpen(uri.c_str())) {}

  bool connected() const { return static_cast<bool>(connection_); }
  virConnectPtr get() const { return connection_.get(); }

  // Refused: nothing happened. Unavailable: the connection broke and nobody knows.
  Error failed() const {
    Error error = libvirt_error(ErrorKind::Refused, attempted_, vm_.str());
    if (connection_ && virConnectIsAlive(connection_.get()) != 1)
      error.kind = ErrorKind::Unavailable;
    return error;
  }

  // Empty with libvirt's error set if there is no such domain.
  UniqueDomain domain() const {
    return UniqueDomain(virDomainLookupByName(connection_.get(), vm_.str().c_str()));
  }

 private:
  std::string attempted_;
  VmId vm_;
  UniqueConnect connection_;
};

std::string text_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

}  // namespace

LibvirtHypervisor::LibvirtHypervisor(LibvirtOptions options) : options_(std::move(options)) {}
LibvirtHypervisor::~LibvirtHypervisor() = default;

void LibvirtHypervisor::watch(HypervisorListener& listener) {
  watch_ = std::make_unique<Watch>(options_.uri, listener);
}

void LibvirtHypervisor::relist() {
  if (watch_) watch_->relist();
}

Result<void> LibvirtHypervisor::create(const GuestSpec& spec) {
  std::error_code ignored;  // no log of an earlier life: no old line can be taken for a new one
  std::filesystem::remove(options_.console_dir / (spec.vm.str() + ".log"), ignored);
  const Operation operation(options_.uri, "start the VM", spec.vm);
  if (!operation.connected()) return operation.failed();
  const UniqueDomain domain(virDomainCreateXML(operation.get(), guest_xml(spec).c_str(), 0));
  if (!domain) return operation.failed();
  return success();
}

Result<void> LibvirtHypervisor::shutdown(const VmId& vm) {
  const Operation operation(options_.uri, "shut down the VM", vm);
  if (!operation.connected()) return operation.failed();
  const UniqueDomain domain = operation.domain();
  if (!domain || virDomainShutdownFlags(domain.get(), VIR_DOMAIN_SHUTDOWN_ACPI_POWER_BTN) < 0)
    return operation.failed();
  return success();
}

// A reset, which is VDSM's last step: the guest has no agent and takes ACPI's button for an order
// to power off. libvirt's own reboot by that button stops the CPUs and starts them with the lease
// asked for once more, which QEMU still holds; a reset leaves CPUs and lease to themselves.
Result<void> LibvirtHypervisor::reboot(const VmId& vm) {
  const Operation operation(options_.uri, "reboot the VM", vm);
  if (!operation.connected()) return operation.failed();
  const UniqueDomain domain = operation.domain();
  if (!domain || virDomainReset(domain.get(), 0) < 0) return operation.failed();
  return success();
}

Result<void> LibvirtHypervisor::destroy(const VmId& vm) {
  const Operation operation(options_.uri, "destroy the VM", vm);
  if (!operation.connected()) return operation.failed();
  const UniqueDomain domain = operation.domain();
  if (domain && virDomainDestroyFlags(domain.get(), 0) == 0) return success();
  if (last_error_is(VIR_ERR_NO_DOMAIN) || last_error_is(VIR_ERR_OPERATION_INVALID))
    return success();
  return operation.failed();
}

Result<void> LibvirtHypervisor::resume(const VmId& vm) {
  const Operation operation(options_.uri, "resume the VM", vm);
  if (!operation.connected()) return operation.failed();
  const UniqueDomain domain = operation.domain();
  if (!domain || virDomainResume(domain.get()) < 0) return operation.failed();
  return success();
}

Result<void> LibvirtHypervisor::migrate(const VmId& vm, const NodeConfig& destination) {
  const Operation operation(options_.uri, fmt::format("migrate to {}", destination.name), vm);
  if (!operation.connected()) return operation.failed();
  const UniqueDomain domain = operation.domain();
  if (!domain) return operation.failed();

  // The control connection goes by name, which its libvirtd knows itself by; memory goes to the
  // address on the site network.
  const std::string control = fmt::format("qemu+tcp://{}/system", destination.name);
  const std::string data = fmt::format("tcp://{}", destination.site_address());
  virTypedParameterPtr parameters = nullptr;
  int count = 0;
  int capacity = 0;
  virTypedParamsAddString(&parameters, &count, &capacity, VIR_MIGRATE_PARAM_URI, data.c_str());
  constexpr unsigned kFlags = VIR_MIGRATE_LIVE | VIR_MIGRATE_PEER2PEER | VIR_MIGRATE_ABORT_ON_ERROR;
  const int rc = virDomainMigrateToURI3(domain.get(), control.c_str(), parameters,
                                        static_cast<unsigned>(count), kFlags);
  virTypedParamsFree(parameters, count);
  if (rc < 0) return operation.failed();
  return success();
}

Result<void> LibvirtHypervisor::abort_migration(const VmId& vm) {
  const Operation operation(options_.uri, "cancel the migration", vm);
  if (!operation.connected()) return operation.failed();
  const UniqueDomain domain = operation.domain();
  if (!domain || virDomainAbortJob(domain.get()) < 0) return operation.failed();
  return success();
}

Result<void> LibvirtHypervisor::plug_lease(const GuestSpec& spec) {
  const Operation operation(options_.uri, "plug the lease into the VM", spec.vm);
  if (!operation.connected()) return operation.failed();
  const UniqueDomain domain = operation.domain();
  const std::string device = lease_xml(*spec.lease);
  if (!domain ||
      virDomainAttachDeviceFlags(domain.get(), device.c_str(), VIR_DOMAIN_AFFECT_LIVE) < 0)
    return operation.failed();
  return success();
}

Result<void> LibvirtHypervisor::unplug_lease(const GuestSpec& spec) {
  const Operation operation(options_.uri, "unplug the lease from the VM", spec.vm);
  if (!operation.connected()) return operation.failed();
  const UniqueDomain domain = operation.domain();
  const std::string device = lease_xml(*spec.lease);
  if (!domain ||
      virDomainDetachDeviceFlags(domain.get(), device.c_str(), VIR_DOMAIN_AFFECT_LIVE) < 0)
    return operation.failed();
  return success();
}

std::optional<int> LibvirtHypervisor::qemu_pid(const VmId& vm) {
  std::ifstream file(options_.pid_dir / (vm.str() + ".pid"));
  int pid = 0;
  if (!(file >> pid) || pid <= 0) return std::nullopt;
  // The file outlives its process, and before QEMU is executed the process is libvirt's.
  const std::string command = text_of(fmt::format("/proc/{}/cmdline", pid));
  if (command.find(fmt::format("guest={},", vm)) == std::string::npos) return std::nullopt;
  return pid;
}

bool LibvirtHypervisor::guest_answers(const VmId& vm) {
  const std::string log = text_of(options_.console_dir / (vm.str() + ".log"));
  return log.find(fmt::format(kGuestIsUp, vm)) != std::string::npos;
}

}  // namespace splitsite::reference::hostd
