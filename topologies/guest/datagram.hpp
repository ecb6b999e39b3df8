// What a guest tells the collector, one JSON object in each UDP datagram:
//   {"vm":"vm-1","boot":3,"found_seq":120,"found_boot":2}   it has started
//   {"vm":"vm-1","boot":3,"seq":121,"crc":305419896}        record 121 is durable
//   {"vm":"vm-1","boot":3,"error":"EIO"}                    a write failed; it goes on trying
// The start is repeated until the collector answers with any datagram, three times at most.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace splitsite::guest {

struct StartReport {
  std::string vm;
  std::uint64_t boot = 0;
  std::uint64_t found_seq = 0;   // the last valid record on the disk; 0: none
  std::uint64_t found_boot = 0;  // the boot that wrote it
};

// Sent only after the write has returned: from then on, losing the record is a violation.
struct WriteReport {
  std::string vm;
  std::uint64_t boot = 0;
  std::uint64_t seq = 0;
  std::uint32_t crc = 0;
};

struct ErrorReport {
  std::string vm;
  std::uint64_t boot = 0;
  std::string error;  // an errno's name: "EIO", "ENOSPC" when the volume is full
};

using Datagram = std::variant<StartReport, WriteReport, ErrorReport>;

// Names and errors must be plain: nothing is escaped.
std::string to_json(const StartReport& report);
std::string to_json(const WriteReport& report);
std::string to_json(const ErrorReport& report);

// Nothing for anything else: the collector's port is open to all the lab.
std::optional<Datagram> parse_datagram(std::string_view text);

}  // namespace splitsite::guest
