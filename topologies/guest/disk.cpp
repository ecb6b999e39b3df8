#include "topologies/guest/disk.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>

namespace splitsite::guest {

namespace {

constexpr std::size_t buffer_blocks = 64;

off_t offset_of(std::uint64_t block) { return static_cast<off_t>(block * block_size); }

// pread until all is there; the end of the disk is an error here.
bool read_fully(int descriptor, std::byte* into, std::size_t size, off_t offset) {
  while (size > 0) {
    const ssize_t got = pread(descriptor, into, size, offset);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    into += got;
    size -= static_cast<std::size_t>(got);
    offset += got;
  }
  return true;
}

}  // namespace

void Disk::FreeAligned::operator()(std::byte* memory) const { std::free(memory); }

Result<Disk> Disk::open(const std::string& path, Caching caching) {
  const int direct = caching == Caching::Direct ? O_DIRECT : 0;
  const int descriptor = ::open(path.c_str(), O_RDWR | O_SYNC | O_CLOEXEC | direct);
  const off_t size = descriptor < 0 ? -1 : lseek(descriptor, 0, SEEK_END);
  if (size < 0) {
    return Error{.kind = ErrorKind::Unavailable,
                 .attempted = "open the disk",
                 .subject = path,
                 .why = std::strerror(errno)};
  }
  return Disk(descriptor, static_cast<std::uint64_t>(size) / block_size);
}

Disk::Disk(int descriptor, std::uint64_t blocks)
    : descriptor_(descriptor),
      blocks_(blocks),
      aligned_(
          static_cast<std::byte*>(std::aligned_alloc(block_size, buffer_blocks * block_size))) {}

Disk::Disk(Disk&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)),
      blocks_(other.blocks_),
      aligned_(std::move(other.aligned_)) {}

Disk::~Disk() {
  if (descriptor_ >= 0) close(descriptor_);
}

bool Disk::read(std::uint64_t first, std::span<Block> into) {
  while (!into.empty()) {
    const std::size_t count = std::min(into.size(), buffer_blocks);
    if (!read_fully(descriptor_, aligned_.get(), count * block_size, offset_of(first))) {
      return false;
    }
    std::memcpy(into.data(), aligned_.get(), count * block_size);
    into = into.subspan(count);
    first += count;
  }
  return true;
}

int Disk::write(std::uint64_t place, const Block& block) {
  std::memcpy(aligned_.get(), block.data(), block_size);
  const ssize_t put = pwrite(descriptor_, aligned_.get(), block_size, offset_of(place));
  if (put == static_cast<ssize_t>(block_size)) return 0;
  return put < 0 ? errno : EIO;
}

}  // namespace splitsite::guest
