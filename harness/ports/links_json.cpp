#include "harness/ports/links_json.hpp"

#include <fmt/format.h>

#include <functional>
#include <map>

namespace splitsite {

// Not in a namespace without name: the library finds them by the namespace of the enumeration only,
// and would write numbers.
NLOHMANN_JSON_SERIALIZE_ENUM(DelayShape, {{DelayShape::Uniform, "uniform"},
                                          {DelayShape::Normal, "normal"},
                                          {DelayShape::Pareto, "pareto"},
                                          {DelayShape::ParetoNormal, "pareto-normal"}})
NLOHMANN_JSON_SERIALIZE_ENUM(Cut,
                             {{Cut::None, "none"}, {Cut::Drop, "drop"}, {Cut::Reject, "reject"}})

namespace {

using nlohmann::json;

Duration nanoseconds_in(const json& value) { return Duration(value.get<std::int64_t>()); }

// An enumeration reads an unknown word as its first value; that must not pass unseen.
template <class E>
E word_in(const json& value) {
  const E read = value.get<E>();
  if (json(read) != value) throw json::other_error::create(501, "unknown word", &value);
  return read;
}

BurstLoss bursts_in(const json& value) {
  return BurstLoss{.enter_percent = value.at("enter_percent"),
                   .leave_percent = value.at("leave_percent"),
                   .bad_loss_percent = value.at("bad_loss_percent"),
                   .good_loss_percent = value.at("good_loss_percent")};
}

Flapping flapping_in(const json& value) {
  return Flapping{.period = nanoseconds_in(value.at("period_ns")),
                  .down = nanoseconds_in(value.at("down_ns"))};
}

using Reader = std::function<void(Impairment&, const json&)>;

const std::map<std::string, Reader>& readers() {
  static const std::map<std::string, Reader> all = {
      {"delay_ns", [](Impairment& i, const json& v) { i.delay = nanoseconds_in(v); }},
      {"jitter_ns", [](Impairment& i, const json& v) { i.jitter = nanoseconds_in(v); }},
      {"shape", [](Impairment& i, const json& v) { i.shape = word_in<DelayShape>(v); }},
      {"delay_correlation_percent",
       [](Impairment& i, const json& v) { i.delay_correlation_percent = v; }},
      {"loss_percent", [](Impairment& i, const json& v) { i.loss_percent = v; }},
      {"loss_correlation_percent",
       [](Impairment& i, const json& v) { i.loss_correlation_percent = v; }},
      {"bursts", [](Impairment& i, const json& v) { i.bursts = bursts_in(v); }},
      {"duplicate_percent", [](Impairment& i, const json& v) { i.duplicate_percent = v; }},
      {"corrupt_percent", [](Impairment& i, const json& v) { i.corrupt_percent = v; }},
      {"reorder_percent", [](Impairment& i, const json& v) { i.reorder_percent = v; }},
      {"rate_bits_per_second", [](Impairment& i, const json& v) { i.rate_bits_per_second = v; }},
      {"cut", [](Impairment& i, const json& v) { i.cut = word_in<Cut>(v); }},
      {"flapping", [](Impairment& i, const json& v) { i.flapping = flapping_in(v); }},
      {"longest_packet", [](Impairment& i, const json& v) { i.longest_packet = v; }}};
  return all;
}

Error unreadable(const std::string& why) {
  return Error{.kind = ErrorKind::Invalid, .attempted = "read the state of a link", .why = why};
}

}  // namespace

json to_json(const Impairment& impairment) {
  const Impairment clear;
  json value = json::object();
  const auto put = [&](const char* key, const auto& given, const auto& otherwise) {
    if (given != otherwise) value[key] = given;
  };
  put("delay_ns", impairment.delay.count(), clear.delay.count());
  put("jitter_ns", impairment.jitter.count(), clear.jitter.count());
  put("shape", json(impairment.shape), json(clear.shape));
  put("delay_correlation_percent", impairment.delay_correlation_percent, 0.0);
  put("loss_percent", impairment.loss_percent, 0.0);
  put("loss_correlation_percent", impairment.loss_correlation_percent, 0.0);
  if (const auto& bursts = impairment.bursts) {
    value["bursts"] = {{"enter_percent", bursts->enter_percent},
                       {"leave_percent", bursts->leave_percent},
                       {"bad_loss_percent", bursts->bad_loss_percent},
                       {"good_loss_percent", bursts->good_loss_percent}};
  }
  put("duplicate_percent", impairment.duplicate_percent, 0.0);
  put("corrupt_percent", impairment.corrupt_percent, 0.0);
  put("reorder_percent", impairment.reorder_percent, 0.0);
  put("rate_bits_per_second", impairment.rate_bits_per_second, std::uint64_t{0});
  put("cut", json(impairment.cut), json(clear.cut));
  if (const auto& flapping = impairment.flapping) {
    value["flapping"] = {{"period_ns", flapping->period.count()},
                         {"down_ns", flapping->down.count()}};
  }
  put("longest_packet", impairment.longest_packet, 0);
  return value;
}

Result<Impairment> impairment_from(const json& value) {
  if (!value.is_object()) return unreadable("it is not an object");
  Impairment impairment;
  for (const auto& [key, given] : value.items()) {
    const auto reader = readers().find(key);
    if (reader == readers().end()) return unreadable(fmt::format("unknown key \"{}\"", key));
    try {
      reader->second(impairment, given);
    } catch (const json::exception& error) {
      return unreadable(fmt::format("\"{}\": {}", key, error.what()));
    }
  }
  return impairment;
}

}  // namespace splitsite
