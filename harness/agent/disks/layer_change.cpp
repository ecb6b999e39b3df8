#include "harness/agent/disks/layer_change.hpp"

#include <utility>

#include "harness/agent/disks/layer_tables.hpp"

namespace splitsite::agent {
namespace {

// Past this no proof and no person would wait for an answer.
constexpr Range delay_range{.least = 1, .most = 60'000};

Json to_json(const DiskTable& table) {
  Json parts = Json::array();
  for (const auto& part : table) {
    parts.push_back({{"start", part.start},
                     {"length", part.length},
                     {"type", part.type},
                     {"parameters", part.parameters}});
  }
  return parts;
}

DiskTable table_from(const Json& parts) {
  DiskTable table;
  for (const Json& part : parts) {
    table.push_back({.start = part.at("start").get<std::uint64_t>(),
                     .length = part.at("length").get<std::uint64_t>(),
                     .type = part.at("type").get<std::string>(),
                     .parameters = part.at("parameters").get<std::string>()});
  }
  return table;
}

class LayerChange final : public Change {
 public:
  using Make = std::function<Result<DiskTable>(const DiskTable& plain, Arguments& arguments)>;

  LayerChange(DiskLayers& layers, std::string kind, Make make)
      : layers_(layers), kind_(std::move(kind)), make_(std::move(make)) {}

  Result<Json> prepare(const Json& given) override {
    Arguments arguments(kind_, given);
    SPLITSITE_TRY(const auto device, arguments.text("device"));
    SPLITSITE_TRY(const auto plain, layers_.table(device));
    SPLITSITE_TRY(const auto wanted, make_(plain, arguments));
    SPLITSITE_TRY_VOID(arguments.nothing_else());
    // Replacing a table ends a stall, which may be another fault's.
    SPLITSITE_TRY(const bool waits, layers_.suspended(device));
    if (waits) {
      return Error{.kind = ErrorKind::Conflict,
                   .attempted = "change the I/O of",
                   .subject = device,
                   .why = "it is suspended"};
    }
    return Json{{"device", device}, {"plain", to_json(plain)}, {"wanted", to_json(wanted)}};
  }

  Result<Json> apply(const Json&, Json& remembered) override {
    const auto device = remembered.at("device").get<std::string>();
    SPLITSITE_TRY_VOID(layers_.replace(device, table_from(remembered.at("wanted"))));
    return Json{{"table", describe(table_from(remembered.at("wanted")))}};
  }

  // A device that is no longer there went with its table.
  Result<void> revert(const Json& remembered) override {
    const auto device = remembered.at("device").get<std::string>();
    const DiskTable plain = table_from(remembered.at("plain"));
    const auto now = layers_.table(device);
    if (!now && now.error().kind == ErrorKind::Unavailable) return success();
    if (!now) return now.error();
    SPLITSITE_TRY(const bool waits, layers_.suspended(device));
    if (now.value() == plain && !waits) return success();
    return layers_.replace(device, plain);
  }

  Result<Json> observe(const Json& given) override { return observe_disk(layers_, kind_, given); }

 private:
  DiskLayers& layers_;
  std::string kind_;
  Make make_;
};

Result<DiskTable> errors(const DiskTable& plain, Arguments& arguments) {
  SPLITSITE_TRY(const auto word, arguments.text("what"));
  SPLITSITE_TRY(const Io which, io_from(word));
  return failing(plain, which);
}

Result<DiskTable> delays(const DiskTable& plain, Arguments& arguments) {
  SPLITSITE_TRY(const auto word, arguments.text("what"));
  SPLITSITE_TRY(const Io which, io_from(word));
  SPLITSITE_TRY(const auto delay, arguments.whole("delay_ms", delay_range));
  return delayed(plain, which, std::chrono::milliseconds(delay));
}

}  // namespace

std::unique_ptr<Change> make_io_error(DiskLayers& layers) {
  return std::make_unique<LayerChange>(layers, "io.error", errors);
}

std::unique_ptr<Change> make_io_delay(DiskLayers& layers) {
  return std::make_unique<LayerChange>(layers, "io.delay", delays);
}

Result<Json> observe_disk(DiskLayers& layers, const std::string& kind, const Json& given) {
  Arguments arguments(kind, given);
  SPLITSITE_TRY(const auto device, arguments.text("device"));
  SPLITSITE_TRY_VOID(arguments.nothing_else());
  SPLITSITE_TRY(const auto table, layers.table(device));
  SPLITSITE_TRY(const bool suspended, layers.suspended(device));
  return Json{{"suspended", suspended}, {"table", describe(table)}, {"linear", is_linear(table)}};
}

}  // namespace splitsite::agent
