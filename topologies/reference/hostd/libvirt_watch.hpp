// The connection for events: kept up for ever, events delivered in order and never before the list
// they follow. Internal to the libvirt adapter.
#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "topologies/reference/hostd/libvirt_handles.hpp"
#include "topologies/reference/hostd/libvirt_hypervisor.hpp"

namespace splitsite::reference::hostd {

class LibvirtHypervisor::Watch {
 public:
  Watch(std::string uri, HypervisorListener& listener);
  ~Watch();  // waits for a call into libvirtd that is under way

  void relist();

  // From libvirt's callbacks, on the event loop's thread.
  void take(DomainEvent event);
  void closed(std::string why);

 private:
  void keep_connected(const std::stop_token& stop);
  bool subscribe(virConnectPtr connection);
  void serve(virConnectPtr connection, const std::stop_token& stop);
  void list(virConnectPtr connection);

  std::string uri_;
  HypervisorListener& listener_;

  std::mutex mutex_;
  std::condition_variable_any wake_;
  std::deque<DomainEvent> events_;
  std::string closed_why_;
  bool closed_ = false;
  bool relist_ = false;
  std::string last_failure_;

  int ticker_ = -1;      // wakes the loop now and then, so that it sees that it shall stop
  std::jthread loop_;    // libvirt's event loop: callbacks come from here
  std::jthread thread_;  // connects, lists, and tells the listener
};

}  // namespace splitsite::reference::hostd
