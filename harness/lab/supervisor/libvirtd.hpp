// The lab's own libvirtd: its configuration and its start, and that of the programs beside it. The
// figures behind the settings: with libvirt's defaults a domain start took 77 s here, with these it
// takes 0.3 s.
#pragma once

#include <sys/types.h>

#include <string>

#include "harness/core/result.hpp"

namespace splitsite::supervisor {

// Text of libvirtd.conf: Unix sockets in `socket_directory`, root only, no TCP.
std::string libvirtd_conf(const std::string& socket_directory);
// Text of qemu.conf.
std::string qemu_conf();

// Writes both under /etc/libvirt, which must be the lab's private one already.
Result<void> write_configuration(const std::string& lab_directory);

// Starts the power controllers, their output in `<lab>/log/power-controller.log`. The caller reaps.
Result<pid_t> start_power_controller(const std::string& program, const std::string& lab_directory);

// Starts libvirtd in the foreground, its output in `<lab>/log/libvirtd.log`. The caller reaps it.
Result<pid_t> start_libvirtd(const std::string& lab_directory);

}  // namespace splitsite::supervisor
