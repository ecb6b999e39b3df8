#include "harness/agent/storage/storage_part.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace splitsite::agent {
namespace {

using namespace std::chrono_literals;

constexpr Duration look_every = 50ms;

Json to_json(const DrbdStatus& status) {
  return Json{{"connection", status.connection},
              {"role", status.role},
              {"peer_role", status.peer_role},
              {"disk", status.disk},
              {"peer_disk", status.peer_disk},
              {"suspended", status.suspended},
              {"out_of_sync_kib", status.out_of_sync_kib}};
}

}  // namespace

StoragePart::StoragePart(EventLoop& loop, std::string proc_drbd, EventLog& events)
    : loop_(loop), proc_drbd_(std::move(proc_drbd)), events_(events) {
  look();
  timer_ = loop_.every(look_every, [this] { look(); });
}

StoragePart::~StoragePart() { loop_.cancel(timer_); }

void StoragePart::add_to(Dispatcher& dispatcher) {
  dispatcher.add("truth", [this](Arguments& arguments) -> Result<Json> {
    SPLITSITE_TRY_VOID(arguments.nothing_else());
    look();
    return Json{{"drbd", to_json(status_.value_or(DrbdStatus{}))}};
  });
}

Result<DrbdStatus> StoragePart::read() {
  if (!file_) file_.reset(::open(proc_drbd_.c_str(), O_RDONLY | O_CLOEXEC));
  std::array<char, 4096> text{};
  const ssize_t got = file_ ? ::pread(file_.get(), text.data(), text.size(), 0) : -1;
  if (got < 0) {
    const int error = errno;
    file_.reset();  // the module was unloaded; the file is another one when it comes back
    return Error{.kind = ErrorKind::Unavailable,
                 .attempted = "read",
                 .subject = proc_drbd_,
                 .why = errno_text(error)};
  }
  return parse_drbd_status({text.data(), static_cast<std::size_t>(got)});
}

void StoragePart::look() {
  const NodeTime now = node_now();
  auto status = read();
  // Without the module, or in a shape we do not know, there is no device as far as we can tell.
  if (!status) status = DrbdStatus{};
  const bool changed = !status_ || !status_->same_state(status.value());
  status_ = status.value();
  if (changed) events_.emit("drbd.state", to_json(*status_), last_look_);
  last_look_ = now;
}

}  // namespace splitsite::agent
