#include "harness/adapters/devicemapper/table.hpp"

#include <fmt/format.h>
#include <linux/dm-ioctl.h>

#include <cassert>
#include <cstring>

namespace splitsite::devicemapper {
namespace {

constexpr std::size_t alignment = 8;  // of every dm_target_spec

constexpr std::size_t rounded_up(std::size_t size) {
  return (size + alignment - 1) / alignment * alignment;
}

Error does_not_fit(std::uint32_t target) {
  return Error{.kind = ErrorKind::Invalid,
               .attempted = "read a device mapper table",
               .why = fmt::format("target {} does not fit in the kernel's answer", target)};
}

}  // namespace

std::string describe(const Table& table) {
  std::string text;
  for (const Target& target : table) {
    text += fmt::format("{}{} {} {}{}{}", text.empty() ? "" : "; ", target.start, target.length,
                        target.type, target.parameters.empty() ? "" : " ", target.parameters);
  }
  return text;
}

// "next" counts from the present target to the next one.
std::vector<std::byte> to_load(const Table& table) {
  std::vector<std::byte> bytes;
  for (const Target& target : table) {
    assert(target.type.size() < DM_MAX_TYPE_NAME);
    const std::size_t size = rounded_up(sizeof(dm_target_spec) + target.parameters.size() + 1);
    dm_target_spec spec{};
    spec.sector_start = target.start;
    spec.length = target.length;
    spec.next = static_cast<std::uint32_t>(size);
    std::memcpy(spec.target_type, target.type.data(), target.type.size());
    const std::size_t at = bytes.size();
    bytes.resize(at + size);
    std::memcpy(bytes.data() + at, &spec, sizeof spec);
    std::memcpy(bytes.data() + at + sizeof spec, target.parameters.data(),
                target.parameters.size());
  }
  return bytes;
}

// "next" counts from the first target.
Result<Table> read_back(std::span<const std::byte> answer, std::uint32_t count) {
  Table table;
  std::size_t at = 0;
  for (std::uint32_t i = 0; i < count; ++i) {
    dm_target_spec spec{};
    if (at > answer.size() || answer.size() - at <= sizeof spec) return does_not_fit(i);
    std::memcpy(&spec, answer.data() + at, sizeof spec);
    const auto* text = reinterpret_cast<const char*>(answer.data() + at + sizeof spec);
    const std::size_t room = answer.size() - at - sizeof spec;
    const std::size_t length = ::strnlen(text, room);
    if (length == room) return does_not_fit(i);
    table.push_back({.start = spec.sector_start,
                     .length = spec.length,
                     .type = {spec.target_type, ::strnlen(spec.target_type, DM_MAX_TYPE_NAME)},
                     .parameters = {text, length}});
    at = spec.next;
  }
  return table;
}

}  // namespace splitsite::devicemapper
