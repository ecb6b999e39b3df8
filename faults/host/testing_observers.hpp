// Teaches a fake lab what the agents of a real one would say of the changes of this group.
#pragma once

#include <cerrno>

#include "harness/fault/testing_bench.hpp"

namespace splitsite {
namespace host_observers {

using nlohmann::json;

inline Error unheard(const NodeId& node) {
  return Error{.kind = ErrorKind::Unavailable, .attempted = "hear from", .subject = node.str()};
}

inline json clocks(FakeLab& lab, const NodeId& node) {
  const std::int64_t raw = lab.clock().now().time_since_epoch().count();
  std::int64_t realtime = 1'700'000'000'000'000'000 + raw;
  if (const auto step = lab.arguments_of(node, "clock.step")) {
    realtime += step->at("by_ns").get<std::int64_t>();
  }
  if (const auto drift = lab.arguments_of(node, "clock.drift")) {
    realtime += raw / 1'000'000 * drift->at("ppm").get<std::int64_t>();
  }
  return {{"realtime_ns", realtime},
          {"monotonic_ns", raw},
          {"raw_ns", raw},
          {"boot_id", std::to_string(lab.boots(node))}};
}

inline json cpu(FakeLab& lab, const NodeId& node) {
  double share = 0.97;
  if (const auto starved = lab.arguments_of(node, "cpu.starve")) {
    share = 1 - starved->at("share_percent").get<double>() / 100;
  }
  return {{"cpu_ns", 1e9 * share}, {"wall_ns", 1e9}};
}

inline json memory(FakeLab& lab, const NodeId& node) {
  constexpr double kTotal = 1024.0 * 1024 * 1024;
  constexpr double kAvailable = kTotal / 2;
  double taken = 0;
  if (const auto pressed = lab.arguments_of(node, "memory.press")) {
    taken = kAvailable * pressed->at("percent").get<double>() / 100;
  }
  return {{"total", kTotal}, {"available", kAvailable - taken}, {"locked", 1e6 + taken}};
}

inline json disk(FakeLab& lab, const NodeId& node) {
  const std::string end =
      lab.in_force(node, "disk.fill") ? errno_text(ENOSPC) : std::string("written");
  return {{"new_file", end}, {"open_file", end}};
}

inline json life(FakeLab& lab, const NodeId& node) {
  return {{"boot_id", std::to_string(lab.boots(node))}, {"going_down", false}};
}

// An agent answers while its node lives.
inline FakeLab::Observer alive(json (*say)(FakeLab&, const NodeId&)) {
  return [say](FakeLab& lab, const NodeId& node, const json&) -> Result<json> {
    if (!lab.runs(node)) return unheard(node);
    return say(lab, node);
  };
}

}  // namespace host_observers

inline void teach_hosts(FakeLab& lab) {
  using namespace host_observers;
  using Fall = FakeLab::Fall;
  lab.observe_by("clock.step", alive(clocks));
  lab.observe_by("clock.drift", alive(clocks));
  lab.observe_by("cpu.starve", alive(cpu));
  lab.observe_by("memory.press", alive(memory));
  lab.observe_by("disk.fill", alive(disk));
  for (const char* kind : {"node.panic", "node.shutdown", "node.reboot"}) {
    lab.observe_by(kind, alive(life));
  }
  lab.falls_by("node.shutdown", [](const json&) { return Fall::Off; });
  lab.falls_by("node.reboot", [](const json&) { return Fall::BootsAnew; });
  lab.falls_by("node.panic", [](const json& arguments) {
    return arguments.value("then", "") == "hang" ? Fall::Dead : Fall::BootsAnew;
  });
}

}  // namespace splitsite
