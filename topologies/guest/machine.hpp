// What the guest does because it is the first and only process of a machine: kernel modules, the
// network card, the power button.
#pragma once

#include <string>

#include "harness/core/result.hpp"
#include "topologies/guest/options.hpp"

namespace splitsite::guest {

// Mounts /proc and /dev.
Result<void> mount_kernel_file_systems();

// Loads the modules of the initramfs in the order of /modules/order.
Result<void> load_modules();

Result<std::string> read_text(const std::string& path);

// eth0 up with its address; the kernel answers pings from then on.
Result<void> bring_up_network(const Options& options);

// A descriptor that becomes readable when the power button is pressed, or -1 when this machine has
// none: then it can only be switched off.
int open_power_button();
// Takes one event from it; true when it was the button going down.
bool power_button_pressed(int button);

[[noreturn]] void power_off();

}  // namespace splitsite::guest
