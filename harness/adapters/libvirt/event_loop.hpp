// The thread that runs libvirt's event loop. libvirt allows one per process and wants it registered
// before the first connection is opened, so this is the one object here with the life of the
// program; it starts with the first Connection.
#pragma once

namespace splitsite::libvirt {

void ensure_event_loop();

}  // namespace splitsite::libvirt
