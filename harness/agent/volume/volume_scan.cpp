#include "harness/agent/volume/volume_scan.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <thread>

#include "harness/core/handle.hpp"

namespace splitsite::agent {
namespace {

using nlohmann::json;

constexpr std::size_t chunk_blocks = 64;
constexpr std::size_t longest_list = 200;

struct Free {
  void operator()(std::byte* memory) const noexcept { std::free(memory); }
};
using AlignedBytes = std::unique_ptr<std::byte, Free>;

Error cannot_scan(const VolumeConfig& volume, const std::string& device, int error) {
  return Error{.kind = error == ENOENT ? ErrorKind::Unavailable : ErrorKind::Refused,
               .attempted = "scan the volume of",
               .subject = volume.vm.str(),
               .why = device + ": " + errno_text(error),
               .hint = error == EMEDIUMTYPE || error == EROFS ? "this replica is not primary" : ""};
}

bool read_whole(int fd, std::byte* into, std::size_t size, std::uint64_t at) {
  while (size > 0) {
    const ssize_t got = ::pread(fd, into, size, static_cast<off_t>(at));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    into += got;
    at += static_cast<std::uint64_t>(got);
    size -= static_cast<std::size_t>(got);
  }
  return true;
}

// The first of a list that may be as long as the volume is broken.
json head(const std::vector<std::uint64_t>& list) {
  const auto count = std::min(list.size(), longest_list);
  return json(std::vector<std::uint64_t>(list.begin(), list.begin() + static_cast<long>(count)));
}

}  // namespace

Result<guest::ScanResult> scan_volume(const std::string& device, const VolumeConfig& volume) {
  const UniqueFd disk(::open(device.c_str(), O_RDONLY | O_DIRECT | O_CLOEXEC));
  if (!disk) return cannot_scan(volume, device, errno);
  const AlignedBytes buffer(static_cast<std::byte*>(
      std::aligned_alloc(guest::block_size, chunk_blocks * guest::block_size)));
  const auto read = [&](std::uint64_t first, std::span<guest::Block> into) {
    while (!into.empty()) {
      const std::size_t count = std::min(into.size(), chunk_blocks);
      const std::size_t bytes = count * guest::block_size;
      const std::uint64_t at = volume.offset + first * guest::block_size;
      if (!read_whole(disk.get(), buffer.get(), bytes, at)) return false;
      std::memcpy(into.data(), buffer.get(), bytes);
      into = into.subspan(count);
      first += count;
    }
    return true;
  };
  return guest::scan(volume.size / guest::block_size, read, volume.vm.str());
}

json to_json(const std::string& vm, const guest::ScanResult& scan) {
  json runs = json::array();
  for (const guest::BootRun& run : scan.boot_changes) {
    if (runs.size() == longest_list) break;
    runs.push_back({{"boot", run.boot},
                    {"writer", run.writer},
                    {"first_seq", run.first_seq},
                    {"last_seq", run.last_seq}});
  }
  return json{{"vm", vm},
              {"header_boot", scan.header ? json(scan.header->boot) : json()},
              {"records", scan.records},
              {"last_seq", scan.last_seq},
              {"last_boot", scan.last_boot},
              {"bad", head(scan.bad)},
              {"bad_count", scan.bad.size()},
              {"boot_changes", runs},
              {"out_of_order", head(scan.out_of_order)},
              {"out_of_order_count", scan.out_of_order.size()},
              {"unreadable", scan.unreadable ? json(*scan.unreadable) : json()}};
}

void add_volume_scan(Dispatcher& dispatcher, EventLoop& loop, const std::string& device,
                     const std::vector<VolumeConfig>& volumes) {
  dispatcher.add_slow("volume.scan", [&loop, device, volumes](Arguments& arguments, Answer answer) {
    const auto vm = arguments.text("vm");
    if (!vm) return answer(vm.error());
    if (const auto rest = arguments.nothing_else(); !rest) return answer(rest.error());
    const auto volume = std::find_if(volumes.begin(), volumes.end(), [&](const VolumeConfig& v) {
      return v.vm.str() == vm.value();
    });
    if (volume == volumes.end()) {
      return answer(Error{.kind = ErrorKind::Invalid,
                          .attempted = "scan the volume of",
                          .subject = vm.value(),
                          .why = "the lab has no such VM"});
    }
    // Owns all it uses; its answer is the last thing it does, and the loop never ends before it.
    std::thread([&loop, device, volume = *volume, answer = std::move(answer)] {
      auto scanned = scan_volume(device, volume);
      loop.post([answer, vm = volume.vm.str(), scanned = std::move(scanned)] {
        if (!scanned) return answer(scanned.error());
        answer(to_json(vm, scanned.value()));
      });
    }).detach();
  });
}

}  // namespace splitsite::agent
