// The boot counter and the continuation of the records, on a file.
#include "topologies/guest/workload.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>

#include "scripts/testing/catch.hpp"
#include "topologies/guest/options.hpp"

namespace splitsite::guest {
namespace {

// A disk of `blocks` blocks in a file that goes away with it.
class File {
 public:
  explicit File(std::size_t blocks) {
    const int file = mkstemp(path_.data());
    REQUIRE(file >= 0);
    REQUIRE(ftruncate(file, static_cast<off_t>(blocks * block_size)) == 0);
    close(file);
  }
  ~File() { unlink(path_.c_str()); }

  Disk open() const { return std::move(Disk::open(path_, Disk::Caching::Through).value()); }

  ScanResult scan() const {
    Disk disk = open();
    return guest::scan(disk.blocks(),
                       [&](std::uint64_t first, auto into) { return disk.read(first, into); });
  }

 private:
  std::string path_ = "/tmp/splitsite-guest-XXXXXX";
};

// One life of a guest that writes `records` records.
StartReport live(const File& file, std::uint64_t writer, int records) {
  Disk disk = file.open();
  auto workload = Workload::begin(disk, "vm-1", writer);
  REQUIRE(workload);
  for (int i = 0; i < records; ++i) {
    REQUIRE_FALSE(workload.value().full());
    REQUIRE(workload.value().append({}).error == 0);
  }
  return workload.value().start();
}

TEST_CASE("workload: the first start on a blank disk is boot 1 and finds nothing") {
  const File file(300);
  const auto start = live(file, 1, 5);
  CHECK(start.boot == 1);
  CHECK(start.found_seq == 0);
  const auto found = file.scan();
  CHECK(found.last_seq == 5);
  CHECK(found.bad.empty());
}

TEST_CASE("workload: every start counts, and goes on behind the last record") {
  const File file(300);
  live(file, 1, 5);
  live(file, 2, 0);
  const auto third = live(file, 3, 2);
  CHECK(third.boot == 3);
  CHECK(third.found_seq == 5);
  CHECK(third.found_boot == 1);
  const auto found = file.scan();
  CHECK(found.records == 7);
  CHECK(found.last_boot == 3);
  CHECK(found.bad.empty());
  CHECK(found.out_of_order.empty());
  CHECK(found.header->boot == 3);
}

TEST_CASE("workload: a torn last record is written anew by the next boot") {
  const File file(300);
  live(file, 1, 5);
  {
    Disk disk = file.open();
    Block torn{};
    REQUIRE(disk.read(5, std::span(&torn, 1)));
    torn[4000] ^= std::byte{1};
    REQUIRE(disk.write(5, torn) == 0);
  }
  CHECK(live(file, 2, 3).found_seq == 4);
  const auto found = file.scan();
  CHECK(found.last_seq == 7);
  CHECK(found.bad.empty());
}

TEST_CASE("workload: a broken header does not let the counter go back") {
  const File file(300);
  live(file, 1, 3);
  live(file, 2, 3);
  {
    Disk disk = file.open();
    REQUIRE(disk.write(0, Block{}) == 0);
  }
  CHECK(live(file, 3, 0).boot == 3);
}

TEST_CASE("workload: another VM's disk is refused and left alone") {
  const File file(300);
  live(file, 1, 3);
  Disk disk = file.open();
  const auto refused = Workload::begin(disk, "vm-2", 9);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().kind == ErrorKind::Refused);
  CHECK(file.scan().header->boot == 1);
}

TEST_CASE("workload: a full disk is said, not overrun") {
  const File file(6);
  Disk disk = file.open();
  auto workload = Workload::begin(disk, "vm-1", 1);
  REQUIRE(workload);
  for (int i = 0; i < 5; ++i) REQUIRE(workload.value().append({}).error == 0);
  CHECK(workload.value().full());
  CHECK(file.scan().last_seq == 5);
}

TEST_CASE("workload: a failed write is not acknowledged and is repeated unchanged") {
  const File file(300);
  Disk disk = file.open();
  auto workload = Workload::begin(disk, "vm-1", 1);
  REQUIRE(workload);
  REQUIRE(workload.value().append({}).error == 0);

  // The smallest way to make a real write fail: forbid files beyond block 2.
  rlimit before{};
  REQUIRE(getrlimit(RLIMIT_FSIZE, &before) == 0);
  const rlimit small{2 * block_size, before.rlim_max};
  const auto previous_handler = std::signal(SIGXFSZ, SIG_IGN);
  REQUIRE(setrlimit(RLIMIT_FSIZE, &small) == 0);
  const auto failed = workload.value().append({.wall_ns = 1, .monotonic_ns = 1});
  REQUIRE(setrlimit(RLIMIT_FSIZE, &before) == 0);
  std::signal(SIGXFSZ, previous_handler);

  CHECK(failed.error == EFBIG);
  CHECK(file.scan().last_seq == 1);
  const auto repeated = workload.value().append({.wall_ns = 2, .monotonic_ns = 2});
  CHECK(repeated.error == 0);
  CHECK(repeated.report.seq == failed.report.seq);
  CHECK(repeated.report.crc == failed.report.crc);
}

TEST_CASE("options: the four of the command line are read") {
  const auto options = parse_command_line(
      "console=ttyS0 quiet splitsite.vm=vm-1 splitsite.ip=10.77.0.101/24 "
      "splitsite.collector=10.77.0.32:7200 splitsite.write_interval_ms=1500\n");
  REQUIRE(options);
  CHECK(options.value().vm == "vm-1");
  CHECK(ntohl(options.value().address.s_addr) == 0x0a4d0065);
  CHECK(options.value().prefix_length == 24);
  CHECK(ntohs(options.value().collector.sin_port) == 7200);
  CHECK(options.value().write_interval == std::chrono::milliseconds(1500));
}

TEST_CASE("options: what is missing or malformed is named") {
  const auto subject = [](const char* line) { return parse_command_line(line).error().subject; };
  CHECK(subject("quiet") == "splitsite.vm");
  CHECK(subject("splitsite.vm=vm-1") == "splitsite.ip");
  CHECK(subject("splitsite.vm=vm-1 splitsite.ip=10.77.0.300/24") == "splitsite.ip");
  CHECK(subject("splitsite.vm=vm-1 splitsite.ip=10.77.0.3/33") == "splitsite.ip");
  CHECK(subject("splitsite.vm=vm-1 splitsite.ip=10.77.0.3/24 splitsite.collector=10.77.0.32:0") ==
        "splitsite.collector");
  CHECK(subject("splitsite.vm=vm-1 splitsite.ip=10.77.0.3/24 splitsite.collector=10.77.0.32:7200 "
                "splitsite.write_interval_ms=0") == "splitsite.write_interval_ms");
}

}  // namespace
}  // namespace splitsite::guest
